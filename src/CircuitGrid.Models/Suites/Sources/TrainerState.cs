using System.Collections.Concurrent;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Suites.Sources;

/// <summary>
/// What Hugging Face's Trainer notes beside a checkpoint, <c>trainer_state.json</c>. The file is the training's log; two of its keys say what the checkpoint is.
/// </summary>
/// <param name="Step">The training step.</param>
/// <param name="Tokens">Tokens seen; <see langword="null"/> where they weren't counted.</param>
internal sealed record TrainerState(int? Step, long? Tokens)
{
    public const string FileName = "trainer_state.json";

    private const int MaxFileBytes = 256 << 20;

    /// <summary>A suite that is watched is listed every second, and the log of a long training is large.</summary>
    private static readonly ConcurrentDictionary<string, (string Stamp, TrainerState? State, InvalidInputException? Fault)> s_read = new(StringComparer.Ordinal);

    /// <summary>Reads the note in a folder; <see langword="null"/> where there is none.</summary>
    /// <exception cref="InvalidInputException">It can't be read.</exception>
    public static TrainerState? Find(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (FileStatus.Of(path) is not { } status)
        {
            return null;
        }

        if (s_read.TryGetValue(path, out var known) && known.Stamp == status.Stamp)
        {
            return known.Fault is { } fault ? throw new InvalidInputException(fault.Input, fault.Reason) : known.State;
        }

        try
        {
            var state = Parse(JsonInput.Parse(path, PythonNumbers.ToJson(SourceFile.ReadAll(path, MaxFileBytes)).Span));
            s_read[path] = (status.Stamp, state, Fault: null);
            return state;
        }
        catch (InvalidInputException e)
        {
            s_read[path] = (status.Stamp, State: null, e);
            throw;
        }
    }

    private static TrainerState Parse(JsonInput json)
    {
        var tokens = json.FindNumber("num_input_tokens_seen");
        return new((int?)json.FindInteger("global_step", 0, int.MaxValue), tokens is >= 1 and <= long.MaxValue ? (long)tokens : null);
    }
}
