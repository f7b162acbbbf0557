namespace CircuitGrid.Compute.Reference;

/// <content>Attention.</content>
public sealed partial class ReferenceDevice
{
    // every block [T,w] of x: columns j and j + r/2 (j < r/2) turn by position·base^(−2j/r)
    public void Rotate(Tensor x, BlockLayout layout, Sequences sequences, Rotary rotary, bool inverse)
    {
        KernelShapes.Rotate(x, layout, sequences, rotary);
        var elements = Elements(x);
        var half = rotary.Dimensions / 2;
        for (var g = 0; g < layout.Blocks; g++)
        {
            for (var t = 0; t < layout.Rows; t++)
            {
                var row = elements.Slice(At(layout, g, t), layout.Width);
                for (var j = 0; j < half; j++)
                {
                    var angle = sequences.Positions[t] * Math.Pow(rotary.Base, -2.0 * j / rotary.Dimensions);
                    var (sin, cos) = Math.SinCos(inverse ? -angle : angle);
                    (row[j], row[j + half]) = ((row[j] * cos) - (row[j + half] * sin), (row[j + half] * cos) + (row[j] * sin));
                }
            }
        }
    }

    // q, k [T,dh], v, z [T,dv] of every head; pattern [H, Σ length²]
    public void Attend(
        Tensor z, BlockLayout zLayout, Tensor q, BlockLayout qLayout, Tensor k, BlockLayout kLayout, Tensor v, BlockLayout vLayout, Sequences sequences, Tensor? pattern = null)
    {
        var patternLength = (int)KernelShapes.Attend(z, zLayout, q, qLayout, k, kLayout, v, vLayout, sequences, pattern);
        for (var h = 0; h < zLayout.Blocks; h++)
        {
            var written = h * patternLength;
            for (var s = 0; s < sequences.Count; s++)
            {
                var (first, length) = (sequences.Offsets[s], sequences.Length(s));
                var weights = Pattern(Elements(q), qLayout, Elements(k), kLayout, h, first, length);
                for (var t = 0; t < length; t++)
                {
                    for (var j = 0; j < vLayout.Width; j++)
                    {
                        var sum = 0.0;
                        for (var u = 0; u <= t; u++)
                        {
                            sum += weights[(t * length) + u] * Elements(v)[At(vLayout, h, first + u) + j];
                        }

                        Elements(z)[At(zLayout, h, first + t) + j] = sum;
                    }
                }

                if (pattern is not null)
                {
                    weights.CopyTo(Elements(pattern).Slice(written, weights.Length));
                    written += weights.Length;
                }
            }
        }
    }

    // dz [T,dv], q, k [T,dh], v [T,dv] → dq, dk [T,dh], dv [T,dv] of every head
    public void AttendBackward(Tensor dqkv, Tensor dz, BlockLayout zLayout, Tensor qkv, BlockLayout qLayout, BlockLayout kLayout, BlockLayout vLayout, Sequences sequences)
    {
        KernelShapes.AttendBackward(dqkv, dz, zLayout, qkv, qLayout, kLayout, vLayout, sequences);
        for (var h = 0; h < zLayout.Blocks; h++)
        {
            foreach (var layout in (ReadOnlySpan<BlockLayout>)[qLayout, kLayout, vLayout])
            {
                for (var t = 0; t < layout.Rows; t++)
                {
                    Elements(dqkv).Slice(At(layout, h, t), layout.Width).Clear();
                }
            }

            for (var s = 0; s < sequences.Count; s++)
            {
                AttendBackward(Elements(dqkv), Elements(dz), zLayout, Elements(qkv), qLayout, kLayout, vLayout, h, sequences.Offsets[s], sequences.Length(s));
            }
        }
    }

    private static void AttendBackward(
        Span<double> dqkv, ReadOnlySpan<double> dz, BlockLayout zLayout, ReadOnlySpan<double> qkv, BlockLayout qLayout, BlockLayout kLayout, BlockLayout vLayout, int h, int first, int length)
    {
        var weights = Pattern(qkv, qLayout, qkv, kLayout, h, first, length);
        var scale = 1 / Math.Sqrt(qLayout.Width);
        for (var t = 0; t < length; t++)
        {
            var gradients = new double[t + 1];
            var mean = 0.0;
            for (var u = 0; u <= t; u++)
            {
                var weight = weights[(t * length) + u];
                for (var j = 0; j < vLayout.Width; j++)
                {
                    gradients[u] += dz[At(zLayout, h, first + t) + j] * qkv[At(vLayout, h, first + u) + j];
                    dqkv[At(vLayout, h, first + u) + j] += weight * dz[At(zLayout, h, first + t) + j];
                }

                mean += weight * gradients[u];
            }

            for (var u = 0; u <= t; u++)
            {
                var logitGradient = scale * weights[(t * length) + u] * (gradients[u] - mean);
                for (var j = 0; j < qLayout.Width; j++)
                {
                    dqkv[At(qLayout, h, first + t) + j] += logitGradient * qkv[At(kLayout, h, first + u) + j];
                    dqkv[At(kLayout, h, first + u) + j] += logitGradient * qkv[At(qLayout, h, first + t) + j];
                }
            }
        }
    }

    // softmax(q·kᵀ/√dh) of one head and sequence: [length, length], zero above the diagonal
    private static double[] Pattern(ReadOnlySpan<double> q, BlockLayout qLayout, ReadOnlySpan<double> k, BlockLayout kLayout, int h, int first, int length)
    {
        var weights = new double[length * length];
        for (var t = 0; t < length; t++)
        {
            var row = weights.AsSpan(t * length, t + 1);
            for (var u = 0; u <= t; u++)
            {
                for (var j = 0; j < qLayout.Width; j++)
                {
                    row[u] += q[At(qLayout, h, first + t) + j] * k[At(kLayout, h, first + u) + j] / Math.Sqrt(qLayout.Width);
                }
            }

            Softmax(row, row);
        }

        return weights;
    }

    private static void Softmax(Span<double> probabilities, ReadOnlySpan<double> logits)
    {
        var largest = double.NegativeInfinity;
        foreach (var logit in logits)
        {
            largest = Math.Max(largest, logit);
        }

        var sum = 0.0;
        for (var i = 0; i < logits.Length; i++)
        {
            probabilities[i] = Math.Exp(logits[i] - largest);
            sum += probabilities[i];
        }

        for (var i = 0; i < logits.Length; i++)
        {
            probabilities[i] /= sum;
        }
    }
}
