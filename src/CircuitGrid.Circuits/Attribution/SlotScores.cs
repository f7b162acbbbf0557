using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Attribution;

/// <summary>
/// A batch's scores of the edges into heads and MLPs, made of the gradients that arrive at their slots, point by point. Gradients are added up over points and
/// meet the sources' differences in <see cref="Contract"/>.
/// </summary>
internal abstract class SlotScores : IDisposable
{
    private readonly Sequences answerSequences;

    /// <param name="model">The model.</param>
    /// <param name="graph">Its graph.</param>
    /// <param name="batch">The batch's clean prompts.</param>
    /// <param name="differences">What its sources' outputs change by.</param>
    /// <param name="rules">What takes the place of derivatives.</param>
    protected SlotScores(Transformer model, CircuitGraph graph, TokenBatch batch, SourceDifferences differences, BackwardRules rules)
    {
        Model = model;
        Graph = graph;
        Sequences = batch.Sequences;
        Differences = differences;
        Rules = rules;
        answerSequences = batch.AnswerSequences;
        HeadGradients = [.. AllLayers.Select(_ => Zeros(ElementType.Float32, Sequences.Rows, 3 * model.Config.QueryWidth))];
        Heads = [.. AllLayers.Select(l => Zeros(ElementType.Float64, Sequences.Count, HeadSources(l), 3 * model.Config.Heads))];
        Mlps = [.. AllLayers.Select(l => Zeros(ElementType.Float64, Sequences.Count, MlpSources(l), 1))];
    }

    /// <summary>Scores of each layer's head slots, [N, sources, 3·H].</summary>
    public Tensor[] Heads { get; }

    /// <summary>Scores of each layer's MLP slot, [N, sources, 1].</summary>
    public Tensor[] Mlps { get; }

    protected Transformer Model { get; }

    protected IDevice Device => Model.Device;

    protected Sequences Sequences { get; }

    protected BackwardRules Rules { get; }

    /// <summary>Σ_k w_k·dq_k/σ_k of each layer's head slots, [T, 3·H·dh].</summary>
    protected Tensor[] HeadGradients { get; }

    /// <summary>Whether slots' LayerNorms take a mean out of what they read.</summary>
    protected bool Centres => Model.Config.Norms is { IsBefore: true, Centres: true };

    /// <summary>w of the points whose gradients arrive.</summary>
    protected float[] Weights { get; private set; } = [];

    protected IEnumerable<int> AllLayers => Enumerable.Range(0, Model.Config.Layers);

    private CircuitGraph Graph { get; }

    private SourceDifferences Differences { get; }

    private int LastLayer => Model.Config.Layers - 1;

    /// <summary>Whether <see cref="For"/> takes products of scalars.</summary>
    public static bool AreOfProjections(ModelConfig config) => config.ParallelResidual || config.Norms.Centres;

    /// <summary>
    /// Scores for a model. In a parallel one a layer's heads and MLP share the products of differences with x̂; stored results of models with LayerNorm have the order
    /// of additions that comes with these.
    /// </summary>
    public static SlotScores For(
        Transformer model, CircuitGraph graph, TokenBatch batch, SourceDifferences differences, BackwardRules rules, int points) =>
        AreOfProjections(model.Config)
            ? new ProjectionScores(model, graph, batch, differences, rules)
            : new StreamScores(model, graph, batch, differences, rules, points);

    /// <summary>Elements that a row of a batch takes for what points add up and leave.</summary>
    public static long ElementsPerRow(Transformer model, int points) =>
        AreOfProjections(model.Config) ? ProjectionScores.ElementsPerRow(model.Config) : StreamScores.ElementsPerRow(model.Config, points);

    /// <summary>Announces points, whose gradients of all layers arrive next.</summary>
    public virtual void Begin(float[] weights) => Weights = weights;

    /// <inheritdoc cref="ISlotGradients.VisitMlp"/>
    public abstract void VisitMlp(int layer, Tensor gradient, Tensor projection, Tensor xhat, Tensor inverseScale);

    /// <inheritdoc cref="ISlotGradients.VisitMlpStream"/>
    public abstract void VisitMlpStream(int layer, Tensor gradient);

    /// <inheritdoc cref="ISlotGradients.VisitHeads"/>
    public abstract void VisitHeads(int layer, Tensor gradient, Tensor projection, Tensor xhat, Tensor inverseScale);

    /// <summary>Adds to the scores what the gradients that were added up make of the differences.</summary>
    public void Contract()
    {
        foreach (var l in AllLayers)
        {
            using (var g = HeadStreams(l))
            {
                Device.Contract(Heads[l], HeadDeltas(l), g, Sequences, Centres);
            }

            using (var g = MlpStream(l))
            {
                Device.Contract(Mlps[l], MlpDeltas(l), g.Reshape(1, g.Rows, Model.Config.Width), MlpSequences(l), Centres);
            }
        }
    }

    /// <summary>Forgets the gradients that were added up.</summary>
    public virtual void Clear() => Array.ForEach(HeadGradients, g => Device.Fill(g, 0));

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        foreach (var tensor in (Tensor[])[.. HeadGradients, .. Heads, .. Mlps])
        {
            tensor.Dispose();
        }
    }

    /// <summary>What a layer's head slots' differences are to be multiplied with, [3·H, T, D]; to be disposed.</summary>
    protected abstract Tensor HeadStreams(int layer);

    /// <summary>The same of its MLP slot, [R, D].</summary>
    protected abstract Tensor MlpStream(int layer);

    /// <summary>Sequences of the rows at which a layer's MLP reaches the metric: of the last layer's, the answer rows.</summary>
    protected Sequences MlpSequences(int layer) => layer == LastLayer ? answerSequences : Sequences;

    /// <summary>Δ of an MLP slot's sources at those rows.</summary>
    protected Tensor MlpDeltas(int layer) => (layer == LastLayer ? Differences.AtAnswers : Differences.Everywhere).Slice(0, MlpSources(layer));

    /// <summary>Δ of a layer's head slots' sources.</summary>
    protected Tensor HeadDeltas(int layer) => Differences.Everywhere.Slice(0, HeadSources(layer));

    protected Tensor Zeros(ElementType type, params ReadOnlySpan<int> shape)
    {
        var tensor = Device.Allocate(shape, type);
        Device.Fill(tensor, 0);
        return tensor;
    }

    private int HeadSources(int layer) => Graph.SourcesOf(Graph.HeadSlot(layer, 0, 0));

    private int MlpSources(int layer) => Graph.SourcesOf(Graph.MlpSlot(layer));
}
