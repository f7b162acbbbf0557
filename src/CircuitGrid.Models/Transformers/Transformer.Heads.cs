using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Models.Transformers;

/// <content>
/// From projections to z. Queries, keys and values lie side by side in rows: keys and values one for each group of heads, as the model projects them
/// ([R, (H + 2·K)·dh]), or one for each head, where a slot's own may differ from its group's ([R, 3·H·dh]).
/// </content>
public sealed partial class Transformer
{
    /// <summary>z of all heads, a new [T, H·dh], from their projections, which are shaped in place: bounded, normalised, rotated.</summary>
    /// <param name="layer">Zero-based.</param>
    /// <param name="qkv">As <see cref="ProjectHeads"/> or <see cref="Ungrouped"/> gives them.</param>
    /// <param name="sequences">Sequences of the T rows.</param>
    /// <param name="patterns">Receives the attention weights if given; see <see cref="AttentionPatterns"/>.</param>
    public Tensor AttendHeads(int layer, Tensor qkv, Sequences sequences, Tensor? patterns = null)
    {
        ShapeHeads(layer, qkv, sequences)?.Dispose();
        var layouts = LayoutsOf(qkv);
        var z = Device.Allocate([qkv.Rows, Config.QueryWidth]);
        Device.Attend(z, HeadColumns(qkv.Rows), qkv, layouts.Query, qkv, layouts.Key, qkv, layouts.Value, sequences, Config.AttentionOf(layer), patterns);
        return z;
    }

    /// <summary>
    /// z [A, T, dh] of A heads from their queries, keys and values side by side in one tensor [3·A, T, dh], which is shaped in place; norms of all heads' queries
    /// or keys together are taken before (<see cref="NormalizeWhole"/>).
    /// </summary>
    public Tensor AttendSlots(int layer, Tensor qkv, Sequences sequences)
    {
        var (heads, rows, width, w) = (qkv.Shape[0] / 3, qkv.Shape[1], Config.HeadWidth, weights.Layers[layer]);
        BlockLayout Block(int component) => BlockLayout.Stacked(heads, rows, width, component * heads);
        if (Config.QueryKeyValueLimit > 0)
        {
            Device.Clamp(qkv, qkv, Config.QueryKeyValueLimit);
        }

        if (Config.QueryKeyNorm == QueryKeyNorm.PerHead)
        {
            using var scales = Device.Allocate([rows, heads]);
            Device.NormalizeBlocks(qkv, scales, qkv, Block(0), w.QueryNorm!, Config.Norms.Epsilon);
            Device.NormalizeBlocks(qkv, scales, qkv, Block(1), w.KeyNorm!, Config.Norms.Epsilon);
        }

        if (Config.RotaryOf(layer) is { } rotary)
        {
            Device.Rotate(qkv, BlockLayout.Stacked(2 * heads, rows, width), sequences, rotary, inverse: false);
        }

        var z = Device.Allocate([heads, rows, width]);
        Device.Attend(z, Block(0), qkv, Block(0), qkv, Block(1), qkv, Block(2), sequences, Config.AttentionOf(layer));
        return z;
    }

    /// <summary>Normalises all heads' queries, or the keys that all heads read, as one vector: a row of H·dh, in place. For models that do so.</summary>
    /// <param name="layer">Zero-based.</param>
    /// <param name="columns">Queries or keys before the norm, a block for each head, [T, H·dh].</param>
    /// <param name="isKey">Whether they are keys.</param>
    public void NormalizeWhole(int layer, Tensor columns, bool isKey)
    {
        var w = weights.Layers[layer];
        using var scales = Device.Allocate([columns.Rows]);
        Device.NormalizeBlocks(columns, scales, columns, WholeRows(columns), isKey ? w.KeyNormOfHeads! : w.QueryNorm!, Config.Norms.Epsilon);
    }

