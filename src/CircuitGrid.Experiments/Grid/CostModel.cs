using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;

namespace CircuitGrid.Experiments.Grid;

/// <summary>
/// Forecasts how long a cell takes: as long as the same model and task under the same analysis took before; else its floating-point
/// operations (method, §10) at the rate earlier cells ran at; else at a cautious one.
/// </summary>
public sealed class CostModel
{
    /// <summary>Operations a second on one thread where nothing is known yet.</summary>
    private const double DefaultRate = 8e9;

    private readonly Dictionary<(string Model, string Task, string Analysis), double> known;
    private readonly double rate;

    /// <param name="timings">How long earlier cells took.</param>
    public CostModel(IReadOnlyCollection<CellTiming> timings)
    {
        known = timings
            .GroupBy(t => (t.Model, t.Task, HeadInputsDigest.WithoutCircuit(t.Analysis, out _)))
            .ToDictionary(g => g.Key, g => Median(g.Select(t => t.Seconds)));
        var rates = timings.Where(t => t is { Seconds: > 0, Work: > 0 }).Select(t => t.Work / (t.Seconds * t.Threads)).ToArray();
        rate = rates.Length == 0 ? DefaultRate : Median(rates);
    }

    /// <summary>
    /// Floating-point operations of a cell, roughly: two plain runs, a forward and a backward pass at every integration point, and one
    /// run for every size a bisection tries.
    /// </summary>
    public static double Work(CheckpointInfo checkpoint, TaskDataset dataset, CellAnalysis analysis)
    {
        var tokens = dataset.Examples.Sum(e => (double)e.Length);
        var forward = (2.0 * checkpoint.NonEmbeddingParameters * tokens)
            + (2.0 * checkpoint.Vocabulary * checkpoint.Graph.Width * dataset.Examples.Length);
        var sizes = Math.Ceiling(Math.Log2(analysis.MaxEdges + 1)) + 1;
        var attribution = analysis.Method switch
        {
            AttributionMethod.Eap or AttributionMethod.RelP => 3,

            // queries and keys of every layer once for each source before it: a quarter of the layer's matrices, for half the sources on average
            AttributionMethod.EapQk => 3 + (GraphSize.Edges(checkpoint.Graph) / (24.0 * checkpoint.Heads)),
            AttributionMethod.CleanCorrupted => 6,
            AttributionMethod.EapIg => 3.0 * analysis.Steps,
            _ => GraphSize.Edges(checkpoint.Graph),
        };
        return forward * (2 + attribution + sizes);
    }

    /// <summary>Floating-point operations of a planned cell, roughly.</summary>
    public static double Work(CheckpointInfo checkpoint, PlannedCell cell) =>
        cell.Heads is { } heads ? Work(checkpoint, heads) : Work(checkpoint, cell.Dataset!, cell.Analysis!);

    /// <summary>
    /// Floating-point operations of a checkpoint's head scores, roughly: plain runs of the repeated tokens, the texts and the prompts, every head's
    /// direct path, and for every head on every text two projections to the vocabulary.
    /// </summary>
    public static double Work(CheckpointInfo checkpoint, HeadScoreInputs inputs)
    {
        var prompts = inputs.Ioi.Sum(e => (double)e.Length);
        var texts = inputs.Texts.Take(inputs.Options.Texts).Sum(t => (double)t.Length);
        var tokens = (2.0 * inputs.RepeatedHalves.Sum(h => h.Length)) + inputs.Texts.Sum(t => t.Length) + texts + (4 * prompts);
        var ends = (double)checkpoint.Heads * inputs.Ioi.Length;
        return (2.0 * checkpoint.NonEmbeddingParameters * (tokens + ends))
            + (2.0 * checkpoint.Vocabulary * checkpoint.Graph.Width * checkpoint.Heads * ((2 * texts) + (3 * inputs.Ioi.Length)));
    }

    /// <summary>Seconds of analysis to expect.</summary>
    /// <param name="model">The cell's model.</param>
    /// <param name="task">The cell's task.</param>
    /// <param name="analysis">The cell's analysis in canonical form.</param>
    /// <param name="work">Its floating-point operations.</param>
    /// <param name="threads">Threads it will run on.</param>
    public double Seconds(string model, string task, string analysis, double work, int threads) =>
        known.TryGetValue((model, task, HeadInputsDigest.WithoutCircuit(analysis, out _)), out var seconds) ? seconds : work / (rate * threads);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
