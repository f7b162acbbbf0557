using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Attribution;

/// <summary>
/// One batch's scores. With x̂ the normalised residual of a slot, q its projection, W′ and b′ the folded weights, and dq_k the gradient at q at
/// integration point k, a source with output difference Δ scores (docs/engine.md, head space)
/// <c>Δ·C·W′ᵀ·Σ_k w_k·dq_k/σ_k − (1/D)·Σ_k w_k·(Δ·x̂_k)·(dq_k·(q_k − b′))/σ_k</c>, C subtracting the mean over D.
/// The second term is taken as gradients arrive, the first once at the end; where a norm stands behind attention, after every point, with Δ of heads carried
/// through that norm (docs/method.md, families).
/// </summary>
internal sealed class AttributionPass : ISlotGradients, IDisposable
{
    private readonly Transformer model;
    private readonly IDevice device;
    private readonly CircuitGraph graph;
    private readonly Quadrature quadrature;
    private readonly int pointsPerPass;
    private readonly BackwardRules rules;
    private readonly AnswerBatch batch;
    private readonly Tensor cleanEmbedding;
    private readonly Tensor ablatedEmbedding;
    private readonly SourceDifferences differences;
    private readonly SlotScores slotScores;
    private readonly Tensor logitsGradient;
    private readonly Tensor logitsScores;
    private readonly Tensor ones;
    private readonly Tensor? cleanLogits;
    private readonly Dictionary<int, GradientRun> keptRuns = [];
    private QueryKeyCorrection? correction;
    private float[] weights = [];

    public AttributionPass(
        Transformer model, CircuitGraph graph, IReadOnlyList<Example> examples, MetricKind metric, Ablation ablation, AttributionOptions options, AttributionPlan plan)
    {
        this.model = model;
        this.graph = graph;
        quadrature = Quadrature.For(options);
        pointsPerPass = plan.PointsPerPass;
        rules = options.Method == AttributionMethod.RelP ? BackwardRules.Relevance : BackwardRules.Gradient;
        device = model.Device;
        batch = new AnswerBatch(examples, metric);
        var (rows, answerRows, width) = (Sequences.Rows, batch.Answers.Count, model.Config.Width);
        cleanEmbedding = device.Allocate([rows, width]);
        ablatedEmbedding = device.Allocate([rows, width]);
        differences = new SourceDifferences(model, graph, batch.Clean);
        var run = RunEnds(ablation);
        cleanLogits = batch.CleanLogits(model, run.FinalResidual);
        if (options.Method == AttributionMethod.EapQk)
        {
            correction = new QueryKeyCorrection(model, graph, run, differences.Outputs, Sequences, plan.CorrectionRows);
        }
        else
        {
            run.Dispose();
        }

        slotScores = SlotScores.For(model, graph, batch.Clean, differences, rules, differences.AreCarried ? 1 : quadrature.Points.Length);
        logitsGradient = Zeros(ElementType.Float32, answerRows, width);
        logitsScores = Zeros(ElementType.Float64, Sequences.Count, graph.Sources, 1);
        ones = device.Allocate([answerRows * pointsPerPass]);
        device.Fill(ones, 1);
    }

    private Sequences Sequences => batch.Clean.Sequences;

    /// <summary>Runs every integration point: first those whose forward pass was needed anyway, then the others in their order.</summary>
    public void RunPoints()
    {
        foreach (var (point, kept) in keptRuns.OrderBy(k => k.Key))
        {
            using (kept)
            {
                RunPoints([point], kept);
            }
        }

        foreach (var points in Enumerable.Range(0, quadrature.Points.Length).Except(keptRuns.Keys).Chunk(pointsPerPass))
        {
            using var run = Interpolated(points);
            RunPoints(points, run);
        }

        keptRuns.Clear();
    }

    /// <summary>Adds the scores of the points that were run to their blocks.</summary>
    /// <param name="accumulator">Receives them.</param>
    /// <param name="blockOfExample">Block of every example.</param>
    public void Contract(ScoreAccumulator accumulator, ReadOnlySpan<int> blockOfExample)
    {
        var blockOf = batch.BlocksOf(blockOfExample);
        if (!differences.AreCarried)
        {
            ContractGradients();
        }

        for (var l = 0; l < model.Config.Layers; l++)
        {
            accumulator.AddHeads(l, slotScores.Heads[l], blockOf);
            accumulator.AddMlp(l, slotScores.Mlps[l], blockOf);
            correction?.Run(l, accumulator, blockOf);
        }

        accumulator.AddLogits(logitsScores, blockOf);
    }

