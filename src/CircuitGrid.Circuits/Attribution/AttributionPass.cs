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
/// The second term is taken as gradients arrive, the first once at the end.
/// </summary>
internal sealed class AttributionPass : ISlotGradients, IDisposable
{
    private readonly Transformer model;
    private readonly IDevice device;
    private readonly CircuitGraph graph;
    private readonly Quadrature quadrature;
    private readonly int pointsPerPass;
    private readonly BackwardRules rules;
    private readonly Answers answers;
    private readonly TokenBatch clean;
    private readonly Tensor cleanEmbedding;
    private readonly Tensor ablatedEmbedding;
    private readonly Tensor deltas;
    private readonly Tensor[] headGradients;
    private readonly Tensor[] mlpGradients;
    private readonly Tensor logitsGradient;
    private readonly Tensor[] headScores;
    private readonly Tensor[] mlpScores;
    private readonly Tensor ones;
    private QueryKeyCorrection? correction;
    private float[] weights = [];
    private (Tensor Xhat, int Sources, Tensor Dots)? projections;

    public AttributionPass(
        Transformer model, CircuitGraph graph, IReadOnlyList<Example> batch, MetricKind metric, Ablation ablation, AttributionOptions options, AttributionPlan plan)
    {
        this.model = model;
        this.graph = graph;
        quadrature = Quadrature.For(options);
        pointsPerPass = plan.PointsPerPass;
        rules = options.Method == AttributionMethod.RelP ? BackwardRules.Relevance : BackwardRules.Gradient;
        device = model.Device;
        clean = new TokenBatch(batch.Select(e => e.Clean));
        answers = new Answers(metric, [.. batch.Select(e => e.Correct)], [.. batch.Select(e => e.Incorrect)]);

        var (rows, width, layers) = (clean.Sequences.Rows, model.Config.Width, model.Config.Layers);
        deltas = device.Allocate([graph.Sources, rows, width]);
        cleanEmbedding = device.Allocate([rows, width]);
        ablatedEmbedding = device.Allocate([rows, width]);
        var run = TakeDifferences(ablation, new TokenBatch(batch.Select(e => e.Corrupted)));
        if (options.Method == AttributionMethod.EapQk)
        {
            correction = new QueryKeyCorrection(model, graph, run, deltas, Sequences, plan.CorrectionRows);
        }
        else
        {
            run.Dispose();
        }

        headGradients = [.. Enumerable.Range(0, layers).Select(_ => Zeros(ElementType.Float32, rows, 3 * width))];
        mlpGradients = [.. Enumerable.Range(0, layers).Select(_ => Zeros(ElementType.Float32, rows, model.Config.MlpWidth))];
        logitsGradient = Zeros(ElementType.Float32, batch.Count, width);
        headScores = [.. Enumerable.Range(0, layers).Select(l => Zeros(ElementType.Float64, batch.Count, HeadSources(l), 3 * model.Config.Heads))];
        mlpScores = [.. Enumerable.Range(0, layers).Select(l => Zeros(ElementType.Float64, batch.Count, MlpSources(l), 1))];
        ones = device.Allocate([batch.Count * pointsPerPass]);
        device.Fill(ones, 1);
    }

    private Sequences Sequences => clean.Sequences;

    /// <summary>Runs every integration point.</summary>
    public void RunPoints()
    {
        for (var first = 0; first < quadrature.Points.Length; first += pointsPerPass)
        {
            RunPoints(first, Math.Min(pointsPerPass, quadrature.Points.Length - first));
        }
    }

    /// <summary>Adds the scores of the points that were run to their blocks.</summary>
    public void Contract(ScoreAccumulator accumulator, ReadOnlySpan<int> blockOf)
    {
        for (var l = 0; l < model.Config.Layers; l++)
        {
            using (var g = model.BackProjectHeads(l, headGradients[l]))
            {
                device.Contract(headScores[l], deltas.Slice(0, HeadSources(l)), g, Sequences, centre: true);
            }

            using (var g = model.BackProjectMlp(l, mlpGradients[l]))
            {
                device.Contract(mlpScores[l], deltas.Slice(0, MlpSources(l)), g.Reshape(1, Sequences.Rows, model.Config.Width), Sequences, centre: true);
            }

            accumulator.AddHeads(l, headScores[l], blockOf);
            accumulator.AddMlp(l, mlpScores[l], blockOf);
            correction?.Run(l, accumulator, blockOf);
        }

        AddLogits(accumulator, blockOf);
    }

    void ISlotGradients.VisitLogits(Tensor gradient) =>
        device.AccumulateScaled(logitsGradient, gradient, ones.Slice(0, gradient.Rows), weights);

    void ISlotGradients.VisitMlp(int layer, Tensor gradient, Tensor projection, Tensor xhat, Tensor inverseScale) =>
        Accumulate(mlpGradients[layer], mlpScores[layer], MlpSources(layer), 1, model.MlpBias(layer), gradient, projection, xhat, inverseScale);

    void ISlotGradients.VisitAttention(int layer, Tensor gradient) => correction?.Keep(layer, gradient);