    /// <summary>Projections in which every head has a key and a value of its own: a new [R, 3·H·dh] from [R, (H + 2·K)·dh].</summary>
    public Tensor Ungrouped(Tensor qkv)
    {
        var own = Device.Allocate([qkv.Rows, 3 * Config.QueryWidth]);
        var (from, to) = (LayoutsOf(qkv), LayoutsOf(own));
        GatherHeads(own, to.Query, qkv, from.Query);
        GatherHeads(own, to.Key, qkv, from.Key);
        GatherHeads(own, to.Value, qkv, from.Value);
        return own;
    }

    /// <summary>Where queries, keys and values lie in rows of either form.</summary>
    private HeadLayouts LayoutsOf(Tensor qkv) =>
        HeadLayouts.SideBySide(Config.Heads, ((qkv.Columns / Config.HeadWidth) - Config.Heads) / 2, qkv.Rows, Config.HeadWidth);

    /// <summary>z of all heads side by side in a [rows, H·dh] tensor.</summary>
    private BlockLayout HeadColumns(int rows) => BlockLayout.Columns(Config.Heads, rows, Config.HeadWidth, Config.QueryWidth);

    /// <summary>A block for each head, from the block that it reads.</summary>
    private void GatherHeads(Tensor to, BlockLayout toLayout, Tensor from, BlockLayout fromLayout) =>
        Device.GatherBlocks(to, toLayout, from, fromLayout, [.. Enumerable.Range(0, Config.Heads).Select(h => h * fromLayout.Blocks / Config.Heads)]);

    /// <summary>Bounds, normalises and rotates queries and keys in place, values too where they are bounded. Returns the norms' 1/σ where there are norms.</summary>
    private HeadScales? ShapeHeads(int layer, Tensor qkv, Sequences sequences)
    {
        if (Config.QueryKeyValueLimit > 0)
        {
            Device.Clamp(qkv, qkv, Config.QueryKeyValueLimit);
        }

        var scales = NormalizeHeads(layer, qkv);
        Rotate(layer, qkv, sequences, inverse: false);
        return scales;
    }

    private HeadScales? NormalizeHeads(int layer, Tensor qkv)
    {
        if (Config.QueryKeyNorm == QueryKeyNorm.None)
        {
            return null;
        }

        var (w, layouts) = (weights.Layers[layer], LayoutsOf(qkv));
        var keyNorm = Config.QueryKeyNorm == QueryKeyNorm.Whole && layouts.Key.Blocks != Config.KeyHeads ? w.KeyNormOfHeads : w.KeyNorm;
        return new HeadScales(Normalize(Normed(layouts.Query), w.QueryNorm!), Normalize(Normed(layouts.Key), keyNorm!));

        Tensor Normalize(BlockLayout layout, Tensor scale)
        {
            var inverse = Device.Allocate([qkv.Rows, layout.Blocks]);
            Device.NormalizeBlocks(qkv, inverse, qkv, layout, scale, Config.Norms.Epsilon);
            return inverse;
        }
    }

    /// <summary>The blocks that a norm of queries or keys takes one by one: heads, or all of them as one.</summary>
    private BlockLayout Normed(BlockLayout heads) => Config.QueryKeyNorm == QueryKeyNorm.PerHead
        ? heads
        : heads with { Blocks = 1, Width = heads.Blocks * heads.Width, BlockStride = heads.Blocks * heads.Width };

    private void Rotate(int layer, Tensor qkv, Sequences sequences, bool inverse)
    {
        if (Config.RotaryOf(layer) is { } rotary)
        {
            var layouts = LayoutsOf(qkv);
            Device.Rotate(qkv, layouts.Query with { Blocks = layouts.Query.Blocks + layouts.Key.Blocks }, sequences, rotary, inverse);
        }
    }

    /// <summary>1/σ of norms of queries and keys: [R, heads] of each head's, [R, 1] of the whole.</summary>
    private sealed record HeadScales(Tensor Query, Tensor Key) : IDisposable
    {
        public void Dispose()
        {
            Query.Dispose();
            Key.Dispose();
        }
    }
}
