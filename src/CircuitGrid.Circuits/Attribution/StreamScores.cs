using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Attribution;

/// <summary>
/// Scores from gradients at residual streams, so that sources' differences, the most memory there is, are read once. An MLP slot's gradient is there when it has come
/// through its norm. Those of head slots are added up at their projections; x̂ and c of all points, kept aside, take out of them what the norm does (docs/engine.md,
/// head space).
/// </summary>
internal sealed class StreamScores : SlotScores
{
    private readonly Tensor[] mlpGradients;
    private readonly Tensor ones;
    private readonly Tensor[] xhats = [];
    private readonly Tensor[] dots = [];
    private readonly List<float> pointWeights = [];
    private int visited;

    /// <inheritdoc cref="SlotScores(Transformer, CircuitGraph, TokenBatch, SourceDifferences, BackwardRules)"/>
    /// <param name="points">Points whose gradients arrive before they are forgotten.</param>
    public StreamScores(Transformer model, CircuitGraph graph, TokenBatch batch, SourceDifferences differences, BackwardRules rules, int points)
        : base(model, graph, batch, differences, rules)
    {
        var config = model.Config;
        mlpGradients = [.. AllLayers.Select(l => Zeros(ElementType.Float32, MlpSequences(l).Rows, config.Width))];
        ones = Device.Allocate([points * Sequences.Rows]);
        Device.Fill(ones, 1);
        if (config.Norms.IsBefore && rules != BackwardRules.Relevance)
        {
            // a σ that is held, or that there isn't, takes nothing out
            xhats = [.. AllLayers.Select(_ => Device.Allocate([points * Sequences.Rows, config.Width]))];
            dots = [.. AllLayers.Select(_ => Device.Allocate([points * Sequences.Rows, 3 * config.Heads]))];
        }
    }

    /// <summary>Elements that a row of a batch takes for what is added up and kept aside.</summary>
    public static long ElementsPerRow(ModelConfig config, int points) =>
        config.Layers * ((3L * config.QueryWidth) + config.Width + (config.Norms.IsBefore ? points * (config.Width + (3L * config.Heads)) : 0));

    public override void Begin(float[] weights)
    {
        visited = pointWeights.Count;
        pointWeights.AddRange(weights);
        base.Begin(weights);
    }

    public override void VisitMlp(int layer, Tensor gradient, Tensor projection, Tensor xhat, Tensor inverseScale)
    {
    }

    public override void VisitMlpStream(int layer, Tensor gradient) =>
        Device.AccumulateScaled(mlpGradients[layer], gradient, ones.Slice(0, gradient.Rows), Weights);

    public override void VisitHeads(int layer, Tensor gradient, Tensor projection, Tensor xhat, Tensor inverseScale)
    {
        Device.AccumulateScaled(HeadGradients[layer], gradient, inverseScale, Weights);
        if (xhats.Length > 0)
        {
            var first = visited * Sequences.Rows;
            Device.Copy(xhats[layer].Slice(first, xhat.Rows), xhat);
            Device.SlotDots(dots[layer].Slice(first, xhat.Rows), gradient, projection, Model.HeadBias(layer), inverseScale, Model.BlocksOfSlots);
        }
    }

    public override void Clear()
    {
        base.Clear();
        Array.ForEach(mlpGradients, g => Device.Fill(g, 0));
        pointWeights.Clear();
    }

    protected override Tensor HeadStreams(int layer)
    {
        var streams = Model.BackProjectHeads(layer, HeadGradients[layer]);
        if (xhats.Length > 0)
        {
            var rows = pointWeights.Count * Sequences.Rows;
            Device.SubtractAlong(streams, xhats[layer].Slice(0, rows), dots[layer].Slice(0, rows), [.. pointWeights]);
        }

        return streams;
    }

    protected override Tensor MlpStream(int layer) => mlpGradients[layer].Slice(0, mlpGradients[layer].Rows);

    protected override void Dispose(bool disposing)
    {
        ones.Dispose();
        Array.ForEach((Tensor[])[.. mlpGradients, .. xhats, .. dots], t => t.Dispose());
        base.Dispose(disposing);
    }
}
