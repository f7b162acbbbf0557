using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <content>
/// One node or slot at a time: what attribution and circuit evaluation need. A layer's head slots are numbered c·H + h with
/// c = 0 (query), 1 (key), 2 (value).
/// </content>
public sealed partial class Transformer
{
    /// <summary>b′ of a layer's fused projection, [3·H·dh]: the bias with the LayerNorm's shift folded in.</summary>
    public Tensor HeadBias(int layer) => weights.Layers[layer].QueryKeyValueBias;

    /// <summary>b′ of a layer's MLP, [F].</summary>
    public Tensor MlpBias(int layer) => weights.Layers[layer].MlpInBias;

    /// <summary>b_O of a layer, [D], which is in every residual stream after it and in no node.</summary>
    public Tensor AttentionBias(int layer) => weights.Layers[layer].OutputBias;

    /// <summary>x̂ [S, T, D] of a set of residual streams.</summary>
    public Tensor NormalizeStreams(Tensor streams) => Normalized(streams);

    /// <summary>What each of a layer's heads writes, z_h·W_O,h: from z [T, H·dh] to <paramref name="outputs"/> [H, T, D].</summary>
    public void HeadOutputs(int layer, Tensor z, Tensor outputs)
    {
        var rows = z.Shape[0];
        Device.GroupedLinearTransposed(
            outputs,
            BlockLayout.Stacked(Config.Heads, rows, Config.Width),
            z,
            HeadColumns(rows, 1),
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
        var layout = BlockLayout.Columns(1, rows.Rows, Config.Width, Config.Width);
        using var values = Device.Allocate([rows.Rows, Config.Width]);
        Device.GroupedLinear(values, layout, rows, layout, weights.Layers[layer].QueryKeyValue, [2 * Config.Width], bias: null);
        var outputs = Device.Allocate([Config.Heads, rows.Rows, Config.Width]);
        HeadOutputs(layer, values, outputs);
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
            FirstRows(slots),
            weights.Layers[layer].QueryKeyValueBias);
        return projected;
    }

    /// <summary>z [A, T, dh] of A heads from their queries, keys and values side by side in one tensor [3·A, T, dh], which is rotated in place.</summary>
    public Tensor AttendSlots(Tensor qkv, Sequences sequences)
    {
        var (heads, rows) = (qkv.Shape[0] / 3, qkv.Shape[1]);
        if (Config.Rotary is { Dimensions: > 0 } rotary)
        {
            Device.Rotate(qkv, BlockLayout.Stacked(2 * heads, rows, Config.HeadWidth), sequences, rotary, inverse: false);
        }

        var z = Device.Allocate([heads, rows, Config.HeadWidth]);
        BlockLayout Block(int component) => BlockLayout.Stacked(heads, rows, Config.HeadWidth, component * heads);
        Device.Attend(z, Block(0), qkv, Block(0), qkv, Block(1), qkv, Block(2), sequences);
        return z;
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
            BlockLayout.Columns(slots, rows, Config.HeadWidth, 3 * Config.Width),
            weights.Layers[layer].QueryKeyValue,
            [.. Enumerable.Range(0, slots).Select(s => s * Config.HeadWidth)]);
        return projected;
    }

    /// <summary>From gradients at a layer's hidden layer [T, F] to those at the MLP slot's x̂, [T, D]; a new tensor.</summary>
    public Tensor BackProjectMlp(int layer, Tensor gradient)
    {
        var projected = Device.Allocate([gradient.Shape[0], Config.Width]);
        Device.LinearTransposed(projected, gradient, weights.Layers[layer].MlpIn);
        return projected;
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
