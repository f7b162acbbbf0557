using CircuitGrid.Compute;
using CircuitGrid.Torch.Kernels;
using CircuitGrid.Torch.Memory;
using TorchSharp;
using static TorchSharp.torch;
using Native = TorchSharp.torch.Tensor;
using Tensor = CircuitGrid.Compute.Tensor;

namespace CircuitGrid.Torch;

/// <content>Attribution and circuit evaluation, in float32 and float64 whatever the precision of weights.</content>
public sealed partial class TorchDevice
{
    public void AccumulateScaled(Tensor accumulator, Tensor x, Tensor scale, ReadOnlySpan<float> weights)
    {
        var (rows, width) = KernelShapes.AccumulateScaled(accumulator, x, scale, weights);
        var factors = weights.ToArray();
        Run(() =>
        {
            var sum = View(accumulator, rows, width);
            var points = View(x, factors.Length, rows, width);
            var scales = View(scale, factors.Length, rows, 1);
            for (var k = 0; k < factors.Length; k++)
            {
                sum.addcmul_(points.select(0, k), scales.select(0, k), factors[k]);
            }
        });
    }

    public void SlotDots(Tensor c, Tensor dy, Tensor y, Tensor bias, Tensor scale, ReadOnlySpan<int> blockOf = default)
    {
        var (rows, blocks, width) = KernelShapes.SlotDots(c, dy, y, bias, scale, blockOf);
        var index = blockOf.ToArray();
        Run(() =>
        {
            var unbiased = Matrix(y).sub(Flat(bias));
            var factors = index.Length == 0
                ? unbiased.view(rows, blocks, width)
                : unbiased.view(rows, y.Columns / width, width).index_select(1, Indices(index));
            var products = factors.mul_(View(dy, rows, blocks, width));
            Matrix(c).copy_(products.sum(2).mul_(View(scale, rows, 1)));
        });
    }

    public void SourceDots(Tensor u, Tensor deltas, Tensor xhat)
    {
        var (sources, rows, points, width) = KernelShapes.SourceDots(u, deltas, xhat);
        Run(() =>
        {
            var differences = View(deltas, sources, rows, width).transpose(0, 1);
            var normal = View(xhat, points, rows, width).permute(1, 2, 0);
            View(u, sources, points, rows).copy_(differences.bmm(normal).permute(1, 2, 0));
        });
    }

    public void SubtractAlong(Tensor g, Tensor xhat, Tensor c, ReadOnlySpan<float> weights)
    {
        var (slots, rows, width) = KernelShapes.SubtractAlong(g, xhat, c, weights);
        var points = weights.Length;
        var factors = Array.ConvertAll(weights.ToArray(), w => (double)w / width);
        Run(() =>
        {
            var scale = HostNumbers.Send(factors, [points, 1, 1], device).to(ScalarType.Float32);
            var left = View(c, points, rows, slots).mul(scale).permute(1, 2, 0);
            var right = View(xhat, points, rows, width).permute(1, 0, 2);
            View(g, slots, rows, width).sub_(left.bmm(right).permute(1, 0, 2));
        });
    }

    public void SubtractProjections(Tensor scores, Tensor u, Tensor c, Sequences sequences, ReadOnlySpan<float> weights, int width)
    {
        var (sources, slots) = KernelShapes.SubtractProjections(scores, u, c, sequences, weights, width);
        var points = weights.Length;
        var factors = Array.ConvertAll(weights.ToArray(), w => (double)w / width);
        Run(() => sequenceCache.With(sequences, device, rows =>
        {
            var scale = HostNumbers.Send(factors, [points, 1, 1], device);
            var all = View(scores, sequences.Count, sources, slots);
            foreach (var group in rows.Groups)
            {
                var source = RowsOf(View(u, sources * points, sequences.Rows, 1), group).to(ScalarType.Float64).view(sources, points, group.Members.Length, group.Length);
                var slot = RowsOf(View(c, points, sequences.Rows, slots), group).to(ScalarType.Float64).mul(scale).view(points, group.Members.Length, group.Length, slots);
                var left = source.permute(2, 0, 1, 3).reshape(group.Members.Length, sources, points * group.Length);
                var right = slot.permute(1, 0, 2, 3).reshape(group.Members.Length, points * group.Length, slots);
                AddScores(all, group, left.bmm(right), -1);
            }
        }));
    }

