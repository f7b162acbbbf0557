using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Evaluation;

/// <summary>
/// One forward pass of several circuits over one batch of examples: layer by layer the mixed nodes' streams are mixed from the differences
/// below, run, and their own differences kept. What lies behind the last layer's attention is run for the rows of the answers alone.
/// </summary>
internal sealed class CircuitPass : IDisposable
{
    /// <summary>Bytes of streams that are mixed, normalised and projected before the next ones: they don't leave the cache in between.</summary>
    private const long ChunkBytes = 16L << 20;

    /// <summary>Bytes a pass holds beside its differences: a chunk, and what is made of it.</summary>
    public const long WorkingBytes = ChunkBytes * 3 / 2;

    private readonly Transformer model;
    private readonly IDevice device;
    private readonly CircuitGraph graph;
    private readonly EvaluationPlan plan;
    private readonly Sequences sequences;
    private readonly SourceRun clean;
    private readonly SourceRun ablated;
    private readonly StreamMixer everywhere;
    private readonly StreamMixer atAnswers;

    public CircuitPass(
        Transformer model, CircuitGraph graph, EvaluationPlan plan, Sequences sequences, int[] answerRows, SourceRun clean, SourceRun ablated)
    {
        this.model = model;
        this.graph = graph;
        this.plan = plan;
        this.sequences = sequences;
        this.clean = clean;
        this.ablated = ablated;
        device = model.Device;
        var order = DifferencePool.Order(plan.Differences, Group);
        var lower = order.Count(d => d.Source < graph.HeadNode(LastLayer, 0));
        everywhere = new(model, graph, RowSelection.All(device, sequences.Rows), new DifferencePool(device, order[..lower], sequences.Rows, Width), clean, ablated);
        atAnswers = new(model, graph, RowSelection.Of(device, answerRows, sequences.Rows), new DifferencePool(device, order, answerRows.Length, Width), clean, ablated);
    }

    private int Width => model.Config.Width;

    private int HeadWidth => model.Config.HeadWidth;

    private int LastLayer => model.Config.Layers - 1;

    /// <summary>The residual streams of the logits' mixed values at the answers, [values, examples, D]; null where there are none.</summary>
    public Tensor? Run()
    {
        var logits = plan.MixedValues(graph.LogitsNode);
        if (logits.Count == 0)
        {
            return null;
        }

        PoolKnown(everywhere, 0, clean.Embedding, ablated.Embedding);
        for (var l = 0; l < LastLayer; l++)
        {
            RunLayer(l, everywhere);
        }

        atAnswers.Pool.TakeFrom(everywhere.Pool, atAnswers.Rows);
        RunLayer(LastLayer, atAnswers);

        var streams = device.Allocate([logits.Count, atAnswers.Rows.Count, Width]);
        atAnswers.Mix(streams, clean.FinalResidual, ablated.FinalResidual, [.. logits.Select(value => value.Slots[0])]);
        return streams;
    }

    public void Dispose()
    {
        everywhere.Dispose();
        atAnswers.Dispose();
    }

    /// <summary>The first head of a head's layer; another source itself.</summary>
    private int Group(int source)
    {
        var perLayer = graph.MlpNode(0);
        var place = (source - 1) % perLayer;
        return source == 0 || place == model.Config.Heads ? source : source - place;
    }

    private void RunLayer(int layer, StreamMixer level)
    {
        PoolKnownHeads(layer, level);
        RunHeads(layer, level);
        PoolKnown(level, graph.MlpNode(layer), clean.Mlp[layer], ablated.Mlp[layer]);
        RunMlps(layer, level);
    }

    /// <summary>The two differences between a source's clean and ablated outputs, where some slot adds them.</summary>
    private void PoolKnown(StreamMixer level, int source, Tensor cleanValue, Tensor ablatedValue)
    {
        using var from = level.Rows.Take(cleanValue);
        using var to = level.Rows.Take(ablatedValue);
        SubtractInto(level, new Difference(source, Difference.Clean, FromClean: false), from, to);
        SubtractInto(level, new Difference(source, Difference.Ablated, FromClean: true), to, from);
    }

