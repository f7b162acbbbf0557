using CircuitGrid.Compute;
using CircuitGrid.Torch.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using Native = TorchSharp.torch.Tensor;
using Tensor = CircuitGrid.Compute.Tensor;

namespace CircuitGrid.Torch;

/// <content>
/// Attention, in float32 whatever the precision of weights. Sequences of one length run together, so that nothing is padded. Heads that share a key
/// and a value run as one, their queries one below the other, so that keys and values are never repeated.
/// </content>
public sealed partial class TorchDevice
{
    public void Rotate(Tensor x, BlockLayout layout, Sequences sequences, Rotary rotary, bool inverse)
    {
        KernelShapes.Rotate(x, layout, sequences, rotary);
        Run(() => sequenceCache.With(sequences, device, rows =>
        {
            var half = rotary.Dimensions / 2;
            var (cos, sin) = rows.Rotation(rotary);
            var turned = inverse ? sin.neg() : sin;
            var blocks = Blocks(x, layout);
            var (first, second) = (blocks.narrow(2, 0, half), blocks.narrow(2, half, half));
            var newFirst = first.mul(cos).addcmul_(second, turned, -1);
            var newSecond = second.mul(cos).addcmul_(first, turned, 1);
            first.copy_(newFirst);
            second.copy_(newSecond);
        }));
    }

    public void Attend(
        Tensor z, BlockLayout zLayout, Tensor q, BlockLayout qLayout, Tensor k, BlockLayout kLayout, Tensor v, BlockLayout vLayout, Sequences sequences, AttentionRule rule, Tensor? pattern = null)
    {
        var patternLength = KernelShapes.Attend(z, zLayout, q, qLayout, k, kLayout, v, vLayout, sequences, rule, pattern);
        Run(() => sequenceCache.With(sequences, device, rows =>
        {
            var shared = kLayout.Blocks;
            foreach (var group in rows.Groups)
            {
                var weights = Logits(Take(q, qLayout, group, shared), Take(k, kLayout, group, shared), rule).softmax(3);
                Put(z, zLayout, group, weights.matmul(Take(v, vLayout, group, shared)));
                if (pattern is not null)
                {
                    CopyPattern(View(pattern, zLayout.Blocks, patternLength), weights, group, sequences);
                }
            }
        }));
    }

    public void AttendBackward(
        Tensor dqkv, HeadLayouts gradientLayouts, Tensor dz, BlockLayout zLayout, Tensor qkv, HeadLayouts layouts, Sequences sequences, AttentionRule rule)
    {
        KernelShapes.AttendBackward(dqkv, gradientLayouts, dz, zLayout, qkv, layouts, sequences, rule);
        Run(() => sequenceCache.With(sequences, device, rows =>
        {
            var shared = layouts.Key.Blocks;
            foreach (var group in rows.Groups)
            {
                var (q, k, v) = (Take(qkv, layouts.Query, group, shared), Take(qkv, layouts.Key, group, shared), Take(qkv, layouts.Value, group, shared));
                var gradient = Take(dz, zLayout, group, shared);
                var logits = Logits(q, k, rule);
                var weights = logits.softmax(3);
                var weightGradient = gradient.matmul(v.transpose(2, 3));
                var mean = weightGradient.mul(weights).sum(3, keepdim: true);
                var logitGradient = weightGradient.sub_(mean).mul_(weights).mul_(rule.Scale);
                if (rule.SoftCap > 0)
                {
                    // a masked logit is −∞: its slope is kept from being that as well
                    logitGradient.mul_(logits.div_(rule.SoftCap).pow_(2).neg_().add_(1).clamp_min_(0));
                }

                Put(dqkv, gradientLayouts.Value, group, PartProducts(weights, gradient, group.Length));
                Put(dqkv, gradientLayouts.Query, group, logitGradient.matmul(k));
                Put(dqkv, gradientLayouts.Key, group, PartProducts(logitGradient, q, group.Length));
            }
        }));
    }

    public void SumGroups(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout)
    {
        KernelShapes.SumGroups(y, yLayout, x, xLayout);
        Run(() =>
        {
            var (to, from) = (Blocks(y, yLayout), Groups(x, xLayout, yLayout.Blocks));
            for (var i = 0; i < from.shape[1]; i++)
            {
                Write(to, from.select(1, i), accumulate: i > 0);
            }
        });
    }

    /// <summary>
    /// cap(scale·q·kᵀ) where a query sees, −∞ elsewhere: q [keys, sequences, heads of a key·length, dh], k [keys, sequences, length, dh] →
    /// [keys, sequences, heads of a key·length, length].
    /// </summary>
    private Native Logits(Native q, Native k, AttentionRule rule)
    {
        var logits = q.matmul(k.transpose(2, 3)).mul_(rule.Scale);
        if (rule.SoftCap > 0)
        {
            logits.div_(rule.SoftCap).tanh_().mul_(rule.SoftCap);
        }

        var length = k.shape[2];
        ByHead(logits, length).masked_fill_(Unseen(length, rule.Window), double.NegativeInfinity);
        return logits;
    }

    /// <summary>Whether the query of a row doesn't see the key of a column: [length, length].</summary>
    private Native Unseen(long length, int window)
    {
        var all = torch.ones([length, length], ScalarType.Bool, device);
        var later = all.triu(1);
        return window > 0 && window < length ? later.logical_or_(all.tril(-window)) : later;
    }

    /// <summary>aᵀ·b of every head: a [keys, sequences, heads of a key·length, n], b [keys, sequences, heads of a key·length, m] → [keys, sequences, heads of a key·n, m].</summary>
    private static Native PartProducts(Native a, Native b, long length) => ByHead(a, length).transpose(3, 4).matmul(ByHead(b, length)).flatten(2, 3);

    /// <summary>[keys, sequences, heads of a key·length, n] as [keys, sequences, heads of a key, length, n].</summary>
    private static Native ByHead(Native x, long length) => x.unflatten(2, x.shape[2] / length, length);

    /// <summary>
    /// The rows of a group of sequences, those of blocks that share one of <paramref name="shared"/> one below the other: [shared, sequences, blocks of one·length, width].
    /// </summary>
    private static Native Take(Tensor x, BlockLayout layout, SequenceGroup group, int shared) =>
        Grouped(RowsOf(Blocks(x, layout), group), shared).unflatten(2, group.Members.Length, group.Length).transpose(1, 2).flatten(2, 3);

    /// <summary>Writes what <see cref="Take"/> would read.</summary>
    private static void Put(Tensor x, BlockLayout layout, SequenceGroup group, Native values)
    {
        var blocks = Blocks(x, layout);
        var rows = ByHead(values, group.Length).transpose(1, 2);
        if (group.Rows is null)
        {
            Grouped(blocks, (int)values.shape[0]).unflatten(2, group.Members.Length, group.Length).copy_(rows);
        }
        else
        {
            blocks.index_copy_(1, group.Rows, rows.flatten(2, 3).flatten(0, 1));
        }
    }

    private static void CopyPattern(Native pattern, Native weights, SequenceGroup group, Sequences sequences)
    {
        var square = (long)group.Length * group.Length;
        var heads = Grouped(pattern, (int)weights.shape[0]);
        for (var i = 0; i < group.Members.Length; i++)
        {
            var first = Enumerable.Range(0, group.Members[i]).Sum(s => (long)sequences.Length(s) * sequences.Length(s));
            heads.narrow(2, first, square).copy_(weights.select(1, i).view(heads.shape[0], heads.shape[1], square));
        }
    }
}
