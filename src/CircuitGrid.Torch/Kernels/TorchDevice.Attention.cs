using CircuitGrid.Compute;
using CircuitGrid.Torch.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using Native = TorchSharp.torch.Tensor;
using Tensor = CircuitGrid.Compute.Tensor;

namespace CircuitGrid.Torch;

/// <content>Attention, in float32 whatever the precision of weights. Sequences of one length run together, so that nothing is padded.</content>
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
        Tensor z, BlockLayout zLayout, Tensor q, BlockLayout qLayout, Tensor k, BlockLayout kLayout, Tensor v, BlockLayout vLayout, Sequences sequences, Tensor? pattern = null)
    {
        var patternLength = KernelShapes.Attend(z, zLayout, q, qLayout, k, kLayout, v, vLayout, sequences, pattern);
        Run(() => sequenceCache.With(sequences, device, rows =>
        {
            foreach (var group in rows.Groups)
            {
                var weights = Pattern(Take(q, qLayout, group), Take(k, kLayout, group));
                Put(z, zLayout, group, weights.matmul(Take(v, vLayout, group)));
                if (pattern is not null)
                {
                    CopyPattern(View(pattern, zLayout.Blocks, patternLength), weights, group, sequences);
                }
            }
        }));
    }

    public void AttendBackward(Tensor dqkv, Tensor dz, BlockLayout zLayout, Tensor qkv, BlockLayout qLayout, BlockLayout kLayout, BlockLayout vLayout, Sequences sequences)
    {
        KernelShapes.AttendBackward(dqkv, dz, zLayout, qkv, qLayout, kLayout, vLayout, sequences);
        Run(() => sequenceCache.With(sequences, device, rows =>
        {
            foreach (var group in rows.Groups)
            {
                var (q, k, v) = (Take(qkv, qLayout, group), Take(qkv, kLayout, group), Take(qkv, vLayout, group));
                var gradient = Take(dz, zLayout, group);
                var weights = Pattern(q, k);
                var weightGradient = gradient.matmul(v.transpose(2, 3));
                var mean = weightGradient.mul(weights).sum(3, keepdim: true);
                var logitGradient = weightGradient.sub_(mean).mul_(weights).mul_(1 / Math.Sqrt(qLayout.Width));
                Put(dqkv, vLayout, group, weights.transpose(2, 3).matmul(gradient));
                Put(dqkv, qLayout, group, logitGradient.matmul(k));
                Put(dqkv, kLayout, group, logitGradient.transpose(2, 3).matmul(q));
            }
        }));
    }

    /// <summary>softmax(q·kᵀ/√dh) below the diagonal, zero above: q, k [heads, sequences, length, dh] → [heads, sequences, length, length].</summary>
    private Native Pattern(Native q, Native k)
    {
        var length = q.shape[2];
        var logits = q.matmul(k.transpose(2, 3)).mul_(1 / Math.Sqrt(q.shape[3]));
        var later = torch.ones([length, length], ScalarType.Bool, device).triu(1);
        return logits.masked_fill_(later, double.NegativeInfinity).softmax(3);
    }

    /// <summary>The rows of a group of sequences: [blocks, sequences, length, width].</summary>
    private static Native Take(Tensor x, BlockLayout layout, SequenceGroup group)
    {
        var blocks = group.Rows is null ? Blocks(x, layout) : Blocks(x, layout).index_select(1, group.Rows);
        return blocks.unflatten(1, group.Members.Length, group.Length);
    }

    private static void Put(Tensor x, BlockLayout layout, SequenceGroup group, Native values)
    {
        var blocks = Blocks(x, layout);
        var rows = values.flatten(1, 2);
        if (group.Rows is null)
        {
            blocks.copy_(rows);
        }
        else
        {
            blocks.index_copy_(1, group.Rows, rows);
        }
    }

    private static void CopyPattern(Native pattern, Native weights, SequenceGroup group, Sequences sequences)
    {
        var square = (long)group.Length * group.Length;
        for (var i = 0; i < group.Members.Length; i++)
        {
            var first = Enumerable.Range(0, group.Members[i]).Sum(s => (long)sequences.Length(s) * sequences.Length(s));
            pattern.narrow(1, first, square).copy_(weights.select(1, i).flatten(1, 2));
        }
    }
}
