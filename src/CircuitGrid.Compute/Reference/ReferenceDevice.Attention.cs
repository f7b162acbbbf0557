namespace CircuitGrid.Compute.Reference;

/// <content>Attention.</content>
public sealed partial class ReferenceDevice
{
    // every block [T,w] of x: columns j and j + r/2 (j < r/2) turn by position·θ_j and are multiplied by the magnitude
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
                    var angle = sequences.Positions[t] * rotary.Frequency(j);
                    var (sin, cos) = Math.SinCos(inverse ? -angle : angle);
                    (sin, cos) = (sin * rotary.Magnitude, cos * rotary.Magnitude);
                    (row[j], row[j + half]) = ((row[j] * cos) - (row[j + half] * sin), (row[j + half] * cos) + (row[j] * sin));
                }
            }
        }
    }

    // q [T,dh], z [T,dv] of every head, k [T,dh], v [T,dv] of every head or of some neighbours together; pattern [H, Σ length²]
    public void Attend(
        Tensor z, BlockLayout zLayout, Tensor q, BlockLayout qLayout, Tensor k, BlockLayout kLayout, Tensor v, BlockLayout vLayout, Sequences sequences, AttentionRule rule, Tensor? pattern = null)
    {
        var patternLength = (int)KernelShapes.Attend(z, zLayout, q, qLayout, k, kLayout, v, vLayout, sequences, rule, pattern);
        for (var h = 0; h < zLayout.Blocks; h++)
        {
            var written = h * patternLength;
            var shared = kLayout.SharedBlock(h, zLayout.Blocks);
            for (var s = 0; s < sequences.Count; s++)
            {
                var (first, length) = (sequences.Offsets[s], sequences.Length(s));
                var weights = Pattern(Elements(q)[At(qLayout, h, first)..], qLayout, Elements(k)[At(kLayout, shared, first)..], kLayout, length, rule).Weights;
                for (var t = 0; t < length; t++)
                {
                    for (var j = 0; j < vLayout.Width; j++)
                    {
                        var sum = 0.0;
                        for (var u = FirstSeen(t, rule); u <= t; u++)
                        {
                            sum += weights[(t * length) + u] * Elements(v)[At(vLayout, shared, first + u) + j];
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

    // dz [T,dv], q [T,dh] of every head, k [T,dh], v [T,dv] of every head or of some neighbours together → dq, dk [T,dh], dv [T,dv] of every head
    public void AttendBackward(
        Tensor dqkv, HeadLayouts gradientLayouts, Tensor dz, BlockLayout zLayout, Tensor qkv, HeadLayouts layouts, Sequences sequences, AttentionRule rule)
    {
        KernelShapes.AttendBackward(dqkv, gradientLayouts, dz, zLayout, qkv, layouts, sequences, rule);
        for (var h = 0; h < zLayout.Blocks; h++)
        {
            foreach (var layout in (ReadOnlySpan<BlockLayout>)[gradientLayouts.Query, gradientLayouts.Key, gradientLayouts.Value])
            {
                for (var t = 0; t < layout.Rows; t++)
                {
                    Elements(dqkv).Slice(At(layout, h, t), layout.Width).Clear();
                }
            }

            var shared = layouts.Key.SharedBlock(h, zLayout.Blocks);
            for (var s = 0; s < sequences.Count; s++)
            {
                var first = sequences.Offsets[s];
                var to = Elements(dqkv);
                var from = Elements(qkv);
                AttendBackward(
                    to[At(gradientLayouts.Query, h, first)..],
                    to[At(gradientLayouts.Key, h, first)..],
                    to[At(gradientLayouts.Value, h, first)..],
                    gradientLayouts,
                    Elements(dz)[At(zLayout, h, first)..],
                    zLayout,
                    from[At(layouts.Query, h, first)..],
                    from[At(layouts.Key, shared, first)..],
                    from[At(layouts.Value, shared, first)..],
                    layouts,
                    sequences.Length(s),
                    rule);
            }
        }
    }

    // x[T,n] of every block → y[T,n] of every group of neighbours
    public void SumGroups(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout)
    {
        KernelShapes.SumGroups(y, yLayout, x, xLayout);
        for (var b = 0; b < yLayout.Blocks; b++)
        {
            for (var t = 0; t < yLayout.Rows; t++)
            {
                for (var j = 0; j < yLayout.Width; j++)
                {
                    var sum = 0.0;
                    for (var g = 0; g < xLayout.Blocks; g++)
                    {
                        sum += yLayout.SharedBlock(g, xLayout.Blocks) == b ? Elements(x)[At(xLayout, g, t) + j] : 0;
                    }

                    Elements(y)[At(yLayout, b, t) + j] = sum;
                }
            }
        }
    }

    // one head and sequence: every span begins at its first row, whose stride the layouts say
    private static void AttendBackward(
        Span<double> dq,
        Span<double> dk,
        Span<double> dv,
        HeadLayouts gradients,
        ReadOnlySpan<double> dz,
        BlockLayout zLayout,
        ReadOnlySpan<double> q,
        ReadOnlySpan<double> k,
        ReadOnlySpan<double> v,
        HeadLayouts layouts,
        int length,
        AttentionRule rule)
    {
        var (weights, slopes) = Pattern(q, layouts.Query, k, layouts.Key, length, rule);
        for (var t = 0; t < length; t++)
        {
            var weightGradients = new double[t + 1];
            var mean = 0.0;
            for (var u = FirstSeen(t, rule); u <= t; u++)
            {
                var weight = weights[(t * length) + u];
                for (var j = 0; j < zLayout.Width; j++)
                {
                    weightGradients[u] += dz[(t * zLayout.RowStride) + j] * v[(u * layouts.Value.RowStride) + j];
                    dv[(u * gradients.Value.RowStride) + j] += weight * dz[(t * zLayout.RowStride) + j];
                }

                mean += weight * weightGradients[u];
            }

            for (var u = FirstSeen(t, rule); u <= t; u++)
            {
                var productGradient = slopes[(t * length) + u] * weights[(t * length) + u] * (weightGradients[u] - mean);
                for (var j = 0; j < layouts.Query.Width; j++)
                {
                    dq[(t * gradients.Query.RowStride) + j] += productGradient * k[(u * layouts.Key.RowStride) + j];
                    dk[(u * gradients.Key.RowStride) + j] += productGradient * q[(t * layouts.Query.RowStride) + j];
                }
            }
        }
    }

    // softmax(mask(cap(scale·q·kᵀ))) of one head and sequence and the derivative of cap(scale·x): both [length, length], zero where nothing is seen
    private static (double[] Weights, double[] Slopes) Pattern(
        ReadOnlySpan<double> q, BlockLayout qLayout, ReadOnlySpan<double> k, BlockLayout kLayout, int length, AttentionRule rule)
    {
        var (weights, slopes) = (new double[length * length], new double[length * length]);
        for (var t = 0; t < length; t++)
        {
            for (var u = FirstSeen(t, rule); u <= t; u++)
            {
                var product = 0.0;
                for (var j = 0; j < qLayout.Width; j++)
                {
                    product += q[(t * qLayout.RowStride) + j] * k[(u * kLayout.RowStride) + j];
                }

                var logit = rule.SoftCap == 0 ? rule.Scale * product : Capped(rule.Scale * product, rule.SoftCap);
                weights[(t * length) + u] = logit;
                slopes[(t * length) + u] = rule.SoftCap == 0 ? rule.Scale : rule.Scale * CapSlope(logit, rule.SoftCap);
            }

            var row = weights.AsSpan()[((t * length) + FirstSeen(t, rule))..((t * length) + t + 1)];
            Softmax(row, row);
        }

        return (weights, slopes);
    }

    // the first position that the query at position t sees
    private static int FirstSeen(int t, AttentionRule rule) => rule.Window == 0 ? 0 : Math.Max(0, t - rule.Window + 1);

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
