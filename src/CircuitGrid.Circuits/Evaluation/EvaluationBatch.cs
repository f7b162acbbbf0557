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
    private readonly TokenBatch clean;
    private readonly TokenBatch corrupted;
    private readonly Answers answers;
    private (SourceRun Clean, SourceRun Ablated)? runs;

    public EvaluationBatch(Transformer model, IReadOnlyList<Example> examples, MetricKind metric, Ablation ablation)
    {
        this.model = model;
        this.ablation = ablation;
        clean = new TokenBatch(examples.Select(e => e.Clean));
        corrupted = new TokenBatch(examples.Select(e => e.Corrupted));
        answers = new Answers(metric, [.. examples.Select(e => e.Correct)], [.. examples.Select(e => e.Incorrect)]);
        Count = examples.Count;
        runs = Runs();
        CleanMetrics = MeasureRun(runs.Value.Clean);
        AblatedMetrics = MeasureRun(runs.Value.Ablated);
    }

    public int Count { get; }

    public int Rows => clean.Sequences.Rows;

    public double[] CleanMetrics { get; }

    public double[] AblatedMetrics { get; }

    /// <summary>Bytes of the two runs.</summary>
    public long RunBytes
    {
        get
        {
            var (config, streams) = (model.Config, (model.Config.ParallelResidual ? 2L : 3L) + (model.Config.Norms.IsAfter ? 1 : 0));
            return 2L * ((config.Layers * ((streams * config.Width) + config.QueryWidth)) + (2L * config.Width)) * Rows * sizeof(float);
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
        using var pass = new CircuitPass(model, graph, plan, clean.Sequences, clean.LastRows(), runs.Value.Clean, runs.Value.Ablated);
        using var final = pass.Run();
        var metrics = new double[plan.Circuits][];
        for (var c = 0; c < metrics.Length; c++)
        {
            metrics[c] = plan.LogitsValue(c) switch
            {
                Difference.Clean => CleanMetrics,
                Difference.Ablated => AblatedMetrics,
                var value => Measure(final!.Slice(value, 1).Reshape(Count, model.Config.Width)),
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
            runs = null;
        }
    }

    public void Dispose()
    {
        KeepRuns = false;
        Release();
    }

    private (SourceRun Clean, SourceRun Ablated) Runs() => (model.RunSources(clean), ablation.Run(model, corrupted));

    private double[] MeasureRun(SourceRun run)
    {
        using var rows = model.Device.Allocate([Count, model.Config.Width]);
        model.Device.GatherRows(rows, run.FinalResidual, clean.LastRows());
        return Measure(rows);
    }

    /// <summary>The metric of every example from the residual streams at the answers, [examples, D].</summary>
    /// <exception cref="InvalidInputException">A metric isn't finite.</exception>
    private double[] Measure(Tensor final)
    {
        using var metric = model.Measure(final, answers);
        var values = new float[Count];
        model.Device.Download(metric, values);
        Overflow.Refuse(values, "the metric", model, clean, corrupted);
        return Array.ConvertAll(values, v => (double)v);
    }
}
