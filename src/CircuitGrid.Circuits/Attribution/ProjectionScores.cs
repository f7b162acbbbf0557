using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Attribution;

/// <summary>
/// Scores from gradients at projections alone, with what a norm takes out of them as products of scalars, c·(Δ·x̂)/D, taken as gradients arrive (docs/engine.md, head space).
/// </summary>
internal sealed class ProjectionScores : SlotScores
{
    private readonly Tensor[] mlpGradients;
    private (Tensor Xhat, int Sources, Tensor Dots)? projections;

    /// <inheritdoc cref="SlotScores(Transformer, CircuitGraph, TokenBatch, SourceDifferences, BackwardRules)"/>
    public ProjectionScores(Transformer model, CircuitGraph graph, TokenBatch batch, SourceDifferences differences, BackwardRules rules)
        : base(model, graph, batch, differences, rules) =>
        mlpGradients = [.. AllLayers.Select(l => Zeros(ElementType.Float32, MlpSequences(l).Rows, model.Config.HiddenWidth))];

    /// <summary>Elements that a row of a batch takes for what is added up.</summary>
    public static long ElementsPerRow(ModelConfig config) => config.Layers * ((3L * config.QueryWidth) + config.HiddenWidth);

    public override void VisitMlp(int layer, Tensor gradient, Tensor projection, Tensor xhat, Tensor inverseScale) =>
        Add(mlpGradients[layer], Mlps[layer], MlpDeltas(layer), MlpSequences(layer), Model.MlpBias(layer), default, gradient, projection, xhat, inverseScale);

    public override void VisitMlpStream(int layer, Tensor gradient)
    {
    }

    public override void VisitHeads(int layer, Tensor gradient, Tensor projection, Tensor xhat, Tensor inverseScale) =>
        Add(HeadGradients[layer], Heads[layer], HeadDeltas(layer), Sequences, Model.HeadBias(layer), Model.BlocksOfSlots, gradient, projection, xhat, inverseScale);

    public override void Clear()
    {
        base.Clear();
        Array.ForEach(mlpGradients, g => Device.Fill(g, 0));
        projections?.Dots.Dispose();
        projections = null;
    }

    protected override Tensor HeadStreams(int layer) => Model.BackProjectHeads(layer, HeadGradients[layer]);

    protected override Tensor MlpStream(int layer) => Model.BackProjectMlp(layer, mlpGradients[layer]);

    protected override void Dispose(bool disposing)
    {
        projections?.Dots.Dispose();
        Array.ForEach(mlpGradients, g => g.Dispose());
        base.Dispose(disposing);
    }

    private void Add(
        Tensor sum,
        Tensor scores,
        Tensor sources,
        Sequences sequences,
        Tensor bias,
        ReadOnlySpan<int> blockOf,
        Tensor gradient,
        Tensor projection,
        Tensor xhat,
        Tensor inverseScale)
    {
        Device.AccumulateScaled(sum, gradient, inverseScale, Weights);
        if (Rules == BackwardRules.Relevance || !Model.Config.Norms.IsBefore)
        {
            // a σ that is held, or that there isn't, leaves the first term alone
            return;
        }

        using var dots = Device.Allocate([gradient.Rows, scores.Columns]);
        Device.SlotDots(dots, gradient, projection, bias, inverseScale, blockOf);
        Device.SubtractProjections(scores, SourceDots(xhat, sources), dots, sequences, Weights, Model.Config.Width);
    }

    /// <summary>Δ·x̂ of some sources; kept, because in a parallel model the MLP and the heads of a layer read the same x̂.</summary>
    private Tensor SourceDots(Tensor xhat, Tensor sources)
    {
        var count = sources.Shape[0];
        if (projections is { } kept)
        {
            if (ReferenceEquals(kept.Xhat, xhat) && kept.Sources == count)
            {
                return kept.Dots;
            }

            kept.Dots.Dispose();
        }

        var dots = Device.Allocate([count, xhat.Rows]);
        Device.SourceDots(dots, sources, xhat);
        projections = (xhat, count, dots);
        return dots;
    }
}
