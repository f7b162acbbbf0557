using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Transformers;

/// <summary>
/// Where an architecture keeps its weights and in which order, brought to the one order of <see cref="LayerWeights"/> with LayerNorms folded, or
/// with their scales and shifts left out.
/// </summary>
internal abstract class WeightLayout(ITensorSource source, bool fold) : IModelMatrices
{
    public ModelConfig Config => Source.Config;

    public IMatrixSource Embedding => new TensorMatrix(Source, EmbeddingName, Config.Vocabulary, Config.Width);

    protected ITensorSource Source { get; } = source;

    protected abstract string EmbeddingName { get; }

    protected abstract string UnembeddingName { get; }

    protected abstract string FinalNormName { get; }

    /// <param name="source">The checkpoint.</param>
    /// <param name="fold">Whether matrices and biases have the LayerNorm before them folded in; otherwise they are those that are stored.</param>
    public static WeightLayout For(ITensorSource source, bool fold = true) => source.Config.Architecture switch
    {
        Architecture.GptNeoX => new GptNeoXLayout(source, fold),
        Architecture.Gpt2 => new Gpt2Layout(source, fold),
        var other => throw new NotSupportedException($"Architecture {other} has no weight layout."),
    };

    public abstract LayerMatrices ReadLayer(int layer);

    public abstract float[]? ReadPositions();

    /// <summary>U′ = U·diag(γ_f) and U·β_f.</summary>
    public IBiasedMatrix ReadUnembedding() => Matrix(
        (first, rows) => Source.ReadRows(Config.TiedUnembedding ? EmbeddingName : UnembeddingName, first, rows), FinalNormName, new float[Config.Vocabulary]);

    /// <summary>A matrix [out, D] that reads the residual stream through a LayerNorm.</summary>
    protected FoldedMatrix Matrix(FoldedMatrix.RowReader readRows, string norm, float[] bias)
    {
        var d = Config.Width;
        if (fold)
        {
            return new FoldedMatrix(readRows, bias.Length, d, Vector($"{norm}.weight", d), Vector($"{norm}.bias", d), bias);
        }

        var ones = new float[d];
        Array.Fill(ones, 1);
        return new FoldedMatrix(readRows, bias.Length, d, ones, new float[d], bias);
    }

    protected float[] Vector(string name, int length)
    {
        var values = new float[length];
        Source.Read(name, values);
        return values;
    }
}
