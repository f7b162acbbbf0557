namespace CircuitGrid.Compute.Reference;

/// <content>Attribution and circuit evaluation.</content>
public sealed partial class ReferenceDevice
{
    // accumulator[T,W] += Σ_k weights[k]·scale[K·T]·x[K·T,W]
    public void AccumulateScaled(Tensor accumulator, Tensor x, Tensor scale, ReadOnlySpan<float> weights)
    {
        var (rows, width) = KernelShapes.AccumulateScaled(accumulator, x, scale, weights);
        var to = Elements(accumulator);
        var from = Elements(x);
        var scales = Elements(scale);
        for (var k = 0; k < weights.Length; k++)
        {
            for (var t = 0; t < rows; t++)
            {
                for (var j = 0; j < width; j++)
                {
                    to[(t * width) + j] += weights[k] * scales[(k * rows) + t] * from[(((k * rows) + t) * width) + j];
                }
            }
        }
    }

    // dy [R,G·n], y [R,B·n], bias [B·n], scale [R] → c [R,G]
    public void SlotDots(Tensor c, Tensor dy, Tensor y, Tensor bias, Tensor scale, ReadOnlySpan<int> blockOf = default)
    {
        var (rows, blocks, width) = KernelShapes.SlotDots(c, dy, y, bias, scale, blockOf);
        var gradient = Elements(dy);
        var value = Elements(y);
        var shift = Elements(bias);
        for (var r = 0; r < rows; r++)
        {
            for (var g = 0; g < blocks; g++)
            {
                var b = blockOf.IsEmpty ? g : blockOf[g];
                var sum = 0.0;
                for (var j = 0; j < width; j++)
                {
                    sum += gradient[(((r * blocks) + g) * width) + j] * (value[(r * y.Columns) + (b * width) + j] - shift[(b * width) + j]);
                }

                Elements(c)[(r * blocks) + g] = Elements(scale)[r] * sum;
            }
        }
    }

    // deltas[F,T,D], xhat[K·T,D] → u[F,K·T]
    public void SourceDots(Tensor u, Tensor deltas, Tensor xhat)
    {
        var (sources, rows, points, width) = KernelShapes.SourceDots(u, deltas, xhat);
        var delta = Elements(deltas);
        var normal = Elements(xhat);
        for (var f = 0; f < sources; f++)
        {
            for (var row = 0; row < points * rows; row++)
            {
                var sum = 0.0;
                for (var d = 0; d < width; d++)
                {
                    sum += delta[(((f * rows) + (row % rows)) * width) + d] * normal[(row * width) + d];
                }

                Elements(u)[(f * points * rows) + row] = sum;
            }
        }
    }

    // u[F,K·T], c[K·T,S] → scores[N,F,S]
    public void SubtractAlong(Tensor g, Tensor xhat, Tensor c, ReadOnlySpan<float> weights)
    {
        var (slots, rows, width) = KernelShapes.SubtractAlong(g, xhat, c, weights);
        var to = Elements(g);
        var normal = Elements(xhat);
        var slot = Elements(c);
        for (var s = 0; s < slots; s++)
        {
            for (var t = 0; t < rows; t++)
            {
                for (var k = 0; k < weights.Length; k++)
                {
                    var row = (k * rows) + t;
                    var factor = (double)weights[k] / width * slot[(row * slots) + s];
                    for (var d = 0; d < width; d++)
                    {
                        to[(((s * rows) + t) * width) + d] -= factor * normal[(row * width) + d];
                    }
                }
            }
        }
    }

    public void SubtractProjections(Tensor scores, Tensor u, Tensor c, Sequences sequences, ReadOnlySpan<float> weights, int width)
    {
        var (sources, slots) = KernelShapes.SubtractProjections(scores, u, c, sequences, weights, width);
        var to = Elements(scores);
        var source = Elements(u);
        var slot = Elements(c);
        for (var e = 0; e < sequences.Count; e++)
        {
            for (var f = 0; f < sources; f++)
            {
                for (var s = 0; s < slots; s++)
                {
                    for (var k = 0; k < weights.Length; k++)
                    {
                        for (var t = sequences.Offsets[e]; t < sequences.Offsets[e + 1]; t++)
                        {
                            var row = (k * sequences.Rows) + t;
                            to[(((e * sources) + f) * slots) + s] -= (double)weights[k] / width * source[(f * weights.Length * sequences.Rows) + row] * slot[(row * slots) + s];
                        }
                    }
                }
            }
        }
    }

    // deltas[F,T,D], g[S,T,D] → scores[N,F,S]
    public void Contract(Tensor scores, Tensor deltas, Tensor g, Sequences sequences, bool centre)
    {
        var (sources, slots, width) = KernelShapes.Contract(scores, deltas, g, sequences);
        var delta = Elements(deltas);
        var gradient = Elements(g);
        for (var s = 0; s < slots; s++)
        {
            for (var t = 0; t < sequences.Rows; t++)
            {
                var row = gradient.Slice(((s * sequences.Rows) + t) * width, width);
                var mean = 0.0;
                for (var d = 0; centre && d < width; d++)
                {
                    mean += row[d] / width;
                }

                for (var f = 0; f < sources; f++)
                {
                    var sum = 0.0;
                    for (var d = 0; d < width; d++)
                    {
                        sum += delta[(((f * sequences.Rows) + t) * width) + d] * (row[d] - mean);
                    }

                    var e = SequenceOf(sequences, t);
                    Elements(scores)[(((e * sources) + f) * slots) + s] += sum;
                }
            }
        }
    }

    // scores[N,F,S] → blocks[B,F,S]
    public void SumBlocks(Tensor blocks, Tensor scores, ReadOnlySpan<int> blockOf)
    {
        var length = (int)KernelShapes.SumBlocks(blocks, scores, blockOf);
        for (var e = 0; e < blockOf.Length; e++)
        {
            for (var i = 0; i < length; i++)
            {
                Elements(blocks)[(blockOf[e] * length) + i] += Elements(scores)[(e * length) + i];
            }
        }
    }

    // baseline[T,D], deltas[F,T,D], terms: S rows over F columns → y[S,T,D]
    public void Mix(Tensor y, Tensor baseline, Tensor deltas, SparseRows terms)
    {
        var (rows, _, width) = KernelShapes.Mix(y, baseline, deltas, terms);
        var length = rows * width;
        for (var s = 0; s < terms.Count; s++)
        {
            var to = Elements(y).Slice(s * length, length);
            Elements(baseline).CopyTo(to);
            for (var i = terms.Offsets[s]; i < terms.Offsets[s + 1]; i++)
            {
                var delta = Elements(deltas).Slice(terms.Columns[i] * length, length);
                for (var j = 0; j < length; j++)
                {
                    to[j] += delta[j];
                }
            }
        }
    }

    private static int SequenceOf(Sequences sequences, int row)
    {
        var e = 0;
        while (sequences.Offsets[e + 1] <= row)
        {
            e++;
        }

        return e;
    }
}
