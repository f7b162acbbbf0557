using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <content>
/// One node or slot at a time: what attribution and circuit evaluation need. A layer's head slots are numbered c·H + h with
/// c = 0 (query), 1 (key), 2 (value).
/// </content>
public sealed partial class Transformer
{
    /// <summary>b′ of a layer's projection of queries, keys and values, [(H + 2·K)·dh]: the bias with the norm's shift folded in.</summary>
    public Tensor HeadBias(int layer) => weights.Layers[layer].QueryKeyValueBias;

    /// <summary>b′ of a layer's MLP, [F], or [2·F] of a gated one.</summary>
    public Tensor MlpBias(int layer) => weights.Layers[layer].MlpInBias;

    /// <summary>b_O of a layer, [D], which is in every residual stream after it and in no node.</summary>
    public Tensor AttentionBias(int layer) => weights.Layers[layer].OutputBias;

    /// <summary>
    /// For every head slot its block among <see cref="ProjectHeads"/>'s; empty where they are the same. Slots are per head, keys and values per group of heads.
    /// </summary>
    public ReadOnlySpan<int> BlocksOfSlots => Config.HeadsPerKey == 1 ? default : blocksOfSlots.AsSpan();

    /// <summary>What slots read of a set of residual streams [S, T, D]: x̂, or the streams as they are; to be disposed, whether it is a view or a new tensor.</summary>
    public Tensor ReadStreams(Tensor streams) => Read(streams);

    /// <summary>
    /// What a layer's attention adds to the residual stream, in place of its output A before the norm behind it, [R, D]; for models that have such a norm.
    /// </summary>
    public void PassAttentionNorm(int layer, Tensor outputs)
    {
        using var scales = Device.Allocate([outputs.Rows]);
        Device.NormalizeBlocks(outputs, scales, outputs, WholeRows(outputs), weights.Layers[layer].AttentionNorm!, Config.Norms.Epsilon);
    }

    /// <summary>
    /// How changes of heads' outputs change what a layer's attention adds to the residual stream, to first order, in a run: J·Δ with J the derivative of the norm
    /// behind attention, or with its σ held.
    /// </summary>
    /// <param name="layer">Zero-based.</param>
    /// <param name="changes">Δ of some heads, [A, R, D].</param>
    /// <param name="run">The run at which the derivative is taken.</param>
    /// <param name="rules">Whether σ is held.</param>
    /// <param name="result">Receives J·Δ, [A, R, D].</param>
    public void ThroughAttentionNorm(int layer, Tensor changes, GradientRun run, BackwardRules rules, Tensor result)
    {
        var (heads, rows) = (changes.Shape[0], changes.Shape[1]);
        var passed = run.Layers[layer].AttentionNorm!;
        Device.NormalizeBlocksBackward(
            result,
            changes,
            BlockLayout.Stacked(heads, rows, Config.Width),
            passed.Input,
            WholeRows(passed.Input),
            passed.InverseScale,
            weights.Ones,
            held: rules == BackwardRules.Relevance);
        var flat = result.Reshape(heads * rows, Config.Width);
        Device.ScaleColumns(flat, flat, weights.Layers[layer].AttentionNorm!);
    }

    /// <summary>What each of a layer's heads writes, z_h·W_O,h: from z [T, H·dh] to <paramref name="outputs"/> [H, T, D].</summary>
    public void HeadOutputs(int layer, Tensor z, Tensor outputs)
    {
        var rows = z.Shape[0];
        Device.GroupedLinearTransposed(
            outputs,
            BlockLayout.Stacked(Config.Heads, rows, Config.Width),
            z,
            HeadColumns(rows),
            weights.Layers[layer].Output,
            [.. Enumerable.Range(0, Config.Heads).Select(h => h * Config.HeadWidth)]);
    }

    /// <summary>What the given heads write, from z [A, T, dh] to <paramref name="outputs"/> [A, T, D].</summary>
    public void HeadOutputs(int layer, Tensor z, ReadOnlySpan<int> heads, Tensor outputs)
    {
        var rows = z.Shape[1];
        Device.GroupedLinearTransposed(
            outputs,
            BlockLayout.Stacked(heads.Length, rows, Config.Width),
            z,
            BlockLayout.Stacked(heads.Length, rows, Config.HeadWidth),
            weights.Layers[layer].Output,
            FirstRows(heads));
    }

