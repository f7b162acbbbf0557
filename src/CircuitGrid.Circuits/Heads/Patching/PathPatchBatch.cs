using System.Collections.Immutable;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Heads.Patching;

/// <summary>
/// Path patching of some examples. T: rows of the prompts; R: rows at which paths are patched, all of them or each prompt's answer rows; S: sets of
/// senders that run together, one after the other in a tensor's rows. Only rows that can differ from the clean run are computed: while heads are
/// held still a row depends on no other, and nothing before a prompt's answer rows can see them.
/// </summary>
internal sealed class PathPatchBatch : IDisposable
{
    private readonly Transformer model;
    private readonly IDevice device;
    private readonly PathReceivers receivers;
    private readonly AnswerBatch batch;
    private readonly Answers answers;
    private readonly Tensor? cleanLogits;
    private readonly SourceRun clean;
    private readonly SourceRun corrupted;
    private readonly int[]? patchedRows;
    private readonly Tensor?[] cleanProjections;
    private readonly float[][][] cleanAttention;

    public PathPatchBatch(Transformer model, IReadOnlyList<Example> examples, MetricKind metric, PathReceivers receivers, PatchPositions positions)
    {
        this.model = model;
        this.receivers = receivers;
        device = model.Device;
        batch = new AnswerBatch(examples, metric);
        clean = model.RunSources(Prompts);
        corrupted = model.RunSources(batch.Corrupted);
        using (var rows = Gathered(clean.FinalResidual, Prompts.AnswerRows()))
        {
            cleanLogits = batch.CleanLogits(model, rows);
            answers = batch.Answers with { CleanLogits = cleanLogits };
        }

        patchedRows = positions == PatchPositions.Last || OnlyAnswerRowsMatter() ? Prompts.AnswerRows() : null;
        cleanProjections = new Tensor?[model.Config.Layers];
        cleanAttention = CleanAttention();
    }

    private TokenBatch Prompts => batch.Clean;

    private int Rows => patchedRows?.Length ?? Prompts.Sequences.Rows;

    private int Width => model.Config.Width;

    /// <summary>All sets, those that begin in the same layer together, as many at once as fit the bytes.</summary>
    public PathPatchResult Run(IReadOnlyList<ImmutableArray<HeadIndex>> senders, long bytes, CancellationToken cancellation)
    {
        var (cleanMetric, corruptedMetric) = (MeasureLast(clean.FinalResidual, 1), MeasureLast(corrupted.FinalResidual, 1));
        var patched = senders.Select(_ => cleanMetric).ToArray();
        var attention = senders.Select(_ => cleanAttention).ToArray();
        var perSet = (((3L * Width) + (3L * model.Config.QueryWidth) + model.Config.HiddenWidth) * Prompts.Sequences.Rows * sizeof(float)) + 1;
        foreach (var layer in Enumerable.Range(0, senders.Count).Where(s => !senders[s].IsEmpty).GroupBy(s => senders[s].Min(h => h.Layer)))
        {
            if (receivers.Component is not null && receivers.Heads[^1].Layer <= layer.Key)
            {
                continue;
            }

            foreach (var sets in layer.Chunk((int)Math.Clamp(bytes / perSet, 1, senders.Count)))
            {
                cancellation.ThrowIfCancellationRequested();
                var run = RunSets([.. sets.Select(s => senders[s])], layer.Key);
                for (var i = 0; i < sets.Length; i++)
                {
                    patched[sets[i]] = run.Metrics.AsSpan(i * batch.Count, batch.Count).ToArray();
                    attention[sets[i]] = run.Attention[i];
                }
            }
        }

        return new PathPatchResult(cleanMetric, corruptedMetric, patched, cleanAttention, attention);
    }

    public void Dispose()
    {
        cleanLogits?.Dispose();
        clean.Dispose();
        corrupted.Dispose();
        foreach (var projection in cleanProjections)
        {
            projection?.Dispose();
        }
    }

    private (double[] Metrics, float[][][][] Attention) RunSets(ImmutableArray<HeadIndex>[] sets, int firstLayer)
    {
        var received = new Tensor?[model.Config.Layers];
        try
        {
            using var residual = SendPatched(sets, firstLayer, received);
            return receivers.Component is null ? (Measure(residual!, sets.Length), sets.Select(_ => cleanAttention).ToArray()) : Receive(received, sets.Length);
        }
        finally
        {
            foreach (var values in received)
            {
                values?.Dispose();
            }
        }
    }