    private void SubtractInto(StreamMixer level, Difference difference, Tensor value, Tensor from)
    {
        if (level.Pool.Contains(difference))
        {
            device.Subtract(level.Pool.Entry(difference), value, from);
        }
    }

    private void PoolKnownHeads(int layer, StreamMixer level)
    {
        foreach (var fromClean in (bool[])[false, true])
        {
            var known = fromClean ? Difference.Ablated : Difference.Clean;
            var differences = Enumerable.Range(0, model.Config.Heads)
                .Select(h => new Difference(graph.HeadNode(layer, h), known, fromClean)).Where(level.Pool.Contains).ToArray();
            if (differences.Length > 0)
            {
                using var z = level.Rows.Take((fromClean ? ablated : clean).Heads[layer]);
                using var value = GatherHeads(z, layer, differences);
                WriteHeads(layer, level, value, differences);
            }
        }
    }

    private void RunHeads(int layer, StreamMixer level)
    {
        foreach (var chunk in HeadChunks(layer))
        {
            using var all = Attend(layer, chunk);
            using var z = level.Rows.TakeStacked(all);
            foreach (var fromClean in (bool[])[false, true])
            {
                var wanted = Enumerable.Range(0, chunk.Heads.Count).Where(i => level.Pool.Contains(chunk.Heads[i].From(fromClean))).ToArray();
                if (wanted.Length > 0)
                {
                    using var value = GatherBlocks(z, BlockLayout.Stacked(chunk.Heads.Count, level.Rows.Count, HeadWidth), wanted);
                    WriteHeads(layer, level, value, Array.ConvertAll(wanted, i => chunk.Heads[i].From(fromClean)));
                }
            }
        }
    }

    /// <summary>
    /// A layer's mixed heads in chunks that keep to <see cref="ChunkBytes"/>; a head's values are neighbours, for they share queries and keys.
    /// </summary>
    private IEnumerable<HeadChunk> HeadChunks(int layer)
    {
        // a stream and its x̂ for each slot; queries, keys and values twice, and z, for each head
        var perSlot = (model.Config.Norms.IsAfter ? 3L : 2L) * sequences.Rows * Width * sizeof(float);
        var perHead = 8L * sequences.Rows * HeadWidth * sizeof(float);
        var chunk = new HeadChunk(graph, layer);
        foreach (var node in Enumerable.Range(graph.HeadNode(layer, 0), model.Config.Heads))
        {
            var values = plan.MixedValues(node);
            for (var value = 0; value < values.Count; value++)
            {
                if (chunk.Heads.Count > 0 && ((chunk.Slots.Count + 3) * perSlot) + ((chunk.Heads.Count + 1) * perHead) > ChunkBytes)
                {
                    yield return chunk;
                    chunk = new HeadChunk(graph, layer);
                }

                chunk.Add(new HeadValue(node, value), values[value]);
            }
        }

        if (chunk.Heads.Count > 0)
        {
            yield return chunk;
        }
    }

    /// <summary>z [A, T, dh] of some heads' values.</summary>
    private Tensor Attend(int layer, HeadChunk chunk)
    {
        var first = graph.HeadNode(layer, 0);
        var slots = chunk.Slots.ToArray();
        using var streams = device.Allocate([slots.Length, sequences.Rows, Width]);
        everywhere.Mix(streams, clean.Residual[layer], ablated.Residual[layer], Array.ConvertAll(slots, s => s.Mix));
        using var xhat = model.ReadStreams(streams);
        using var projected = model.ProjectSlots(layer, xhat, Array.ConvertAll(slots, s => (s.Component * model.Config.Heads) + s.Node - first));
        using var qkv = GatherBlocks(projected, BlockLayout.Stacked(slots.Length, sequences.Rows, HeadWidth), chunk.SlotsOfHeads());
        if (chunk.AreCoupled)
        {
            NormalizeTogether(layer, chunk, projected, qkv);
        }

        return model.AttendSlots(layer, qkv, sequences);
    }

