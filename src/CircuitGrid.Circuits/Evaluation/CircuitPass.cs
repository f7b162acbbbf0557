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

        foreach (var difference in plan.Differences.OrderBy(d => d.Source).ThenBy(d => d.FromClean).ThenBy(d => d.Candidate))
        {
            pooled.Add(difference, pooled.Count);
        }

        pool = device.Allocate([Math.Max(1, pooled.Count), Rows, Width]);
    }

    private int Rows => sequences.Rows;

    private int Width => model.Config.Width;

    /// <summary>The final residual streams of the candidates whose logits have to be computed, [candidates, T, D]; null where there are none.</summary>
    public Tensor? Run()
    {
        if (plan.LogitsRows.Count == 0)
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

        var streams = device.Allocate([plan.LogitsRows.Count, Rows, Width]);
        Mix(streams, clean.FinalResidual, ablated.FinalResidual, [.. plan.LogitsRows.Select(c => plan.Slot(c, graph.LogitsSlot))]);
        return streams;
    }

    public void Dispose() => pool.Dispose();

    private Tensor PoolRow(Difference difference) => pool.Slice(pooled[difference], 1).Reshape(Rows, Width);

    private bool Pooled(int source, int candidate, bool fromClean) => pooled.ContainsKey(new Difference(source, candidate, fromClean));

    private void PoolInput()
    {
        SubtractInto(new Difference(0, -1, FromClean: false), clean.Embedding, ablated.Embedding);
        SubtractInto(new Difference(0, -1, FromClean: true), ablated.Embedding, clean.Embedding);
    }

    private void PoolKnownMlp(int layer)
    {
        var node = graph.MlpNode(layer);
        SubtractInto(new Difference(node, -1, FromClean: false), clean.Mlp[layer], ablated.Mlp[layer]);
        SubtractInto(new Difference(node, -1, FromClean: true), ablated.Mlp[layer], clean.Mlp[layer]);
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
            var heads = Enumerable.Range(0, model.Config.Heads).Where(h => Pooled(graph.HeadNode(layer, h), -1, fromClean)).ToArray();
            if (heads.Length > 0)
            {
                using var value = GatherHeads((fromClean ? ablated : clean).Heads[layer], heads);
                using var from = GatherHeads((fromClean ? clean : ablated).Heads[layer], heads);
                device.Subtract(value, value, from);
                WriteHeads(layer, value, [.. heads.Select(h => (h, -1))], fromClean);
            }
        }
    }

    private void RunHeads(int layer)
    {
        var heads = new List<(int Head, int Candidate)>();
        for (var h = 0; h < model.Config.Heads; h++)
        {
            for (var c = 0; c < plan.Candidates; c++)
            {
                if (plan.NodeState(c, graph.HeadNode(layer, h)) == NodeState.Mixed)
                {
                    heads.Add((h, c));
                }
            }
        }

        if (heads.Count == 0)
        {
            return;
        }

        var slots = Enumerable.Range(0, 3).SelectMany(component => heads.Select(x => (x.Head, x.Candidate, Component: component))).ToArray();
        using var streams = device.Allocate([slots.Length, Rows, Width]);
        Mix(streams, clean.Residual[layer], ablated.Residual[layer], [.. slots.Select(s => plan.Slot(s.Candidate, graph.HeadSlot(layer, s.Head, s.Component)))]);
        using var xhat = model.NormalizeStreams(streams);
        using var qkv = model.ProjectSlots(layer, xhat, [.. slots.Select(s => (s.Component * model.Config.Heads) + s.Head)]);
        using var z = model.AttendSlots(qkv, sequences);
        foreach (var fromClean in (bool[])[false, true])
        {
            var wanted = Enumerable.Range(0, heads.Count).Where(i => Pooled(graph.HeadNode(layer, heads[i].Head), heads[i].Candidate, fromClean)).ToArray();
            if (wanted.Length > 0)
            {
                using var from = GatherHeads((fromClean ? clean : ablated).Heads[layer], [.. wanted.Select(i => heads[i].Head)]);
                using var value = GatherBlocks(z, BlockLayout.Stacked(heads.Count, Rows, model.Config.HeadWidth), wanted);
                device.Subtract(value, value, from);
                WriteHeads(layer, value, [.. wanted.Select(i => heads[i])], fromClean);
            }
        }
    }

    private void RunMlps(int layer)
    {
        var node = graph.MlpNode(layer);
        var candidates = Enumerable.Range(0, plan.Candidates).Where(c => plan.NodeState(c, node) == NodeState.Mixed).ToArray();
        if (candidates.Length == 0)
        {
            return;
        }

        using var streams = device.Allocate([candidates.Length, Rows, Width]);
        Mix(streams, clean.MlpResidual[layer], ablated.MlpResidual[layer], [.. candidates.Select(c => plan.Slot(c, graph.MlpSlot(layer)))]);
        using var xhat = model.NormalizeStreams(streams);
        using var output = model.RunMlp(layer, xhat.Reshape(candidates.Length * Rows, Width));
        for (var i = 0; i < candidates.Length; i++)
        {
            var value = output.Slice(i * Rows, Rows);
            SubtractInto(new Difference(node, candidates[i], FromClean: false), value, ablated.Mlp[layer]);
            SubtractInto(new Difference(node, candidates[i], FromClean: true), value, clean.Mlp[layer]);
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

    /// <summary>z differences [A, T, dh] of some heads through W_O into their rows of the pool.</summary>
    private void WriteHeads(int layer, Tensor z, (int Head, int Candidate)[] heads, bool fromClean)
    {
        using var outputs = device.Allocate([heads.Length, Rows, Width]);
        model.HeadOutputs(layer, z, [.. heads.Select(x => x.Head)], outputs);
        for (var i = 0; i < heads.Length; i++)
        {
            device.Copy(PoolRow(new Difference(graph.HeadNode(layer, heads[i].Head), heads[i].Candidate, fromClean)), outputs.Slice(i, 1).Reshape(Rows, Width));
        }
    }

    /// <summary>Mixes each slot's stream: a run of neighbouring slots that start from the same known stream is one kernel call.</summary>
    private void Mix(Tensor streams, Tensor cleanBase, Tensor ablatedBase, ImmutableArray<SlotPlan> slots)
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