    public void Contract(Tensor scores, Tensor deltas, Tensor g, Sequences sequences, bool centre)
    {
        var (sources, slots, width) = KernelShapes.Contract(scores, deltas, g, sequences);
        Run(() => sequenceCache.With(sequences, device, rows =>
        {
            var gradients = View(g, slots, sequences.Rows, width);
            if (centre)
            {
                gradients = gradients.sub(gradients.mean([2], keepdim: true));
            }

            var differences = View(deltas, sources, sequences.Rows, width);
            var all = View(scores, sequences.Count, sources, slots);
            foreach (var group in rows.Groups)
            {
                // the largest tensors there are: rows of one length are copied, and not kept beside those of the next
                using var copies = torch.NewDisposeScope();
                var (examples, inner) = (group.Members.Length, (long)group.Length * width);
                var left = RowsOf(differences, group).reshape(sources, examples, inner).transpose(0, 1);
                var right = RowsOf(gradients, group).reshape(slots, examples, inner).permute(1, 2, 0);
                AddScores(all, group, left.bmm(right).to(ScalarType.Float64), 1);
            }
        }));
    }

    /// <summary>Runs of neighbours that go to one block are summed at once.</summary>
    public void SumBlocks(Tensor blocks, Tensor scores, ReadOnlySpan<int> blockOf)
    {
        var length = KernelShapes.SumBlocks(blocks, scores, blockOf);
        var targets = blockOf.ToArray();
        Run(() =>
        {
            var to = View(blocks, blocks.Shape[0], length);
            var from = View(scores, targets.Length, length);
            for (var first = 0; first < targets.Length;)
            {
                var count = targets.Skip(first).TakeWhile(b => b == targets[first]).Count();
                to.select(0, targets[first]).add_(from.narrow(0, first, count).sum(dim: 0));
                first += count;
            }
        });
    }

    /// <summary>
    /// A product of the counts of each slot's terms with the differences, of the sources that occur alone: what lies in the others may not be
    /// written yet.
    /// </summary>
    public void Mix(Tensor y, Tensor baseline, Tensor deltas, SparseRows terms)
    {
        var (rows, sources, width) = KernelShapes.Mix(y, baseline, deltas, terms);
        int[] used = [.. terms.Columns.Skip(terms.Offsets[0]).Take(terms.Offsets[^1] - terms.Offsets[0]).Distinct().Order()];
        var column = used.Select((f, i) => (f, i)).ToDictionary(p => p.f, p => p.i);
        var counts = new float[terms.Count * used.Length];
        for (var s = 0; s < terms.Count; s++)
        {
            for (var i = terms.Offsets[s]; i < terms.Offsets[s + 1]; i++)
            {
                counts[(s * used.Length) + column[terms.Columns[i]]]++;
            }
        }

        Run(() =>
        {
            var length = (long)rows * width;
            var target = View(y, terms.Count, length);
            target.copy_(View(baseline, 1, length).expand(terms.Count, length));
            if (used.Length > 0 && terms.Count > 0)
            {
                var differences = View(deltas, sources, length);
                var mixed = used[^1] - used[0] == used.Length - 1 ? differences.narrow(0, used[0], used.Length) : differences.index_select(0, Indices(used));
                target.addmm_(HostNumbers.Send(counts, [terms.Count, used.Length], device), mixed);
            }
        });
    }

    /// <summary>A group's rows of [blocks, rows, width].</summary>
    private static Native RowsOf(Native blocks, SequenceGroup group) => group.Rows is null ? blocks : blocks.index_select(1, group.Rows);

    private static void AddScores(Native scores, SequenceGroup group, Native values, int sign)
    {
        if (group.MemberIndex is null)
        {
            scores.add_(values, sign);
        }
        else
        {
            scores.index_add_(0, group.MemberIndex, values, sign);
        }
    }
}