    void ISlotGradients.VisitHeads(int layer, Tensor gradient, Tensor projection, Tensor xhat, Tensor inverseScale) =>
        Accumulate(headGradients[layer], headScores[layer], HeadSources(layer), 3 * model.Config.Heads, model.HeadBias(layer), gradient, projection, xhat, inverseScale);

    public void Dispose()
    {
        projections?.Dots.Dispose();
        correction?.Dispose();
        foreach (var tensor in (Tensor[])
            [deltas, cleanEmbedding, ablatedEmbedding, logitsGradient, ones, .. headGradients, .. mlpGradients, .. headScores, .. mlpScores])
        {
            tensor.Dispose();
        }
    }

    private int HeadSources(int layer) => graph.SourcesOf(graph.HeadSlot(layer, 0, 0));

    private int MlpSources(int layer) => graph.SourcesOf(graph.MlpSlot(layer));

    private Tensor Zeros(ElementType type, params ReadOnlySpan<int> shape)
    {
        var tensor = device.Allocate(shape, type);
        device.Fill(tensor, 0);
        return tensor;
    }

    /// <summary>Δ of every source: its ablated minus its clean output. Returns the clean run.</summary>
    private SourceRun TakeDifferences(Ablation ablation, TokenBatch corrupted)
    {
        var flat = (int[])[Sequences.Rows, model.Config.Width];
        var from = model.RunSources(clean);
        using var to = ablation.Run(model, corrupted);
        device.Copy(cleanEmbedding, from.Embedding);
        device.Copy(ablatedEmbedding, to.Embedding);
        device.Subtract(deltas.Slice(0, 1).Reshape(flat), to.Embedding, from.Embedding);
        for (var l = 0; l < model.Config.Layers; l++)
        {
            using var z = device.Allocate(flat);
            device.Subtract(z, to.Heads[l], from.Heads[l]);
            model.HeadOutputs(l, z, deltas.Slice(graph.HeadNode(l, 0), model.Config.Heads));
            device.Subtract(deltas.Slice(graph.MlpNode(l), 1).Reshape(flat), to.Mlp[l], from.Mlp[l]);
        }

        return from;
    }

    private void RunPoints(int first, int count)
    {
        weights = [.. quadrature.Weights.Skip(first).Take(count).Select(w => (float)w)];
        var fractions = quadrature.Points.Skip(first).Take(count).Select(p => (float)p).ToArray();
        var sequences = Sequences.Repeat(count);
        using var embedding = device.Allocate([count, Sequences.Rows, model.Config.Width]);
        device.Interpolate(embedding, cleanEmbedding, ablatedEmbedding, fractions);
        var residual = model.EnterResidual(embedding.Reshape(sequences.Rows, model.Config.Width), sequences);
        using var metric = model.SlotGradients(residual, sequences, clean.LastRows(count), answers.Repeat(count), this, rules);
    }

    private void Accumulate(
        Tensor sum, Tensor scores, int sources, int slots, Tensor bias, Tensor gradient, Tensor projection, Tensor xhat, Tensor inverseScale)
    {
        device.AccumulateScaled(sum, gradient, inverseScale, weights);
        if (rules == BackwardRules.Relevance)
        {
            // a held σ leaves the first term alone
            return;
        }

        using var dots = device.Allocate([gradient.Rows, slots]);
        device.SlotDots(dots, gradient, projection, bias, inverseScale);
        device.SubtractProjections(scores, SourceDots(xhat, sources), dots, Sequences, weights, model.Config.Width);
    }

    /// <summary>Δ·x̂ of the first sources; kept, because in a parallel model the MLP and the heads of a layer read the same x̂.</summary>
    private Tensor SourceDots(Tensor xhat, int sources)
    {
        if (projections is { } kept)
        {
            if (ReferenceEquals(kept.Xhat, xhat) && kept.Sources == sources)
            {
                return kept.Dots;
            }

            kept.Dots.Dispose();
        }

        var dots = device.Allocate([sources, xhat.Rows]);
        device.SourceDots(dots, deltas.Slice(0, sources), xhat);
        projections = (xhat, sources, dots);
        return dots;
    }

    private void AddLogits(ScoreAccumulator accumulator, ReadOnlySpan<int> blockOf)
    {
        var (examples, width) = (Sequences.Count, model.Config.Width);
        var last = clean.LastRows();
        var rows = new int[graph.Sources * examples];
        for (var f = 0; f < graph.Sources; f++)
        {
            for (var e = 0; e < examples; e++)
            {
                rows[(f * examples) + e] = (f * Sequences.Rows) + last[e];
            }
        }

        using var answerDeltas = device.Allocate([rows.Length, width]);
        device.GatherRows(answerDeltas, deltas.Reshape(graph.Sources * Sequences.Rows, width), rows);
        using var scores = Zeros(ElementType.Float64, examples, graph.Sources, 1);
        device.Contract(
            scores,
            answerDeltas.Reshape(graph.Sources, examples, width),
            logitsGradient.Reshape(1, examples, width),
            new Sequences(Enumerable.Repeat(1, examples)),
            centre: false);
        accumulator.AddLogits(scores, blockOf);
    }
}
