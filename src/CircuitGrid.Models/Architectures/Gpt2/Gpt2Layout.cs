using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures.Weights;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Architectures.Gpt2;

/// <summary>GPT-2: Conv1D weights are [in, out], the fused projection's columns are q | k | v, each head after head.</summary>
internal sealed class Gpt2Layout(ITensorSource source, bool fold) : WeightLayout(source, fold)
{
    private readonly string prefix = source.Contains("transformer.wte.weight") ? "transformer." : string.Empty;

    protected override string EmbeddingName => $"{prefix}wte.weight";

    protected override string FinalNormName => $"{prefix}ln_f";

    public override float[]? ReadPositions() => Vector($"{prefix}wpe.weight", Config.ContextLength * Config.Width);

    public override LayerMatrices ReadLayer(int layer)
    {
        var (d, f) = (Config.Width, Config.MlpWidth);
        var block = $"{prefix}h.{layer}";
        return new LayerMatrices(
            Folded($"{block}.attn.c_attn", 3 * d, $"{block}.ln_1"),
            new TensorMatrix(Source, $"{block}.attn.c_proj.weight", d, d),
            Vector($"{block}.attn.c_proj.bias", d),
            Folded($"{block}.mlp.c_fc", f, $"{block}.ln_2"),
            new TransposedMatrix(new TensorMatrix(Source, $"{block}.mlp.c_proj.weight", f, d)),
            Vector($"{block}.mlp.c_proj.bias", d))
        { Activation = Config.Activation };
    }

    private FoldedMatrix Folded(string name, int outputs, string norm)
    {
        var d = Config.Width;
        var weight = Matrices.Transpose(Vector($"{name}.weight", d * outputs), d, outputs);
        return Matrix((first, rows) => weight.AsSpan(first * d, rows.Length).CopyTo(rows), norm, Vector($"{name}.bias", outputs));
    }
}