    /// <summary>x·W_V,h·W_O,h for every head h of a layer, without any bias or LayerNorm: from rows x [R, D] a new tensor [H, R, D].</summary>
    public Tensor ValueOutputs(int layer, Tensor rows)
    {
        using var values = Device.Allocate([rows.Rows, Config.KeyWidth]);
        Device.GroupedLinear(
            values, WholeRows(values), rows, WholeRows(rows), weights.Layers[layer].QueryKeyValue, [Config.QueryWidth + Config.KeyWidth], bias: null);
        using var ofHeads = Device.Allocate([rows.Rows, Config.QueryWidth]);
        GatherHeads(ofHeads, HeadColumns(rows.Rows), values, BlockLayout.Columns(Config.KeyHeads, rows.Rows, Config.HeadWidth, Config.KeyWidth));
        var outputs = Device.Allocate([Config.Heads, rows.Rows, Config.Width]);
        HeadOutputs(layer, ofHeads, outputs);
        return outputs;
    }

    /// <summary>Queries, keys or values of the given slots from their normalised streams: [S, T, D] to a new [S, T, dh].</summary>
    public Tensor ProjectSlots(int layer, Tensor xhat, ReadOnlySpan<int> slots)
    {
        var rows = xhat.Shape[1];
        var projected = Device.Allocate([slots.Length, rows, Config.HeadWidth]);
        Device.GroupedLinear(
            projected,
            BlockLayout.Stacked(slots.Length, rows, Config.HeadWidth),
            xhat,
            BlockLayout.Stacked(slots.Length, rows, Config.Width),
            weights.Layers[layer].QueryKeyValue,
            [.. FirstRowsOfSlots(slots)],
            weights.Layers[layer].QueryKeyValueBias);
        return projected;
    }

    /// <summary>A layer's MLP output [R, D] from its normalised streams [R, D]; a new tensor.</summary>
    public Tensor RunMlp(int layer, Tensor xhat) => MlpOutput(layer, xhat);

    /// <summary>From gradients at a layer's projections [T, 3·H·dh] to those at each slot's x̂, [3·H, T, D]; a new tensor.</summary>
    public Tensor BackProjectHeads(int layer, Tensor gradient)
    {
        var (rows, slots) = (gradient.Shape[0], 3 * Config.Heads);
        var projected = Device.Allocate([slots, rows, Config.Width]);
        Device.GroupedLinearTransposed(
            projected,
            BlockLayout.Stacked(slots, rows, Config.Width),
            gradient,
            BlockLayout.Columns(slots, rows, Config.HeadWidth, 3 * Config.QueryWidth),
            weights.Layers[layer].QueryKeyValue,
            [.. FirstRowsOfSlots([.. Enumerable.Range(0, slots)])]);
        return projected;
    }

    /// <summary>From gradients at a layer's hidden layer [T, F] to those at the MLP slot's x̂, [T, D]; a new tensor.</summary>
    public Tensor BackProjectMlp(int layer, Tensor gradient)
    {
        var projected = Device.Allocate([gradient.Shape[0], Config.Width]);
        Device.LinearTransposed(projected, gradient, weights.Layers[layer].MlpIn);
        return projected;
    }

    /// <summary>Where each slot's rows begin in the fused projection.</summary>
    private int[] FirstRowsOfSlots(ReadOnlySpan<int> slots)
    {
        var first = new int[slots.Length];
        for (var i = 0; i < first.Length; i++)
        {
            first[i] = blocksOfSlots[slots[i]] * Config.HeadWidth;
        }

        return first;
    }

    private int[] FirstRows(ReadOnlySpan<int> blocks)
    {
        var first = new int[blocks.Length];
        for (var i = 0; i < first.Length; i++)
        {
            first[i] = blocks[i] * Config.HeadWidth;
        }

        return first;
    }
}
