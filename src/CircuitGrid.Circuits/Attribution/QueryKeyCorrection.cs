using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Heads.Patching;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Attribution;

/// <summary>
/// Scores of the edges into queries and keys without a linear attention: with the edge's source ablated for that slot alone, the slot's LayerNorm,
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
    /// <summary>Tensors [rows, D] of one call.</summary>
    public const int WidthsPerRow = 14;

    private readonly Tensor?[] gradients = new Tensor?[model.Config.Layers];

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
        Array.ForEach(gradients, g => g?.Dispose());
    }

    private void Run(int layer, int first, int count, Tensor qkv, Tensor gradient, ScoreAccumulator accumulator, ReadOnlySpan<int> blockOf)
    {
        var (width, all) = (model.Config.Width, count * sequences.Rows);
        var repeated = sequences.Repeat(count);
        int[] cleanRows = [.. Enumerable.Range(0, all).Select(r => r % sequences.Rows)];
        using var cleanQkv = Gather(qkv, cleanRows);
        using var cleanZ = Gather(clean.Heads[layer], cleanRows);
        using var ablated = Ablated(layer, first, count);
        foreach (var component in (HeadComponent[])[HeadComponent.Query, HeadComponent.Key])
        {
            using var hybrid = Device.Allocate(cleanQkv.Shape.AsSpan());
            Device.Copy(hybrid, cleanQkv);
            var columns = BlockLayout.Columns(1, all, width, 3 * width, (int)component * width);
            Device.GatherBlocks(hybrid, columns, ablated, columns, [0]);
            using var z = model.AttendHeads(hybrid, repeated);
            Device.Subtract(z, z, cleanZ);
            using var changes = ByHead(z);
            for (var h = 0; h < model.Config.Heads; h++)
            {
                using var scores = Device.Allocate([sequences.Count, count, 1], ElementType.Float64);
                Device.Fill(scores, 0);
                Device.Contract(
                    scores,
                    changes.Slice(h, 1).Reshape(count, sequences.Rows, model.Config.HeadWidth),
                    gradient.Slice(h, 1),
                    sequences,
                    centre: false);
                accumulator.Replace(graph.HeadSlot(layer, h, (int)component), first, scores, blockOf);
            }
        }
    }

    /// <summary>Queries, keys and values of all heads from streams in which one source each is ablated, [sources·T, 3·H·dh].</summary>
    private Tensor Ablated(int layer, int first, int count)
    {
        using var streams = Device.Allocate([count, sequences.Rows, model.Config.Width]);
        var terms = new SparseRows([.. Enumerable.Range(0, count + 1)], [.. Enumerable.Range(first, count)]);
        Device.Mix(streams, clean.Residual[layer], deltas, terms);
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
