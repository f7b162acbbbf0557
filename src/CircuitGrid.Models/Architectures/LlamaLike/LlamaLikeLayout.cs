using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures.Weights;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Architectures.LlamaLike;

/// <summary>
/// Llama's names and those that follow it: one matrix [out, in] each for queries, keys, values and output, and for the gate, up and down projections. Which norms
/// a block has is a family's own.
/// </summary>
/// <param name="source">The checkpoint.</param>
/// <param name="fold">Whether matrices and biases have the norm before them folded in.</param>
/// <param name="norms">A block's norms.</param>
internal class LlamaLikeLayout(ITensorSource source, bool fold, BlockNorms norms) : WeightLayout(source, fold)
{
    protected override string FinalNormName => "model.norm";

    public override LayerMatrices ReadLayer(int layer)
    {
        var (d, f) = (Config.Width, Config.MlpWidth);
        var block = $"model.layers.{layer}";
        var (attention, mlp) = ($"{block}.self_attn", $"{block}.mlp");
        var names = norms.Within(block);
        var perHead = Config.QueryKeyNorm == QueryKeyNorm.PerHead;
        return new LayerMatrices(
            Matrix(
                Stacked([($"{attention}.q_proj.weight", Config.QueryWidth), ($"{attention}.k_proj.weight", Config.KeyWidth), ($"{attention}.v_proj.weight", Config.KeyWidth)]),
                names.BeforeAttention,
                [
                    .. Bias(Biases.QueryKeyValue, $"{attention}.q_proj.bias", Config.QueryWidth),
                    .. Bias(Biases.QueryKeyValue, $"{attention}.k_proj.bias", Config.KeyWidth),
                    .. Bias(Biases.QueryKeyValue, $"{attention}.v_proj.bias", Config.KeyWidth),
                ]),
            new TransposedMatrix(new TensorMatrix(Source, $"{attention}.o_proj.weight", d, Config.QueryWidth)),
            Bias(Biases.Output, $"{attention}.o_proj.bias", d),
            Config.IsGated
                ? Matrix(
                    Stacked([($"{mlp}.gate_proj.weight", f), ($"{mlp}.up_proj.weight", f)]),
                    names.BeforeMlp,
                    [.. Bias(Biases.Mlp, $"{mlp}.gate_proj.bias", f), .. Bias(Biases.Mlp, $"{mlp}.up_proj.bias", f)])
                : Matrix(Stacked([($"{mlp}.up_proj.weight", f)]), names.BeforeMlp, Bias(Biases.Mlp, $"{mlp}.up_proj.bias", f)),
            new TensorMatrix(Source, $"{mlp}.down_proj.weight", d, f),
            Bias(Biases.Mlp, $"{mlp}.down_proj.bias", d))
        {
            Activation = ActivationOf(mlp),
            AttentionNorm = names.AfterAttention is { } a ? Scale(a) : null,
            MlpNorm = names.AfterMlp is { } m ? Scale(m) : null,
            QueryNorm = Config.QueryKeyNorm == QueryKeyNorm.None ? null : Scale($"{attention}.q_norm", perHead ? Config.HeadWidth : Config.QueryWidth),
            KeyNorm = Config.QueryKeyNorm == QueryKeyNorm.None ? null : Scale($"{attention}.k_norm", perHead ? Config.HeadWidth : Config.KeyWidth),
        };
    }

    /// <summary>A block's nonlinearity.</summary>
    /// <param name="mlp">What its MLP's tensors' names begin with.</param>
    protected virtual ActivationFunction ActivationOf(string mlp) => Config.Activation;

    /// <summary>Rows of tensors [rows, D], one below the other.</summary>
    private FoldedMatrix.RowReader Stacked((string Name, int Rows)[] parts) => (first, destination) =>
    {
        var start = 0;
        foreach (var (name, rows) in parts)
        {
            var (from, to) = (Math.Max(first, start), Math.Min(first + (destination.Length / Config.Width), start + rows));
            if (from < to)
            {
                Source.ReadRows(name, from - start, destination.Slice((from - first) * Config.Width, (to - from) * Config.Width));
            }

            start += rows;
        }
    };
}