    /// <summary>
    /// The run in which heads are held still: what receiving layers project goes to <paramref name="received"/>, [S·R, 3·H·dh] each. Returns the final
    /// residual stream [S·R, D] where that is the receiver.
    /// </summary>
    private Tensor? SendPatched(ImmutableArray<HeadIndex>[] sets, int firstLayer, Tensor?[] received)
    {
        var lastLayer = receivers.Component is null ? model.Config.Layers : receivers.Heads[^1].Layer;
        var residual = Repeat(clean.Residual[firstLayer], sets.Length);
        for (var l = firstLayer; l < lastLayer; l++)
        {
            if (l > firstLayer && ReceivingHeads(l).Any())
            {
                received[l] = ProjectOwn(l, residual);
            }

            using var z = Repeat(clean.Heads[l], sets.Length);
            for (var s = 0; s < sets.Length; s++)
            {
                PatchHeads(z.Slice(s * Rows, Rows), l, [.. sets[s].Where(h => h.Layer == l).Select(h => h.Head)]);
            }

            var next = model.FinishLayer(l, residual, z);
            residual.Dispose();
            residual = next;
        }

        if (receivers.Component is null)
        {
            return residual;
        }

        received[lastLayer] = ProjectOwn(lastLayer, residual);
        residual.Dispose();
        return null;
    }

    /// <summary>The run in which the receivers have what they received and everything else is computed.</summary>
    private (double[] Metrics, float[][][][] Attention) Receive(Tensor?[] received, int sets)
    {
        var firstLayer = Array.FindIndex(received, r => r is not null);
        var sequences = Prompts.Sequences.Repeat(sets);
        var attention = Enumerable.Range(0, sets).Select(_ => (float[][][])cleanAttention.Clone()).ToArray();
        var residual = Repeat(clean.Residual[firstLayer], sets);
        for (var l = firstLayer; l < model.Config.Layers; l++)
        {
            using var rows = ProjectOwn(l, residual);
            foreach (var head in received[l] is null ? [] : ReceivingHeads(l))
            {
                CopyHead(rows, received[l]!, 3, ((int)receivers.Component!.Value * model.Config.Heads) + head.Head);
            }

            using var all = WithCleanRows(l, rows, sets);
            var watched = ReceivingHeads(l).ToArray();
            using var patterns = watched.Length == 0 ? null : device.Allocate([model.Config.Heads, sets * Squares]);
            using var zOfAll = model.AttendHeads(l, all ?? rows, sequences, patterns);
            if (patterns is not null)
            {
                ReadAttention(patterns, watched, (set, head, values) => attention[set][head] = values, sets);
            }

            // The metric is read at answer rows, so the last layer is finished there alone.
            var shortens = all is null && l == model.Config.Layers - 1;
            using var z = all is null && !shortens ? null : Gathered(zOfAll, Prompts.AnswerRows(sets));
            using var before = shortens ? Gathered(residual, Prompts.AnswerRows(sets)) : null;
            var next = model.FinishLayer(l, before ?? residual, z ?? zOfAll);
            residual.Dispose();
            residual = next;
        }

        using (residual)
        {
            return (Measure(residual, sets), attention);
        }
    }

    /// <summary>What the logits read, and queries in the last layer, matter at no other row.</summary>
    private bool OnlyAnswerRowsMatter() =>
        receivers.Component is null || (receivers.Component == HeadComponent.Query && receivers.Heads[0].Layer == model.Config.Layers - 1);

    private int Squares => Enumerable.Range(0, Prompts.Sequences.Count).Sum(e => Prompts.Sequences.Length(e) * Prompts.Sequences.Length(e));

    private IEnumerable<HeadIndex> ReceivingHeads(int layer) => receivers.Heads.Where(h => h.Layer == layer);

    /// <summary>The patched rows of a tensor of all rows, a new tensor, S times.</summary>
    private Tensor Repeat(Tensor all, int sets)
    {
        var rows = patchedRows ?? [.. Enumerable.Range(0, all.Rows)];
        return Gathered(all, [.. Enumerable.Range(0, sets).SelectMany(_ => rows)]);
    }

    private Tensor Gathered(Tensor x, int[] rows)
    {
        var gathered = device.Allocate([rows.Length, x.Columns]);
        device.GatherRows(gathered, x, rows);
        return gathered;
    }

