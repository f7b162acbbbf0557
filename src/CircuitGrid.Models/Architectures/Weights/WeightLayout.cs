using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Architectures.Weights;

/// <summary>
/// Where a family keeps its weights and in which order, brought to the one order of <see cref="LayerMatrices"/> with norms folded into what reads through them,
/// or with their scales and shifts left out.
/// </summary>
internal abstract class WeightLayout(ITensorSource source, bool fold) : IModelMatrices
{
    public ModelConfig Config => Source.Config;

    public IMatrixSource Embedding
    {
        get
        {
            var stored = new TensorMatrix(Source, EmbeddingName, Config.Vocabulary, Config.Width);
            return Config.ScalesEmbedding ? new ScaledMatrix(stored, (float)Math.Sqrt(Config.Width)) : stored;
        }
    }

    protected ITensorSource Source { get; } = source;

    protected virtual string EmbeddingName => Config.Family.EmbeddingName;

    /// <summary>Name of the norm before the logits, without <c>.weight</c>.</summary>
    protected abstract string FinalNormName { get; }

    public abstract LayerMatrices ReadLayer(int layer);

    public virtual float[]? ReadPositions() => null;

    /// <summary>U′ = U·diag(γ_f) and U·β_f.</summary>
    public IBiasedMatrix ReadUnembedding() => Matrix(
        (first, rows) => Source.ReadRows(Config.TiedUnembedding ? EmbeddingName : Config.Family.UnembeddingName, first, rows),
        FinalNormName,
        new float[Config.Vocabulary]);

    /// <summary>A matrix [out, D] that reads the residual stream.</summary>
    /// <param name="readRows">Reads its rows.</param>
    /// <param name="norm">Name of the norm through which it reads; <see langword="null"/> where there is none.</param>
    /// <param name="bias">Its own bias [out].</param>
    protected FoldedMatrix Matrix(FoldedMatrix.RowReader readRows, string? norm, float[] bias)
    {
        var (scale, shift) = fold && norm is not null && Config.Norms.HasWeights ? (Scale(norm), Shift(norm)) : (Ones(), new float[Config.Width]);
        return new FoldedMatrix(readRows, bias.Length, Config.Width, scale, shift, bias);
    }

    /// <summary>A norm's scale [D], 1 + w where that is how it is stored.</summary>
    protected float[] Scale(string norm) => Scale(norm, Config.Width);

    /// <summary>A norm's scale, 1 + w where that is how it is stored.</summary>
    protected float[] Scale(string norm, int width)
    {
        var stored = Vector($"{norm}.weight", width);
        return Config.Norms.IsOffset ? Array.ConvertAll(stored, w => 1 + w) : stored;
    }

    protected float[] Vector(string name, int length)
    {
        var values = new float[length];
        Source.Read(name, values);
        return values;
    }

    /// <summary>A bias, or zeros where the model has none there.</summary>
    protected float[] Bias(Biases which, string name, int length) => Config.Biases.HasFlag(which) ? Vector(name, length) : new float[length];

    private float[] Shift(string norm) => Config.Norms.Kind == NormKind.LayerNorm ? Vector($"{norm}.bias", Config.Width) : new float[Config.Width];

    private float[] Ones()
    {
        var ones = new float[Config.Width];
        Array.Fill(ones, 1);
        return ones;
    }
}
