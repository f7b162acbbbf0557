using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Evaluation;

/// <summary>
/// One forward pass of several circuits over one batch of examples. The pool holds, for every difference some slot adds, a [T, D]
/// row; layer by layer the mixed nodes' streams are mixed from it, run, and their own differences written back.
/// </summary>
internal sealed class CircuitPass : IDisposable
{
    private readonly Transformer model;
    private readonly IDevice device;
    private readonly CircuitGraph graph;
    private readonly EvaluationPlan plan;
    private readonly Sequences sequences;
    private readonly SourceRun clean;
    private readonly SourceRun ablated;
    private readonly Dictionary<Difference, int> pooled = [];
    private readonly Tensor pool;

    public CircuitPass(Transformer model, CircuitGraph graph, EvaluationPlan plan, Sequences sequences, SourceRun clean, SourceRun ablated)
    {
        this.model = model;
        this.graph = graph;
        this.plan = plan;
        this.sequences = sequences;
        this.clean = clean;
        this.ablated = ablated;
        device = model.Device;

        foreach (var difference in plan.Differences.OrderBy(d => d.Source).ThenBy(d => d.FromClean).ThenBy(d => d.Value))
        {
            pooled.Add(difference, pooled.Count);
        }

        pool = device.Allocate([Math.Max(1, pooled.Count), Rows, Width]);
    }

    private int Rows => sequences.Rows;

    private int Width => model.Config.Width;

    /// <summary>The final residual streams of the logits' mixed values, [values, T, D]; null where there are none.</summary>
    public Tensor? Run()
    {
        var logits = plan.MixedValues(graph.LogitsNode);
        if (logits.Count == 0)
        {
            return null;
        }

        PoolInput();
        for (var l = 0; l < model.Config.Layers; l++)
        {
            PoolKnownHeads(l);
            RunHeads(l);
            PoolKnownMlp(l);
            RunMlps(l);
        }

        var streams = device.Allocate([logits.Count, Rows, Width]);
        Mix(streams, clean.FinalResidual, ablated.FinalResidual, [.. logits.Select(value => value.Slots[0])]);
        return streams;
    }

    public void Dispose() => pool.Dispose();

    private Tensor PoolRow(Difference difference) => pool.Slice(pooled[difference], 1).Reshape(Rows, Width);

    private void PoolInput() => PoolKnown(0, clean.Embedding, ablated.Embedding);

    private void PoolKnownMlp(int layer) => PoolKnown(graph.MlpNode(layer), clean.Mlp[layer], ablated.Mlp[layer]);

    /// <summary>The two differences between a source's clean and ablated outputs, where some slot adds them.</summary>
    private void PoolKnown(int source, Tensor cleanValue, Tensor ablatedValue)
    {
        SubtractInto(new Difference(source, Difference.Clean, FromClean: false), cleanValue, ablatedValue);
        SubtractInto(new Difference(source, Difference.Ablated, FromClean: true), ablatedValue, cleanValue);
    }

    private void SubtractInto(Difference difference, Tensor value, Tensor from)
    {
        if (pooled.ContainsKey(difference))
        {
            device.Subtract(PoolRow(difference), value, from);
        }
    }

    private void PoolKnownHeads(int layer)
    {
        foreach (var fromClean in (bool[])[false, true])
        {
            var known = fromClean ? Difference.Ablated : Difference.Clean;
            var differences = Enumerable.Range(0, model.Config.Heads)
                .Select(h => new Difference(graph.HeadNode(layer, h), known, fromClean)).Where(pooled.ContainsKey).ToArray();
            if (differences.Length > 0)
            {
                using var value = GatherHeads((fromClean ? ablated : clean).Heads[layer], Heads(layer, differences));
                WriteHeads(layer, value, differences);
            }
        }
    }