    void ISlotGradients.VisitLogits(Tensor gradient) =>
        device.AccumulateScaled(logitsGradient, gradient, ones.Slice(0, gradient.Rows), weights);

    void ISlotGradients.VisitMlp(int layer, Tensor gradient, Tensor projection, Tensor xhat, Tensor inverseScale) =>
        slotScores.VisitMlp(layer, gradient, projection, xhat, inverseScale);

    void ISlotGradients.VisitMlpStream(int layer, Tensor gradient) => slotScores.VisitMlpStream(layer, gradient);

    void ISlotGradients.VisitAttention(int layer, Tensor gradient) => correction?.Keep(layer, gradient);

    void ISlotGradients.VisitHeads(int layer, Tensor gradient, Tensor projection, Tensor xhat, Tensor inverseScale) =>
        slotScores.VisitHeads(layer, gradient, projection, xhat, inverseScale);

    public void Dispose()
    {
        correction?.Dispose();
        foreach (var kept in keptRuns.Values)
        {
            kept.Dispose();
        }

        Array.ForEach((Tensor[])[cleanEmbedding, ablatedEmbedding, logitsGradient, logitsScores, ones], t => t.Dispose());
        cleanLogits?.Dispose();
        slotScores.Dispose();
        differences.Dispose();
    }

    private Tensor Zeros(ElementType type, params ReadOnlySpan<int> shape)
    {
        var tensor = device.Allocate(shape, type);
        device.Fill(tensor, 0);
        return tensor;
    }

    /// <summary>Runs the ends of the path and takes the sources' differences. Returns the clean run; keeps the runs that are integration points.</summary>
    private SourceRun RunEnds(Ablation ablation)
    {
        var (start, end) = (quadrature.Points.IndexOf(0), ablation.Kind == AblationKind.Patching ? quadrature.Points.IndexOf(1) : -1);
        var from = model.RunToAnswers(batch.Clean, forGradients: start >= 0);
        using var to = ablation.RunToAnswers(model, batch.Corrupted, forGradients: end >= 0);
        Keep(from, start);
        Keep(to, end);
        device.Copy(cleanEmbedding, from.Embedding);
        device.Copy(ablatedEmbedding, to.Embedding);
        differences.Take(from, to);
        return from;
    }

    private void Keep(SourceRun run, int point)
    {
        if (run.TakeGradients() is { } gradients)
        {
            keptRuns.Add(point, gradients);
        }
    }

    /// <summary>The run from the embeddings at some points, one after the other.</summary>
    private GradientRun Interpolated(int[] points)
    {
        var sequences = Sequences.Repeat(points.Length);
        using var embedding = device.Allocate([points.Length, Sequences.Rows, model.Config.Width]);
        device.Interpolate(embedding, cleanEmbedding, ablatedEmbedding, Array.ConvertAll(points, p => (float)quadrature.Points[p]));
        var residual = model.EnterResidual(embedding.Reshape(sequences.Rows, model.Config.Width), sequences);
        return model.RunForGradients(residual, sequences, batch.Clean.AnswerRows(points.Length));
    }

    private void RunPoints(int[] points, GradientRun run)
    {
        weights = Array.ConvertAll(points, p => (float)quadrature.Weights[p]);
        if (differences.AreCarried)
        {
            differences.Carry(run, rules);
        }

        slotScores.Begin(weights);
        using var metric = model.SlotGradients(run, batch.Answers.Repeat(points.Length) with { CleanLogits = cleanLogits }, this, rules);
        if (differences.AreCarried)
        {
            // what carries the sources to the slots is another map at each point
            ContractGradients();
            slotScores.Clear();
            device.Fill(logitsGradient, 0);
        }
    }

    /// <summary>From the gradients that were summed to scores: the first term.</summary>
    private void ContractGradients()
    {
        slotScores.Contract();
        device.Contract(logitsScores, differences.AtAnswers, logitsGradient.Reshape(1, batch.Answers.Count, model.Config.Width), batch.Clean.AnswerSequences, centre: false);
    }
}