    /// <summary>Gives heads of z [R, H·dh] what they did on the corrupted prompts.</summary>
    private void PatchHeads(Tensor z, int layer, int[] heads)
    {
        if (heads.Length == 0)
        {
            return;
        }

        using var other = Repeat(corrupted.Heads[layer], 1);
        foreach (var head in heads)
        {
            CopyHead(z, other, 1, head);
        }
    }

    /// <summary>Queries, keys and values of all heads, each head with its own key and value, [R, 3·H·dh].</summary>
    private Tensor ProjectOwn(int layer, Tensor residual)
    {
        var projected = model.ProjectHeads(layer, residual);
        if (model.Config.HeadsPerKey == 1)
        {
            return projected;
        }

        using (projected)
        {
            return model.Ungrouped(projected);
        }
    }

    /// <summary>Copies one block of dh columns between two [rows, parts·H·dh] tensors.</summary>
    private void CopyHead(Tensor to, Tensor from, int parts, int block)
    {
        var (dh, stride) = (model.Config.HeadWidth, parts * model.Config.QueryWidth);
        device.GatherBlocks(
            to, BlockLayout.Columns(1, to.Rows, dh, stride, block * dh), from, BlockLayout.Columns(parts * model.Config.Heads, from.Rows, dh, stride), [block]);
    }

    /// <summary>Where only last rows were computed: all rows [S·T, 3·H·dh] of a projection, the others those of the clean run. Otherwise <see langword="null"/>.</summary>
    private Tensor? WithCleanRows(int layer, Tensor lastRows, int sets)
    {
        if (patchedRows is null)
        {
            return null;
        }

        var total = Prompts.Sequences.Rows;
        cleanProjections[layer] ??= ProjectOwn(layer, clean.Residual[layer]);
        using var both = device.Allocate([total + lastRows.Rows, lastRows.Columns]);
        device.Copy(both.Slice(0, total), cleanProjections[layer]!);
        device.Copy(both.Slice(total, lastRows.Rows), lastRows);
        var from = new int[sets * total];
        for (var s = 0; s < sets; s++)
        {
            for (var row = 0; row < total; row++)
            {
                from[(s * total) + row] = row;
            }

            for (var e = 0; e < patchedRows.Length; e++)
            {
                from[(s * total) + patchedRows[e]] = total + (s * patchedRows.Length) + e;
            }
        }

        return Gathered(both, from);
    }

    private float[][][] CleanAttention()
    {
        var attention = new float[receivers.Heads.Length][][];
        foreach (var layer in receivers.Heads.Select(h => h.Layer).Distinct())
        {
            using var patterns = model.AttentionPatterns(layer, clean.Residual[layer], Prompts.Sequences);
            ReadAttention(patterns, [.. ReceivingHeads(layer)], (_, head, values) => attention[head] = values, sets: 1);
        }

        return attention;
    }

    /// <summary>The rows of heads' attention weights at the prompts' last tokens, handed out by set and receiver as [examples][positions].</summary>
    private void ReadAttention(Tensor patterns, HeadIndex[] heads, Action<int, int, float[][]> write, int sets)
    {
        var sequences = Prompts.Sequences;
        var weights = new float[sets * Squares];
        foreach (var head in heads)
        {
            device.Download(patterns.Slice(head.Head, 1), weights);
            var start = 0;
            for (var s = 0; s < sets; s++)
            {
                var rows = new float[batch.Count][];
                for (var e = 0; e < sequences.Count; e++)
                {
                    // where the prompt ends, which every sequence of an example shares
                    var (length, prompt) = (sequences.Length(e), sequences.Length(e) - Prompts.AnswerSequences.Length(e) + 1);
                    rows[batch.ExampleOf(e)] ??= weights.AsSpan(start + (length * (prompt - 1)), prompt).ToArray();
                    start += length * length;
                }

                write(s, receivers.Heads.IndexOf(head), rows);
            }
        }
    }

    private double[] MeasureLast(Tensor residual, int sets)
    {
        using var rows = Gathered(residual, Prompts.AnswerRows(sets));
        return Measure(rows, sets);
    }

    private double[] Measure(Tensor lastRows, int sets)
    {
        using var metric = model.Measure(lastRows, answers.Repeat(sets));
        var values = new float[sets * answers.Count];
        device.Download(metric, values);
        Overflow.Refuse(values, "the metric of path patching", model, Prompts, batch.Corrupted);
        return [.. Enumerable.Range(0, sets).SelectMany(s => batch.Sum(values.AsSpan(s * answers.Count, answers.Count)))];
    }
}
