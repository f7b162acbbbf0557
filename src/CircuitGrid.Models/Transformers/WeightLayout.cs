using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Transformers;

/// <summary>Where an architecture keeps its weights and in which order, brought to the one form of <see cref="LayerWeights"/> with LayerNorms folded.</summary>
internal abstract class WeightLayout(ITensorSource source) : IModelMatrices
{
    public ModelConfig Config => Source.Config;

    public IMatrixSource Embedding => new TensorMatrix(Source, EmbeddingName, Config.Vocabulary, Config.Width);

    protected ITensorSource Source { get; } = source;

    protected abstract string EmbeddingName { get; }

    protected abstract string UnembeddingName { get; }

    protected abstract string FinalNormName { get; }

    public static WeightLayout For(ITensorSource source) => source.Config.Architecture switch
    {
        Architecture.GptNeoX => new GptNeoXLayout(source),
        Architecture.Gpt2 => new Gpt2Layout(source),
        var other => throw new NotSupportedException($"Architecture {other} has no weight layout."),
    };

    public abstract LayerMatrices ReadLayer(int layer);

    public abstract float[]? ReadPositions();

    /// <summary>U′ = U·diag(γ_f) and U·β_f.</summary>
    public IBiasedMatrix ReadUnembedding() => ReadFoldedUnembedding();

    /// <summary>As <see cref="ReadUnembedding"/>, with U as it is stored within reach.</summary>
    public FoldedMatrix ReadFoldedUnembedding()
    {
        var (v, d) = (Config.Vocabulary, Config.Width);
        return new FoldedMatrix(
            (first, rows) => Source.ReadRows(Config.TiedUnembedding ? EmbeddingName : UnembeddingName, first, rows),
            v,
            d,
            Vector($"{FinalNormName}.weight", d),
            Vector($"{FinalNormName}.bias", d),
            new float[v]);
    }

    protected float[] Vector(string name, int length)
    {
        var values = new float[length];
        Source.Read(name, values);
        return values;
    }
}
