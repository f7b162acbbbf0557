using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
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
    private const long SmallestDefaultBudget = 104L << 20;

    private const long LargestDefaultBudget = 512L << 20;

    private readonly Transformer model;
    private readonly CircuitGraph graph;
    private readonly Ablation ablation;
    private readonly long budget;
    private readonly long kept;
    private readonly List<EvaluationBatch> batches = [];

    /// <param name="model">The model.</param>
    /// <param name="examples">The examples circuits are judged on.</param>
    /// <param name="metric">The task's metric.</param>
    /// <param name="ablation">What takes the place of outputs outside the circuit; patching where none is given.</param>
    /// <param name="memoryBudget">Bytes that the kept runs and a running batch may take together beside the weights.</param>
    /// <exception cref="InvalidInputException">A prompt doesn't fit the model, or a metric isn't finite.</exception>
    public CircuitEvaluator(Transformer model, IReadOnlyList<Example> examples, MetricKind metric, Ablation? ablation = null, long? memoryBudget = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(examples.Count);
        this.model = model;
        this.ablation = ablation ?? Ablation.Patching;
        Metric = metric;
        graph = new CircuitGraph(GraphShape.Of(model.Config));
        budget = memoryBudget ?? model.Device.FreeBytes ?? Math.Clamp(2 * model.Device.FullSpeedRows * BytesPerRow, SmallestDefaultBudget, LargestDefaultBudget);
        for (var first = 0; first < examples.Count;)
        {
            var (count, rows) = (0, 0);
            while (first + count < examples.Count && (count == 0 || rows + RowsOf(examples[first + count]) <= BatchRows))
            {
                rows += RowsOf(examples[first + count]);
                count++;
            }

            var batch = new EvaluationBatch(model, [.. examples.Skip(first).Take(count)], metric, this.ablation);
            batch.KeepRuns = kept + batch.RunBytes <= Half;
            kept += batch.KeepRuns ? batch.RunBytes : 0;
            batches.Add(batch);
            first += count;
        }

        CleanMetrics = [.. batches.SelectMany(b => b.CleanMetrics)];
        AblatedMetrics = [.. batches.SelectMany(b => b.AblatedMetrics)];

        int RowsOf(Example example) => AnswerSequence.Of(example, metric).Sum(s => s.Clean.Length);
    }

    /// <summary>What is measured.</summary>
    public MetricKind Metric { get; }

    /// <summary>Metric of every example on the unpatched model, m(M).</summary>
    public IReadOnlyList<double> CleanMetrics { get; }

    /// <summary>Metric of every example with everything ablated (the corrupted run, scored with the clean answers), m(∅).</summary>
    public IReadOnlyList<double> AblatedMetrics { get; }

    /// <summary>Bytes of runs that are kept, at most half of the memory budget.</summary>
    public long KeptBytes => kept;

    /// <summary>Bytes a row needs for the differences of one circuit in which every node stands on both sides.</summary>
    private long BytesPerRow => 2L * graph.Sources * model.Config.Width * sizeof(float);

    /// <summary>Half of the budget is for runs that are kept, half for the differences of a pass.</summary>
    private long Half => Math.Max(0, budget - CircuitPass.WorkingBytes) / 2;

    private int BatchRows => (int)Math.Clamp(Half / BytesPerRow, 1, BatchSize.EnoughRows(model.Device, model.Config.Width));

    /// <summary>The metric of every example, for every circuit.</summary>
    /// <exception cref="ArgumentException">A circuit is of another graph.</exception>
    /// <exception cref="InvalidInputException">A metric isn't finite.</exception>
    public double[][] Evaluate(IReadOnlyList<Circuit> circuits, CancellationToken cancellation = default)
    {
        foreach (var circuit in circuits)
        {
            if (circuit.Graph.Shape != graph.Shape)
            {
                throw new ArgumentException("The circuit is of another graph than the model.", nameof(circuits));
            }
        }

        var entry = (long)batches.Max(b => b.Rows) * model.Config.Width * sizeof(float);
        var plans = EvaluationPlan.Cut(graph, model.Config.QueryKeyNorm == QueryKeyNorm.Whole, circuits, (budget - kept - CircuitPass.WorkingBytes) / entry).ToList();
        var metrics = circuits.Select(_ => new double[CleanMetrics.Count]).ToArray();
        var done = 0;
        foreach (var batch in batches)
        {
            var circuit = 0;
            foreach (var plan in plans)
            {
                cancellation.ThrowIfCancellationRequested();
                foreach (var values in batch.Evaluate(graph, plan))
                {
                    values.CopyTo(metrics[circuit++], done);
                }
            }

            batch.Release();
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
}