    /// <summary>
    /// Puts the queries and keys of some heads' values into <paramref name="qkv"/> [3·A, T, dh] behind the norm that takes all heads' together: each value's with
    /// those that the other heads have in the same circuit.
    /// </summary>
    private void NormalizeTogether(int layer, HeadChunk chunk, Tensor projected, Tensor qkv)
    {
        var (heads, rows) = (model.Config.Heads, sequences.Rows);
        var side = BlockLayout.Columns(heads, rows, HeadWidth, model.Config.QueryWidth);
        foreach (var together in chunk.Together)
        {
            foreach (var isKey in (bool[])[false, true])
            {
                using var columns = device.Allocate([rows, model.Config.QueryWidth]);
                var places = together.Places.AsSpan(isKey ? heads : 0, heads);
                device.GatherBlocks(columns, side, projected, BlockLayout.Stacked(projected.Shape[0], rows, HeadWidth), places);
                model.NormalizeWhole(layer, columns, isKey);
                foreach (var member in together.Members)
                {
                    var to = BlockLayout.Stacked(1, rows, HeadWidth, (isKey ? chunk.Heads.Count : 0) + member);
                    device.GatherBlocks(qkv, to, columns, side, [chunk.Heads[member].Node - graph.HeadNode(layer, 0)]);
                }
            }
        }
    }

    private void RunMlps(int layer, StreamMixer level)
    {
        var node = graph.MlpNode(layer);
        var mixed = plan.MixedValues(node);
        if (mixed.Count == 0)
        {
            return;
        }

        using var cleanValue = level.Rows.Take(clean.Mlp[layer]);
        using var ablatedValue = level.Rows.Take(ablated.Mlp[layer]);
        var rows = level.Rows.Count;
        var perValue = 2L * (Width + model.Config.HiddenWidth) * rows * sizeof(float);
        foreach (var chunk in Enumerable.Range(0, mixed.Count).Chunk((int)Math.Max(1, ChunkBytes / perValue)))
        {
            using var streams = device.Allocate([chunk.Length, rows, Width]);
            level.Mix(streams, clean.MlpResidual[layer], ablated.MlpResidual[layer], Array.ConvertAll(chunk, i => mixed[i].Slots[0]));
            using var xhat = model.ReadStreams(streams);
            using var output = model.RunMlp(layer, xhat.Reshape(chunk.Length * rows, Width));
            for (var i = 0; i < chunk.Length; i++)
            {
                var value = output.Slice(i * rows, rows);
                SubtractInto(level, new Difference(node, chunk[i], FromClean: false), value, ablatedValue);
                SubtractInto(level, new Difference(node, chunk[i], FromClean: true), value, cleanValue);
            }
        }
    }

    /// <summary>The columns of some heads of z [R, H·dh], as [A, R, dh].</summary>
    private Tensor GatherHeads(Tensor z, int layer, Difference[] heads) =>
        GatherBlocks(z, BlockLayout.Columns(model.Config.Heads, z.Shape[0], HeadWidth, model.Config.QueryWidth), HeadsOf(layer, heads));

    private Tensor GatherBlocks(Tensor x, BlockLayout layout, int[] blocks)
    {
        var gathered = device.Allocate([blocks.Length, layout.Rows, HeadWidth]);
        device.GatherBlocks(gathered, BlockLayout.Stacked(blocks.Length, layout.Rows, HeadWidth), x, layout, blocks);
        return gathered;
    }

    private int[] HeadsOf(int layer, Difference[] differences) => Array.ConvertAll(differences, d => d.Source - graph.HeadNode(layer, 0));

    /// <summary>Values z [A, R, dh] of some heads become their differences, which W_O writes into the pool. All are from the same side.</summary>
    private void WriteHeads(int layer, StreamMixer level, Tensor z, Difference[] differences)
    {
        using var known = level.Rows.Take((differences[0].FromClean ? clean : ablated).Heads[layer]);
        using var from = GatherHeads(known, layer, differences);
        device.Subtract(z, z, from);
        model.HeadOutputs(layer, z, HeadsOf(layer, differences), level.Pool.Slice(differences));
    }
}
