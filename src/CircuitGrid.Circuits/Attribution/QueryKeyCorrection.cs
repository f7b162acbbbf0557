using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Heads.Patching;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Attribution;

/// <summary>
/// Scores of the edges into queries and keys without a linear attention: with the edge's source ablated for that slot alone, the slot's norm,
/// projection and the softmax are computed again, and the change of the head's z meets the loss's gradient at z. AtP*'s correction of query and
/// key nodes (Kramár, Lieberum, Shah, Nanda 2024) for the edges that lead to them; docs/method.md, attribution.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="graph">Its graph.</param>
/// <param name="clean">The batch's run on clean prompts.</param>
/// <param name="deltas">Ablated minus clean output of every source, [F, T, D].</param>
/// <param name="sequences">The batch's sequences of T rows.</param>
/// <param name="rows">Rows that may be computed together, beside those of one source.</param>
internal sealed class QueryKeyCorrection(Transformer model, CircuitGraph graph, SourceRun clean, Tensor deltas, Sequences sequences, int rows) : IDisposable
{
    /// <summary>Tensors [rows, D] or [rows, H·dh] of one call, the wider of both.</summary>
    public const int WidthsPerRow = 14;

    private readonly Tensor?[] gradients = new Tensor?[model.Config.Layers];

    /// <summary>Where a norm stands behind attention: what the slots' streams change by, which isn't what heads' outputs do.</summary>
    private readonly Tensor? exact = model.Config.Norms.IsAfter ? ThroughNorms(model, graph, clean, deltas) : null;

    private IDevice Device => model.Device;

    /// <summary>Takes note of the gradient at a layer's z, [T, H·dh].</summary>
    public void Keep(int layer, Tensor gradient)
    {
        gradients[layer] = Device.Allocate(gradient.Shape.AsSpan());
        Device.Copy(gradients[layer]!, gradient);
    }

    /// <summary>Replaces the scores of a layer's queries and keys by the corrected ones.</summary>
    public void Run(int layer, ScoreAccumulator accumulator, ReadOnlySpan<int> blockOf)
    {
        var sources = graph.SourcesOf(graph.HeadSlot(layer, 0, 0));
        var together = Math.Max(1, rows / sequences.Rows);
        using var qkv = model.ProjectHeads(layer, clean.Residual[layer]);
        using var gradient = ByHead(gradients[layer]!);
        for (var first = 0; first < sources; first += together)
        {
            Run(layer, first, Math.Min(together, sources - first), qkv, gradient, accumulator, blockOf);
        }
    }

    public void Dispose()
    {
        clean.Dispose();
        exact?.Dispose();
        Array.ForEach(gradients, g => g?.Dispose());
    }

    private void Run(int layer, int first, int count, Tensor qkv, Tensor gradient, ScoreAccumulator accumulator, ReadOnlySpan<int> blockOf)
    {
        var all = count * sequences.Rows;
        int[] cleanRows = [.. Enumerable.Range(0, all).Select(r => r % sequences.Rows)];
        using var cleanQkv = Gather(qkv, cleanRows);
        using var cleanZ = Gather(clean.Heads[layer], cleanRows);
        using var ablated = Ablated(layer, first, count);
        foreach (var component in (HeadComponent[])[HeadComponent.Query, HeadComponent.Key])
        {
            if (model.Config.QueryKeyNorm == QueryKeyNorm.Whole)
            {
                RunHeadByHead(layer, component, first, count, cleanQkv, cleanZ, ablated, gradient, accumulator, blockOf);
                continue;
            }

            var (offset, width) = component == HeadComponent.Query ? (0, model.Config.QueryWidth) : (model.Config.QueryWidth, model.Config.KeyWidth);
            using var changes = Changes(layer, cleanQkv, ablated, cleanZ, offset, width, count);
            for (var h = 0; h < model.Config.Heads; h++)
            {
                using var scores = Zeros(count);
                Add(scores, changes, gradient, h, count);
                accumulator.Replace(graph.HeadSlot(layer, h, (int)component), first, scores, blockOf);
            }
        }
    }

