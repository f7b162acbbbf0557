using System.Collections.Immutable;
using CircuitGrid.Experiments.Reports;

namespace CircuitGrid.EndToEnd.Tests.Report;

/// <summary>What a sample report is made of.</summary>
/// <param name="Models">By size.</param>
/// <param name="Steps">Checkpoints, ascending.</param>
/// <param name="Tasks">How many of the four tasks.</param>
/// <param name="CircuitEdges">About as many edges has a fully grown circuit of the smallest model.</param>
internal sealed record SampleOptions(IReadOnlyList<SampleModel> Models, IReadOnlyList<int> Steps, int Tasks = 4, int CircuitEdges = 30)
{
    /// <summary>Three models of two to four layers at sixteen checkpoints: the shape of the shipped suite.</summary>
    public static SampleOptions Nano { get; } = new(
        [
            new("nano-2l", 162_000, new SampleGraph(2, 4, Parallel: true), 64),
            new("nano-3l", 428_000, new SampleGraph(3, 6, Parallel: true), 96),
            new("nano-4l", 916_000, new SampleGraph(4, 8, Parallel: true), 128),
        ],
        [0, 32, 64, 128, 256, 384, 512, 640, 768, 1000, 1250, 1500, 2000, 2500, 3200, 4000]);
}

internal sealed record SampleModel(string Name, long Parameters, SampleGraph Graph, int Width);

/// <summary>
/// Reports with invented but lifelike numbers, the same on every machine: tasks appear at some number of tokens, circuits grow out of
/// edges with scores, and the similarities are those of the circuits in it.
/// </summary>
internal static class SampleReport
{
    private const int TokensPerStep = 1024;

    /// <summary>Tasks, with the logarithm of the tokens by which they are half learned and the metric they end at.</summary>
    private static readonly (ReportTask Task, double Onset, double Final)[] Tasks =
    [
        (new("ioi", "Indirect object identification", "logit-diff", "logits", 200), 13.6, 9.4),
        (new("gendered-pronoun", "Gendered pronoun", "logit-diff", "logits", 100), 13.1, 6.2),
        (new("greater-than", "Greater-than", "prob-diff", "probability", 200), 13.9, 0.82),
        (new("sva", "Subject-verb agreement", "prob-diff", "probability", 200), 13.2, 0.94),
    ];

    public static ReportDocument Create(SampleOptions options)
    {
        var lines = options.Models.SelectMany((model, size) => Tasks.Take(options.Tasks).Select((task, index) => Line(options, model, size, task, index))).ToArray();
        return new()
        {
            Title = "Circuits of the nano suite along training and scale",
            Suite = "nano",
            TokensPerStep = TokensPerStep,
            Created = new(2026, 11, 22, 18, 0, 0, TimeSpan.Zero),
            Program = "CircuitGrid 1.0.0 </script><b>&",
            Analysis = new("eap-ig", 5, "corrupted-end", "greedy", Absolute: true, 0.8, "default", "default", "half", "patching", "cpu-f32"),
            Models = [.. options.Models.Select(model => new ReportModel(model.Name, model.Parameters, model.Parameters / 2, model.Graph.Layers, model.Graph.Heads, model.Graph.Parallel, model.Width, model.Graph.Edges().Count()))],
            Tasks = [.. Tasks.Take(options.Tasks).Select(task => task.Task)],
            Cells = [.. lines.SelectMany(line => line.Cells)],
            Circuits = [.. lines.SelectMany(line => line.Circuits.Where(circuit => circuit.Edges.Length > 0))],
            CircuitsLeftOut = 0,
            Trajectories = [.. lines.Select(line => SampleComparison.Trajectory(options.Models.Single(model => model.Name == line.Cells[0].Model).Graph, line.Cells, line.Circuits))],
            Scale = [.. lines.SelectMany(line => line.Cells).GroupBy(cell => cell.Task).Select(cells => SampleComparison.Scale(options.Models, cells.Key, [.. cells]))],
            Growth = options.Models.Count < 2 ? null : new([options.Models[0].Name], [options.Models[^1].Name], options.Tasks, 2.5, new(1.2, 5.2), -0.1, new(-0.3, 0.1)),
            TaskOnsets = [.. lines.Select(line => SampleRoles.TaskOnset(line.Cells[0].Model, line.Cells[0].Task, options.Steps, TokensPerStep))],
            Roles = [.. options.Models.Select(model => SampleRoles.Of(model, options.Steps, TokensPerStep))],
            RolePairs = [.. options.Models.SelectMany((first, i) => options.Models.Skip(i + 1).Select((second, apart) => SampleRoles.Pair(first, second, areNeighbours: apart == 0)))],
        };
    }

