using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Checkpoints.Prints;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Training;

namespace CircuitGrid.Models.Tests.Checkpoints.Prints;

/// <summary>Prints of checkpoints that are shipped, trained or made up.</summary>
internal static class Printed
{
    private static readonly Lazy<Dictionary<string, PlacedPrint[]>> s_nano = new(() =>
        SuiteFolder.Open(FindNano()).Models.ToDictionary(
            model => model.Name,
            model => model.Steps.Order().Select(step => new PlacedPrint(step, Of(model.StepFolder(step)))).ToArray(),
            StringComparer.Ordinal));

    /// <summary>The shipped checkpoints of a model, in the order of training.</summary>
    public static PlacedPrint[] Nano(string model) => s_nano.Value[model];

    public static string NanoFolder(string model, int step) => Path.Combine(FindNano(), model, $"step{step}");

    public static WeightPrint Of(string folder)
    {
        using var checkpoint = Checkpoint.Open(folder);
        return checkpoint.Examine(CancellationToken.None).Print;
    }

    public static WeightPrint Of(ModelConfig config, IReadOnlyDictionary<string, float[]> weights)
    {
        using var folder = new TemporaryFolder();
        CheckpointWriter.Write(folder.Path, config, weights, ElementKind.F32);
        return Of(folder.Path);
    }

    /// <summary>As <see cref="Of(ModelConfig, IReadOnlyDictionary{string, float[]})"/>, from weights that are functions of a seed.</summary>
    public static WeightPrint OfSeed(ModelConfig config, ulong seed)
    {
        using var folder = new TemporaryFolder();
        CheckpointWriter.Write(folder.Path, new RandomTensors(config, seed), ElementKind.F32);
        return Of(folder.Path);
    }

    /// <summary>
    /// A shipped checkpoint as another seed might have given it: every matrix has the same numbers in an order of its own, so that norms and spread are those of
    /// a trained model.
    /// </summary>
    public static WeightPrint OfOtherSeed(string model, int step)
    {
        using var checkpoint = Checkpoint.Open(NanoFolder(model, step));
        var random = new Random(17);
        var weights = TensorLayout.Of(checkpoint.Config).ToDictionary(spec => spec.Name, spec => checkpoint.Read(spec.Name), StringComparer.Ordinal);
        foreach (var (_, values) in weights)
        {
            random.Shuffle(values);
        }

        return Of(checkpoint.Config, weights);
    }

    private static string FindNano()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            var candidate = Path.Combine(directory, "suites", NanoSuite.Name);
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException("suites/nano isn't above the test's folder.");
    }
}
