using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Client.Commands;

/// <summary>
/// Scores a small built-in model on this machine and compares with the numbers of the reference library in float64
/// (tests/golden/README.md): from weights on disk to edge scores.
/// </summary>
internal static class ParityCheck
{
    /// <summary>Largest difference that rounding explains, as a share of the largest score.</summary>
    public const double Tolerance = 4e-6;

    /// <summary>
    /// The tolerance of a device that rounds weights and activations to fewer bits: as many times larger as its rounding is, up to a tenth;
    /// a wrong sign or a lost term is more than that.
    /// </summary>
    public static double ToleranceOf(WeightPrecision precision) => precision switch
    {
        WeightPrecision.Float32 => Tolerance,
        WeightPrecision.BFloat16 => Math.Min(0.1, Tolerance * (1 << 16)),
        _ => Tolerance * (1 << 13),
    };

    private const string Scores = "scores_main_eap_ig5_logit_diff_b12.json";

    /// <summary>The largest difference of a score, as a share of the largest score.</summary>
    public static double Run(IDevice device)
    {
        var folder = Directory.CreateTempSubdirectory("circuitgrid-doctor-");
        try
        {
            foreach (var name in (string[])["config.json", "model.safetensors"])
            {
                using var file = File.Create(Path.Combine(folder.FullName, name));
                using var resource = Open(name);
                resource.CopyTo(file);
            }

            return Run(device, folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static double Run(IDevice device, string folder)
    {
        using var checkpoint = Checkpoint.Open(folder);
        using var model = Transformer.Load(device, checkpoint);
        using var inputs = ReadJson("inputs.json");
        ImmutableArray<Example> examples =
        [
            .. inputs.RootElement.GetProperty("main").GetProperty("items").EnumerateArray().Select(item => new Example(
                Ids(item.GetProperty("clean")), Ids(item.GetProperty("corrupted")), [item.GetProperty("correct").GetInt32()], [item.GetProperty("incorrect").GetInt32()])),
        ];
        var scores = EdgeAttribution.Run(model, examples, MetricKind.LogitDifference, new AttributionOptions { Method = AttributionMethod.EapIg, Steps = 5 });
        var mean = scores.Mean();

        using var reference = ReadJson(Scores);
        var expected = reference.RootElement.GetProperty("scores_f64");
        var (largest, difference) = (0.0, 0.0);
        for (var e = 0; e < mean.Length; e++)
        {
            // the reference library divides a batch's mean by the number of examples once more
            var theirs = expected.GetProperty(GraphNames.Edge(scores.Graph, e)).GetDouble() * examples.Length;
            largest = Math.Max(largest, Math.Abs(theirs));
            difference = Math.Max(difference, Math.Abs(theirs - mean[e]));
        }

        return difference / largest;
    }

    private static ImmutableArray<int> Ids(JsonElement values) => [.. values.EnumerateArray().Select(v => v.GetInt32())];

    private static JsonDocument ReadJson(string name)
    {
        using var stream = Open(name);
        return JsonDocument.Parse(stream);
    }

    private static Stream Open(string name) =>
        Assembly.GetExecutingAssembly().GetManifestResourceStream($"golden/{name}") ?? throw new InvalidOperationException($"The program was built without golden/{name}.");
}