    /// <summary>The cells of one model and task along training, and their circuits; those without a task have one without edges.</summary>
    private static (ReportCell[] Cells, ReportCircuit[] Circuits) Line(SampleOptions options, SampleModel model, int size, (ReportTask Task, double Onset, double Final) task, int index)
    {
        var random = new Random(Seed(model.Name) + index);
        var edges = model.Graph.Edges().ToArray();
        var weights = edges.Select(edge => Math.Exp(1.5 * Normal(random)) * (edge.Source == 0 ? 2 : 1) * (random.NextDouble() < 0.3 ? -0.6 : 1)).ToArray();
        var onsets = edges.Select(_ => task.Onset + 0.3 * size + 1.2 * Normal(random)).ToArray();
        var cells = new List<ReportCell>();
        var circuits = new List<ReportCircuit>();
        foreach (var step in options.Steps)
        {
            var tokens = (long)step * TokensPerStep;
            var time = Math.Log(tokens + 1.0);
            var learned = Sigmoid((time - task.Onset - 0.25 * size) / 0.28);
            var metric = task.Final * (learned * (0.9 + 0.06 * size) + 0.01 * Normal(random));
            var width = task.Final * (0.035 + 0.06 * learned * (1 - learned));
            var scores = edges.Select((_, i) => 0.05 * task.Final * weights[i] * Sigmoid((time - onsets[i]) / 0.5) * (1 + 0.25 * Normal(random))).ToArray();
            var budget = (int)(options.CircuitEdges * (1 + 1.1 * size) * (0.55 + 0.5 * learned + 0.12 * Math.Abs(Normal(random))));
            var hasTask = metric - width > 0;
            var circuit = hasTask ? SampleCircuit.Grow(model.Graph, edges, scores, budget) : [];
            circuits.Add(new(model.Name, task.Task.Name, step, [.. SampleCircuit.WithInclusion(circuit)]));
            var cell = new ReportCell
            {
                Model = model.Name,
                Step = step,
                Tokens = tokens,
                Task = task.Task.Name,
                Status = "no-task",
                State = hasTask ? "task" : metric + width < 0 ? "against" : "no-task",
                Metric = metric,
                MetricLow = metric - width,
                MetricHigh = metric + width,
                CorruptedMetric = -0.9 * metric,
                Accuracy = 0.5 + 0.5 * learned,
                Search = [],
                Seconds = 0.4 + 0.5 * size,
            };
            cells.Add(hasTask ? WithCircuit(cell, circuit, model.Graph, budget, reached: index != 2 || learned >= 0.75, random) : cell);
        }

        return ([.. cells], [.. circuits]);
    }

    private static ReportCell WithCircuit(ReportCell cell, ReportEdge[] circuit, SampleGraph graph, int budget, bool reached, Random random)
    {
        var found = reached ? 0.8 + 0.04 * random.NextDouble() : 0.5 + 0.2 * random.NextDouble();
        var judged = found * (0.94 + 0.06 * random.NextDouble());
        var edges = graph.Edges().Count();
        return cell with
        {
            Status = reached ? "reached" : "not-reached",
            FaithfulnessFound = found,
            FaithfulnessJudged = judged,
            NormalizedFound = found * 1.05,
            NormalizedJudged = judged * 1.05,
            Edges = circuit.Length,
            Nodes = SampleCircuit.Nodes(graph, circuit).Count,
            EdgeShare = (double)circuit.Length / edges,
            Budget = budget,
            SizeInterval = budget % 5 == 0 ? OpenInterval(circuit.Length) : new(budget, 0.8 * budget, 1.3 * budget, circuit.Length - 2, circuit.Length + 5, 5, 12),
            Search = Search(circuit.Length, edges, found, random),
        };
    }

    private static ReportSizeInterval OpenInterval(int size) => new(null, size - 2, null, size - 3, null, 5, null);

    private static ImmutableArray<ReportSize> Search(int size, int edges, double found, Random random) =>
    [
        .. Enumerable.Range(-5, 9)
            .Select(power => (int)(size * Math.Pow(1.6, power)))
            .Where(candidate => candidate > 0 && candidate <= edges)
            .Distinct()
            .Select(candidate => (Candidate: candidate, Kept: found * Math.Pow((double)candidate / size, candidate < size ? 0.8 : 0.08)))
            .Select(entry => new ReportSize(entry.Candidate + 2, entry.Candidate, 2 + entry.Candidate / 3, entry.Kept, entry.Kept * (0.94 + 0.06 * random.NextDouble()))),
    ];

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>string.GetHashCode differs from run to run.</summary>
    private static int Seed(string text) => text.Aggregate(17, (hash, character) => unchecked(hash * 31 + character) & 0xffff);
}
