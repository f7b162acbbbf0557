using System.Globalization;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Benchmarks.Estimators;

/// <summary>
/// How near each way of scoring edges comes to ablating every edge by itself, on the last checkpoint of each of a suite's models and each of the
/// library's tasks: correlation over all edges, over those into queries and keys, and Jaccard similarity of the 5 % of largest effect.
/// </summary>
internal static class EstimatorTable
{
    private const int Examples = 40;
    private const double LargestShare = 0.05;

    private static readonly (string Name, AttributionOptions Options)[] Estimators =
    [
        ("eap", new() { Method = AttributionMethod.Eap }),
        ("eap-qk", new() { Method = AttributionMethod.EapQk }),
        ("relp", new() { Method = AttributionMethod.RelP }),
        ("clean-corrupted", new() { Method = AttributionMethod.CleanCorrupted }),
        ("eap-ig, 5", new() { Method = AttributionMethod.EapIg, Steps = 5 }),
        ("eap-ig, 30", new() { Method = AttributionMethod.EapIg, Steps = 30 }),
    ];

    public static int Run(string folder)
    {
        var suite = SuiteFolder.Open(folder);
        var source = new FileExperimentSource();
        Console.WriteLine("| model | task | estimator | Pearson | Spearman | Pearson, queries and keys | Jaccard of the largest 5 % |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var suiteModel in suite.Models)
        {
            var step = suiteModel.Steps[^1];
            using var device = new CpuDevice(new CpuDeviceOptions { Threads = Environment.ProcessorCount });
            using var checkpoint = Checkpoint.Open(suiteModel.StepFolder(step));
            using var model = Transformer.Load(device, checkpoint);
            foreach (var task in TaskLibrary.Tasks)
            {
                var dataset = source.BuildTask(new TaskSpec(task.Name) { Count = Examples }, suite, suiteModel, step, model.Config.Vocabulary, new());
                Compare(model, dataset, $"{suiteModel.Name} | {task.Name}");
            }
        }

        return 0;
    }

    private static void Compare(Transformer model, TaskDataset dataset, string name)
    {
        var exact = EdgeAttribution.Run(model, dataset.Examples, dataset.Metric, new() { Method = AttributionMethod.Exact });
        double[] truth = [.. exact.Mean()];
        var graph = exact.Graph;
        int[] attention = [.. Enumerable.Range(0, graph.Edges).Where(e => IsQueryOrKey(graph.EdgeSlots[e], graph.Shape.Heads))];
        foreach (var (estimator, options) in Estimators)
        {
            double[] scores = [.. EdgeAttribution.Run(model, dataset.Examples, dataset.Metric, options).Mean()];
            var overlap = Largest(truth).Intersect(Largest(scores)).Count();
            var size = Largest(truth).Length;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {estimator} | {Correlation.Pearson(truth, scores):f3} | {Correlation.Spearman(truth, scores):f3} | {Correlation.Pearson(Of(truth), Of(scores)):f3} | {new Overlap(overlap, size, size).Jaccard:f2} |"));
        }

        double[] Of(double[] values) => [.. attention.Select(e => values[e])];
    }

    /// <summary>A layer's slots are its heads' queries, their keys, their values, and the MLP.</summary>
    private static bool IsQueryOrKey(int slot, int heads) => slot % ((3 * heads) + 1) < 2 * heads;

    private static int[] Largest(double[] scores) =>
        [.. Enumerable.Range(0, scores.Length).OrderByDescending(e => Math.Abs(scores[e])).Take((int)Math.Ceiling(LargestShare * scores.Length))];
}
