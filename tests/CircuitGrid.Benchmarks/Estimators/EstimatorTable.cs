using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Benchmarks.Documents;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Benchmarks.Estimators;

/// <summary>
/// How near each way of scoring edges comes to ablating every edge by itself, on the last checkpoint of each of a suite's models: the table of docs/method.md,
/// means over the library's tasks, and the same for every task.
/// </summary>
internal static class EstimatorTable
{
    public const string Command = "estimators suites/nano";

    private const int Examples = 40;

    private static readonly (string Name, AttributionOptions Options)[] Estimators =
    [
        ("`eap`", new() { Method = AttributionMethod.Eap }),
        ("`eap-qk`", new() { Method = AttributionMethod.EapQk }),
        ("`relp`", new() { Method = AttributionMethod.RelP }),
        ("`clean-corrupted`", new() { Method = AttributionMethod.CleanCorrupted }),
        ("`eap-ig`, 5 points", new() { Method = AttributionMethod.EapIg, Steps = 5 }),
        ("`eap-ig`, 30 points", new() { Method = AttributionMethod.EapIg, Steps = 30 }),
    ];

    /// <summary>What the rows are of.</summary>
    public static ImmutableArray<string> Labels { get; } = [.. Estimators.Select(e => e.Name)];

    /// <summary>The heads of the columns.</summary>
    public static ImmutableArray<string> Columns(SuiteFolder suite) => ["", .. suite.Models.Select(m => m.Name)];

    public static int Run(string folder)
    {
        var suite = SuiteFolder.Open(folder);
        var found = suite.Models.Select(model => Compare(suite, model)).ToArray();
        new MarkdownTable(Columns(suite), [.. Labels.Select((label, e) => (ImmutableArray<string>)[label, .. found.Select(tasks => Text(EstimatorAgreement.Mean([.. tasks.Select(t => t[e])])))])]).Write(Console.Out);
        Console.WriteLine();
        new MarkdownTable(
            ["", .. suite.Models.SelectMany(m => TaskLibrary.Tasks.Select(t => $"{m.Name}, {t.Name}"))],
            [.. Labels.Select((label, e) => (ImmutableArray<string>)[label, .. found.SelectMany(tasks => tasks.Select(t => Text(t[e])))])]).Write(Console.Out);
        return 0;
    }

    /// <returns>For every task, every estimator's agreement.</returns>
    private static EstimatorAgreement[][] Compare(SuiteFolder suite, SuiteModel suiteModel)
    {
        var source = new FileExperimentSource();
        var step = suiteModel.Steps[^1];
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = Environment.ProcessorCount });
        using var checkpoint = Checkpoint.Open(suiteModel.StepFolder(step));
        using var model = Transformer.Load(device, checkpoint);
        return
        [
            .. TaskLibrary.Tasks.Select(task =>
                Compare(model, source.BuildTask(new TaskSpec(task.Name) { Count = Examples }, suite, suiteModel, step, new(model.Config.Vocabulary, model.Config.ContextLength), new()))),
        ];
    }

    private static EstimatorAgreement[] Compare(Transformer model, TaskDataset dataset)
    {
        var exact = Score(new() { Method = AttributionMethod.Exact });
        return [.. Estimators.Select(e => EstimatorAgreement.Of(exact.Graph, Mean(exact), Mean(Score(e.Options))))];

        BlockScores Score(AttributionOptions options) => EdgeAttribution.Run(model, dataset.Examples, dataset.Metric, options);

        static double[] Mean(BlockScores scores) => [.. scores.Mean()];
    }

    private static string Text(EstimatorAgreement a) =>
        string.Create(CultureInfo.InvariantCulture, $"{a.Pearson:F2}, {a.Spearman:F2}, {a.QueryKeyPearson:F2}, {a.LargestJaccard:F2}");
}
