using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Transformers;

/// <summary>GPT-2: Conv1D weights are [in, out], the fused projection's columns are q | k | v, each head after head.</summary>
internal sealed class Gpt2Layout : WeightLayout
{
    private readonly string prefix;

    public Gpt2Layout(ITensorSource source)
        : base(source) => prefix = source.Contains("transformer.wte.weight") ? "transformer." : string.Empty;

    protected override string EmbeddingName => $"{prefix}wte.weight";

    protected override string UnembeddingName => "lm_head.weight";

    protected override string FinalNormName => $"{prefix}ln_f";

    public override Tensor? LoadPositions(IDevice device)
    {
        var positions = device.Allocate([Config.ContextLength, Config.Width]);
        device.Upload(positions, Vector($"{prefix}wpe.weight", Config.ContextLength * Config.Width));
        return positions;
    }

    public override LayerWeights LoadLayer(IDevice device, int layer)
    {
        var (d, f) = (Config.Width, Config.MlpWidth);
        var block = $"{prefix}h.{layer}";

        var qkv = Folded($"{block}.attn.c_attn", 3 * d, $"{block}.ln_1");
        var qkvWeight = device.Prepare(qkv);
        var mlpIn = Folded($"{block}.mlp.c_fc", f, $"{block}.ln_2");
        var mlpInWeight = device.Prepare(mlpIn);

        return new LayerWeights
        {
            QueryKeyValue = qkvWeight,
            QueryKeyValueBias = Upload(device, qkv.Bias),
            Output = device.Prepare(new TensorMatrix(Source, $"{block}.attn.c_proj.weight", d, d)),
            OutputBias = Upload(device, Vector($"{block}.attn.c_proj.bias", d)),
            MlpIn = mlpInWeight,
            MlpInBias = Upload(device, mlpIn.Bias),
            MlpOut = device.Prepare(new ArrayMatrix(Matrices.Transpose(Vector($"{block}.mlp.c_proj.weight", f * d), f, d), d, f)),
            MlpOutBias = Upload(device, Vector($"{block}.mlp.c_proj.bias", d)),
        };
    }

    private FoldedMatrix Folded(string name, int outputs, string norm)
    {
        var d = Config.Width;
        var weight = Matrices.Transpose(Vector($"{name}.weight", d * outputs), d, outputs);
        return new FoldedMatrix(
            (first, rows) => weight.AsSpan(first * d, rows.Length).CopyTo(rows),
            outputs,
            d,
            Vector($"{norm}.weight", d),
            Vector($"{norm}.bias", d),
            Vector($"{name}.bias", outputs));
    }
}
