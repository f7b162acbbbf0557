using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures.Weights;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Architectures.GptNeoX;

/// <summary>
/// GPT-NeoX: linear weights are [out, in], and the fused attention projection holds for each head its query, key and value rows
/// (row h·3dh + c·dh + j).
/// </summary>
internal sealed class GptNeoXLayout(ITensorSource source, bool fold) : WeightLayout(source, fold)
{
    protected override string FinalNormName => "gpt_neox.final_layer_norm";

    public override LayerMatrices ReadLayer(int layer)
    {
        var (d, f) = (Config.Width, Config.MlpWidth);
        var prefix = $"gpt_neox.layers.{layer}";
        return new LayerMatrices(
            Matrix(
                (first, rows) => ReadHeadRows($"{prefix}.attention.query_key_value.weight", first, rows),
                $"{prefix}.input_layernorm",
                ComponentMajor(Bias(Biases.QueryKeyValue, $"{prefix}.attention.query_key_value.bias", 3 * d))),
            new TransposedMatrix(new TensorMatrix(Source, $"{prefix}.attention.dense.weight", d, d)),
            Bias(Biases.Output, $"{prefix}.attention.dense.bias", d),
            Matrix(
                (first, rows) => Source.ReadRows($"{prefix}.mlp.dense_h_to_4h.weight", first, rows),
                $"{prefix}.post_attention_layernorm",
                Vector($"{prefix}.mlp.dense_h_to_4h.bias", f)),
            new TensorMatrix(Source, $"{prefix}.mlp.dense_4h_to_h.weight", d, f),
            Vector($"{prefix}.mlp.dense_4h_to_h.bias", d))
        { Activation = Config.Activation };
    }

    /// <summary>Rows of the projection in component-major order (c, h, j), a head's run at a time.</summary>
    private void ReadHeadRows(string name, int first, Span<float> rows)
    {
        var (d, dh) = (Config.Width, Config.HeadWidth);
        for (var done = 0; done < rows.Length / d;)
        {
            var (component, head, unit) = ((first + done) / d, (first + done) % d / dh, (first + done) % dh);
            var count = Math.Min(dh - unit, (rows.Length / d) - done);
            Source.ReadRows(name, (head * 3 * dh) + (component * dh) + unit, rows.Slice(done * d, count * d));
            done += count;
        }
    }

    private float[] ComponentMajor(float[] bias)
    {
        var (d, dh) = (Config.Width, Config.HeadWidth);
        var ordered = new float[3 * d];
        for (var row = 0; row < ordered.Length; row += dh)
        {
            var (component, head) = (row / d, row % d / dh);
            bias.AsSpan((head * 3 * dh) + (component * dh), dh).CopyTo(ordered.AsSpan(row));
        }

        return ordered;
    }
}
