using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Transformers;

/// <summary>Where an architecture keeps its weights and in which order, brought to the one form of <see cref="LayerWeights"/>.</summary>
internal abstract class WeightLayout(ITensorSource source)
{
    protected ITensorSource Source { get; } = source;

    protected ModelConfig Config => Source.Config;

    protected abstract string EmbeddingName { get; }

    protected abstract string UnembeddingName { get; }

    protected abstract string FinalNormName { get; }

    public static WeightLayout For(ITensorSource source) => source.Config.Architecture switch
    {
        Architecture.GptNeoX => new GptNeoXLayout(source),
        Architecture.Gpt2 => new Gpt2Layout(source),
        var other => throw new NotSupportedException($"Architecture {other} has no weight layout."),
    };

    public abstract LayerWeights LoadLayer(IDevice device, int layer);

    public abstract Tensor? LoadPositions(IDevice device);

    public Tensor LoadEmbedding(IDevice device)
    {
        var (v, d) = (Config.Vocabulary, Config.Width);
        var embedding = device.Allocate([v, d]);
        UploadRows(device, embedding, (first, rows) => Source.ReadRows(EmbeddingName, first, rows));
        return embedding;
    }

    /// <summary>U′ = U·diag(γ_f) and U·β_f.</summary>
    public (Tensor Unembedding, Tensor Bias) LoadUnembedding(IDevice device)
    {
        var (v, d) = (Config.Vocabulary, Config.Width);
        var folded = new FoldedMatrix(
            (first, rows) => Source.ReadRows(Config.TiedUnembedding ? EmbeddingName : UnembeddingName, first, rows),
            v,
            d,
            Vector($"{FinalNormName}.weight", d),
            Vector($"{FinalNormName}.bias", d),
            new float[v]);
        var unembedding = device.Allocate([v, d]);
        UploadRows(device, unembedding, folded.CopyRows);
        return (unembedding, Upload(device, folded.Bias));
    }

    protected static Tensor Upload(IDevice device, float[] values)
    {
        var tensor = device.Allocate([values.Length]);
        device.Upload(tensor, values);
        return tensor;
    }

    protected float[] Vector(string name, int length)
    {
        var values = new float[length];
        Source.Read(name, values);
        return values;
    }

    private static void UploadRows(IDevice device, Tensor destination, FoldedMatrix.RowReader read)
    {
        var (rows, columns) = (destination.Shape[0], destination.Shape[1]);
        var step = Math.Clamp((1 << 18) / columns, 1, rows);
        var buffer = new float[step * columns];
        for (var first = 0; first < rows; first += step)
        {
            var count = Math.Min(step, rows - first);
            var values = buffer.AsSpan(0, count * columns);
            read(first, values);
            device.Upload(destination.Slice(first, count), values);
        }
    }
}
