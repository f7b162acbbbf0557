using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Evaluation;

/// <summary>
/// Runs circuits: every edge outside carries its source's ablated output, every edge inside the output computed in this very run
/// (docs/method.md, evaluation). The clean and the ablated run of the examples are made once and kept within the memory budget; only
/// nodes that are neither wholly clean nor wholly ablated are run, so the full circuit returns the clean metric and the empty one the
/// ablated metric to the last bit.
/// </summary>
public sealed class CircuitEvaluator : IDisposable
{
    private const int RowsPerBatch = 512;
    private const long DefaultBudget = 256L << 20;

    private readonly Transformer model;
    private readonly CircuitGraph graph;
    private readonly Ablation ablation;
    private readonly long budget;
    private readonly List<EvaluationBatch> batches = [];

    /// <param name="model">The model.</param>
    /// <param name="examples">The examples circuits are judged on.</param>
    /// <param name="metric">The task's metric.</param>
    /// <param name="ablation">What takes the place of outputs outside the circuit; patching where none is given.</param>
    /// <param name="memoryBudget">Bytes that the kept runs and a running batch may take together beside the weights.</param>
    /// <exception cref="InvalidInputException">A prompt doesn't fit the model.</exception>
    public CircuitEvaluator(Transformer model, IReadOnlyList<Example> examples, MetricKind metric, Ablation? ablation = null, long? memoryBudget = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(examples.Count);
        this.model = model;
        this.ablation = ablation ?? Ablation.Patching;
        budget = memoryBudget ?? DefaultBudget;
        graph = new CircuitGraph(GraphShape.Of(model.Config));

        var kept = 0L;
        for (var first = 0; first < examples.Count;)
        {
            var (count, rows) = (0, 0);
            while (first + count < examples.Count && (count == 0 || rows + examples[first + count].Length <= BatchRows))
            {
                rows += examples[first + count].Length;
                count++;
            }

            var batch = new EvaluationBatch(model, [.. examples.Skip(first).Take(count)], metric, this.ablation);
            kept += batch.RunBytes;
            batch.KeepRuns = kept <= budget / 2;
            batches.Add(batch);
            first += count;
        }

        CleanMetrics = [.. batches.SelectMany(b => b.CleanMetrics)];
        AblatedMetrics = [.. batches.SelectMany(b => b.AblatedMetrics)];
    }

    /// <summary>Metric of every example on the unpatched model, m(M).</summary>
    public IReadOnlyList<double> CleanMetrics { get; }

    /// <summary>Metric of every example with everything ablated (the corrupted run, scored with the clean answers), m(∅).</summary>
    public IReadOnlyList<double> AblatedMetrics { get; }

    /// <summary>A batch that leaves room in the budget for the streams of a layer's slots.</summary>
    private int BatchRows => (int)Math.Clamp(budget / 2 / (((3L * model.Config.Heads) + graph.Sources + (8L * model.Config.Layers)) * model.Config.Width * sizeof(float)), 1, RowsPerBatch);

    /// <summary>The metric of every example, for every circuit.</summary>
    /// <exception cref="ArgumentException">A circuit is of another graph.</exception>
    public double[][] Evaluate(IReadOnlyList<Circuit> circuits, CancellationToken cancellation = default)
    {
        foreach (var circuit in circuits)
        {
            if (circuit.Graph.Shape != graph.Shape)
            {
                throw new ArgumentException("The circuit is of another graph than the model.", nameof(circuits));
            }
        }

        var metrics = circuits.Select(_ => new double[CleanMetrics.Count]).ToArray();
        var done = 0;
        foreach (var batch in batches)
        {
            foreach (var group in Groups(circuits, batch.Rows))
            {
                cancellation.ThrowIfCancellationRequested();
                var values = batch.Evaluate(graph, [.. group.Select(i => circuits[i])]);
                for (var g = 0; g < group.Count; g++)
                {
                    values[g].CopyTo(metrics[group[g]], done);
                }
            }

            done += batch.Count;
        }

        return metrics;
    }

    public void Dispose()
    {
        foreach (var batch in batches)
        {
            batch.Dispose();
        }
    }

    /// <summary>Circuits that run in one pass: as many as half the budget holds.</summary>
    private IEnumerable<List<int>> Groups(IReadOnlyList<Circuit> circuits, int rows)
    {
        var group = new List<int>();
        var bytes = 0L;
        for (var i = 0; i < circuits.Count; i++)
        {
            var need = ((2L * circuits[i].NodeCount) + (6L * model.Config.Heads) + 12) * rows * model.Config.Width * sizeof(float);
            if (group.Count > 0 && bytes + need > budget / 2)
            {
                yield return group;
                group = [];
                bytes = 0;
            }

            group.Add(i);
            bytes += need;
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }
}