    /// <summary>Where all heads' queries or keys are normalised together, a change of one reaches the others.</summary>
    private void RunHeadByHead(
        int layer,
        HeadComponent component,
        int first,
        int count,
        Tensor cleanQkv,
        Tensor cleanZ,
        Tensor ablated,
        Tensor gradient,
        ScoreAccumulator accumulator,
        ReadOnlySpan<int> blockOf)
    {
        var (heads, width) = (model.Config.Heads, model.Config.HeadWidth);
        using var from = model.Ungrouped(cleanQkv);
        using var to = model.Ungrouped(ablated);
        for (var h = 0; h < heads; h++)
        {
            using var changes = Changes(layer, from, to, cleanZ, (((int)component * heads) + h) * width, width, count);
            using var scores = Zeros(count);
            for (var other = 0; other < heads; other++)
            {
                Add(scores, changes, gradient, other, count);
            }

            accumulator.Replace(graph.HeadSlot(layer, h, (int)component), first, scores, blockOf);
        }
    }

    /// <summary>How much z of every head changes with some columns of a projection taken from another, [H, sources·T, dh].</summary>
    private Tensor Changes(int layer, Tensor from, Tensor to, Tensor cleanZ, int offset, int width, int count)
    {
        using var hybrid = Device.Allocate(from.Shape.AsSpan());
        Device.Copy(hybrid, from);
        var columns = BlockLayout.Columns(1, hybrid.Rows, width, hybrid.Columns, offset);
        Device.GatherBlocks(hybrid, columns, to, columns, [0]);
        using var z = model.AttendHeads(layer, hybrid, sequences.Repeat(count));
        Device.Subtract(z, z, cleanZ);
        return ByHead(z);
    }

    private void Add(Tensor scores, Tensor changes, Tensor gradient, int head, int count) => Device.Contract(
        scores,
        changes.Slice(head, 1).Reshape(count, sequences.Rows, model.Config.HeadWidth),
        gradient.Slice(head, 1),
        sequences,
        centre: false);

    private Tensor Zeros(int count)
    {
        var scores = Device.Allocate([sequences.Count, count, 1], ElementType.Float64);
        Device.Fill(scores, 0);
        return scores;
    }

    /// <summary>Ablated minus clean in the streams that slots read, of every source by itself: of a head, through the norm behind its layer's attention.</summary>
    private static Tensor ThroughNorms(Transformer model, CircuitGraph graph, SourceRun clean, Tensor deltas)
    {
        var (device, rows) = (model.Device, deltas.Shape[1]);
        var streams = device.Allocate(deltas.Shape.AsSpan());
        device.Copy(streams, deltas);
        for (var l = 0; graph.HeadNode(l, 0) < deltas.Shape[0]; l++)
        {
            using var known = device.Allocate([rows, model.Config.Width]);
            device.Copy(known, clean.Attention[l]!);
            model.PassAttentionNorm(l, known);
            for (var h = 0; h < model.Config.Heads; h++)
            {
                var change = streams.Slice(graph.HeadNode(l, h), 1).Reshape(rows, model.Config.Width);
                device.Add(change, clean.Attention[l]!, change);
                model.PassAttentionNorm(l, change);
                device.Subtract(change, change, known);
            }
        }

        return streams;
    }

    /// <summary>Queries, keys and values of all heads from streams in which one source each is ablated, [sources·T, (H + 2·K)·dh].</summary>
    private Tensor Ablated(int layer, int first, int count)
    {
        using var streams = Device.Allocate([count, sequences.Rows, model.Config.Width]);
        var terms = new SparseRows([.. Enumerable.Range(0, count + 1)], [.. Enumerable.Range(first, count)]);
        Device.Mix(streams, clean.Residual[layer], exact ?? deltas, terms);
        return model.ProjectHeads(layer, streams.Reshape(count * sequences.Rows, model.Config.Width));
    }

    private Tensor Gather(Tensor x, int[] from)
    {
        var gathered = Device.Allocate([from.Length, x.Columns]);
        Device.GatherRows(gathered, x, from);
        return gathered;
    }

    /// <summary>From [R, H·dh] to a new [H, R, dh].</summary>
    private Tensor ByHead(Tensor x)
    {
        var (heads, width) = (model.Config.Heads, model.Config.HeadWidth);
        var blocks = Device.Allocate([heads, x.Rows, width]);
        Device.GatherBlocks(
            blocks, BlockLayout.Stacked(heads, x.Rows, width), x, BlockLayout.Columns(heads, x.Rows, width, x.Columns), [.. Enumerable.Range(0, heads)]);
        return blocks;
    }
}
