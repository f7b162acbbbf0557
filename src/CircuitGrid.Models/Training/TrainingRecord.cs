using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Training;

/// <summary>
/// What a finished run leaves beside its checkpoints, <c>training.json</c>: how it was done, and its loss. A folder that holds one isn't
/// trained into again.
/// </summary>
internal sealed record TrainingRecord
{
    public const string FileName = "training.json";

    /// <summary>Steps whose losses are averaged into one entry of <see cref="Loss"/>.</summary>
    public const int Window = 20;

    private const int MaxFileBytes = 1 << 26;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n" };

    /// <summary>SHA-256 of everything that determines the run, in hexadecimal.</summary>
    public required string Fingerprint { get; init; }

    public required int Seed { get; init; }

    public required int Steps { get; init; }

    public required double PeakLearningRate { get; init; }

    /// <summary>Mean cross-entropy, in nats a token, of every <see cref="Window"/> steps.</summary>
    public required ImmutableArray<double> Loss { get; init; }

    /// <summary>Whether the folder holds the end of that very run.</summary>
    /// <exception cref="InvalidInputException">It holds another run's, or can't be read.</exception>
    public static bool IsFinished(string folder, string fingerprint)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return false;
        }

        return Read(path).Fingerprint == fingerprint
            ? true
            : throw new InvalidInputException(folder, "holds a model that was trained with other options, text or device; train into another folder");
    }

    /// <exception cref="InvalidInputException">The file can't be read, or isn't a training record.</exception>
    public static TrainingRecord Read(string path)
    {
        var json = JsonInput.Read(path, MaxFileBytes);
        var record = new TrainingRecord
        {
            Fingerprint = json.Require("fingerprint").AsString(),
            Seed = (int)json.Require("seed").AsInteger(int.MinValue, int.MaxValue),
            Steps = (int)json.Require("steps").AsInteger(1, int.MaxValue),
            PeakLearningRate = json.Require("peakLearningRate").AsNumber(),
            Loss = [.. json.Require("loss").Items().Select(x => x.AsNumber())],
        };
        json.Finish();
        return record;
    }

    /// <exception cref="InvalidInputException">The file can't be written.</exception>
    public static void Write(string folder, string fingerprint, TrainingOptions options, ImmutableArray<float> losses)
    {
        var record = new TrainingRecord
        {
            Fingerprint = fingerprint,
            Seed = options.Seed,
            Steps = options.Steps,
            PeakLearningRate = options.PeakLearningRate,
            Loss = [.. losses.Chunk(Window).Select(w => Math.Round(w.Average(l => (double)l), 4))],
        };
        OutputFile.Write(Path.Combine(folder, FileName), stream => JsonSerializer.Serialize(stream, record, s_json));
    }
}