    private void RunHeads(int layer)
    {
        var heads = new List<(int Head, int Value)>();
        for (var h = 0; h < model.Config.Heads; h++)
        {
            heads.AddRange(Enumerable.Range(0, plan.MixedValues(graph.HeadNode(layer, h)).Count).Select(value => (h, value)));
        }

        if (heads.Count == 0)
        {
            return;
        }

        var slots = Enumerable.Range(0, 3).SelectMany(component => heads.Select(x => (x.Head, x.Value, Component: component))).ToArray();
        using var streams = device.Allocate([slots.Length, Rows, Width]);
        Mix(streams, clean.Residual[layer], ablated.Residual[layer], [.. slots.Select(s => plan.MixedValues(graph.HeadNode(layer, s.Head))[s.Value].Slots[s.Component])]);
        using var xhat = model.NormalizeStreams(streams);
        using var qkv = model.ProjectSlots(layer, xhat, [.. slots.Select(s => (s.Component * model.Config.Heads) + s.Head)]);
        using var z = model.AttendSlots(qkv, sequences);
        foreach (var fromClean in (bool[])[false, true])
        {
            var wanted = Enumerable.Range(0, heads.Count).Where(i => pooled.ContainsKey(Of(heads[i]))).ToArray();
            if (wanted.Length > 0)
            {
                using var value = GatherBlocks(z, BlockLayout.Stacked(heads.Count, Rows, model.Config.HeadWidth), wanted);
                WriteHeads(layer, value, [.. wanted.Select(i => Of(heads[i]))]);
            }

            Difference Of((int Head, int Value) head) => new(graph.HeadNode(layer, head.Head), head.Value, fromClean);
        }
    }

    private void RunMlps(int layer)
    {
        var node = graph.MlpNode(layer);
        var mixed = plan.MixedValues(node);
        if (mixed.Count == 0)
        {
            return;
        }

        using var streams = device.Allocate([mixed.Count, Rows, Width]);
        Mix(streams, clean.MlpResidual[layer], ablated.MlpResidual[layer], [.. mixed.Select(value => value.Slots[0])]);
        using var xhat = model.NormalizeStreams(streams);
        using var output = model.RunMlp(layer, xhat.Reshape(mixed.Count * Rows, Width));
        for (var i = 0; i < mixed.Count; i++)
        {
            var value = output.Slice(i * Rows, Rows);
            SubtractInto(new Difference(node, i, FromClean: false), value, ablated.Mlp[layer]);
            SubtractInto(new Difference(node, i, FromClean: true), value, clean.Mlp[layer]);
        }
    }

    /// <summary>Some heads' columns of z [T, H·dh] as [A, T, dh].</summary>
    private Tensor GatherHeads(Tensor z, int[] heads) =>
        GatherBlocks(z, BlockLayout.Columns(model.Config.Heads, Rows, model.Config.HeadWidth, Width), heads);

    private Tensor GatherBlocks(Tensor x, BlockLayout layout, int[] blocks)
    {
        var gathered = device.Allocate([blocks.Length, Rows, model.Config.HeadWidth]);
        device.GatherBlocks(gathered, BlockLayout.Stacked(blocks.Length, Rows, model.Config.HeadWidth), x, layout, blocks);
        return gathered;
    }

    private int[] Heads(int layer, Difference[] differences) => Array.ConvertAll(differences, d => d.Source - graph.HeadNode(layer, 0));

    /// <summary>Values z [A, T, dh] of some heads become their differences, which go through W_O into their rows of the pool. All are from the same side.</summary>
    private void WriteHeads(int layer, Tensor z, Difference[] differences)
    {
        var heads = Heads(layer, differences);
        using var from = GatherHeads((differences[0].FromClean ? clean : ablated).Heads[layer], heads);
        device.Subtract(z, z, from);
        using var outputs = device.Allocate([heads.Length, Rows, Width]);
        model.HeadOutputs(layer, z, heads, outputs);
        for (var i = 0; i < heads.Length; i++)
        {
            device.Copy(PoolRow(differences[i]), outputs.Slice(i, 1).Reshape(Rows, Width));
        }
    }

    /// <summary>Mixes each slot's stream: a run of neighbouring slots that start from the same known stream is one kernel call.</summary>
    private void Mix(Tensor streams, Tensor cleanBase, Tensor ablatedBase, ImmutableArray<SlotMix> slots)
    {
        for (var first = 0; first < slots.Length;)
        {
            var count = 1;
            while (first + count < slots.Length && slots[first + count].FromClean == slots[first].FromClean)
            {
                count++;
            }

            var offsets = ImmutableArray.CreateBuilder<int>(count + 1);
            var terms = ImmutableArray.CreateBuilder<int>();
            offsets.Add(0);
            foreach (var slot in slots.AsSpan().Slice(first, count))
            {
                foreach (var term in slot.Terms)
                {
                    terms.Add(pooled[term]);
                }

                offsets.Add(terms.Count);
            }

            device.Mix(streams.Slice(first, count), slots[first].FromClean ? cleanBase : ablatedBase, pool, new SparseRows(offsets.MoveToImmutable(), terms.ToImmutable()));
            first += count;
        }
    }
}
