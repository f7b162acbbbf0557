using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Evaluation;

/// <summary>Some examples with their clean and ablated runs.</summary>
internal sealed class EvaluationBatch : IDisposable
{
    private readonly Transformer model;
    private readonly Ablation ablation;
    private readonly AnswerBatch batch;
    private (SourceRun Clean, SourceRun Ablated, Tensor? CleanLogits)? runs;

    public EvaluationBatch(Transformer model, IReadOnlyList<Example> examples, MetricKind metric, Ablation ablation)
    {
        this.model = model;
        this.ablation = ablation;
        batch = new AnswerBatch(examples, metric);
        runs = Runs();
        CleanMetrics = MeasureRun(runs.Value.Clean);
        AblatedMetrics = MeasureRun(runs.Value.Ablated);
    }

    public int Count => batch.Count;

    public int Rows => batch.Clean.Sequences.Rows;

    public double[] CleanMetrics { get; }

    public double[] AblatedMetrics { get; }

    /// <summary>Bytes of the two runs, and of the logits that a divergence is taken from.</summary>
    public long RunBytes
    {
        get
        {
            var (config, streams) = (model.Config, (model.Config.ParallelResidual ? 2L : 3L) + (model.Config.Norms.IsAfter ? 1 : 0));
            var logits = batch.Answers.Metric == MetricKind.Divergence ? (long)batch.Answers.Count * config.Vocabulary : 0;
            return ((2L * ((config.Layers * ((streams * config.Width) + config.QueryWidth)) + (2L * config.Width)) * Rows) + logits) * sizeof(float);
        }
    }

    /// <summary>Whether the runs stay in memory between evaluations; otherwise each makes them anew.</summary>
    public bool KeepRuns
    {
        get;
        set
        {
            field = value;
            Release();
        }
    }

    /// <summary>The metric of every example for every planned circuit.</summary>
    public double[][] Evaluate(CircuitGraph graph, EvaluationPlan plan)
    {
        runs ??= Runs();
        using var pass = new CircuitPass(model, graph, plan, batch.Clean.Sequences, batch.Clean.AnswerRows(), runs.Value.Clean, runs.Value.Ablated);
        using var final = pass.Run();
        var metrics = new double[plan.Circuits][];
        for (var c = 0; c < metrics.Length; c++)
        {
            metrics[c] = plan.LogitsValue(c) switch
            {
                Difference.Clean => CleanMetrics,
                Difference.Ablated => AblatedMetrics,
                var value => Measure(final!.Slice(value, 1).Reshape(batch.Answers.Count, model.Config.Width)),
            };
        }

        return metrics;
    }

    /// <summary>Gives the runs back where they aren't to be kept.</summary>
    public void Release()
    {
        if (!KeepRuns && runs is { } made)
        {
            made.Clean.Dispose();
            made.Ablated.Dispose();
            made.CleanLogits?.Dispose();
            runs = null;
        }
    }

    public void Dispose()
    {
        KeepRuns = false;
        Release();
    }

    private (SourceRun Clean, SourceRun Ablated, Tensor? CleanLogits) Runs()
    {
        var clean = model.RunSources(batch.Clean);
        using var rows = AnswersOf(clean);
        return (clean, ablation.Run(model, batch.Corrupted), batch.CleanLogits(model, rows));
    }

    private double[] MeasureRun(SourceRun run)
    {
        using var rows = AnswersOf(run);
        return Measure(rows);
    }

    /// <summary>A run's final residual streams at the answer rows, a new [rows, D].</summary>
    private Tensor AnswersOf(SourceRun run)
    {
        var rows = model.Device.Allocate([batch.Answers.Count, model.Config.Width]);
        model.Device.GatherRows(rows, run.FinalResidual, batch.Clean.AnswerRows());
        return rows;
    }

    /// <summary>The metric of every example from the residual streams at the answer rows, [rows, D].</summary>
    /// <exception cref="InvalidInputException">A metric isn't finite.</exception>
    private double[] Measure(Tensor final)
    {
        using var metric = model.Measure(final, batch.Answers with { CleanLogits = runs!.Value.CleanLogits });
        var values = new float[batch.Answers.Count];
        model.Device.Download(metric, values);
        Overflow.Refuse(values, "the metric", model, batch.Clean, batch.Corrupted);
        return batch.Sum(values);
    }
}
