namespace CircuitGrid.Compute;

/// <content>Attention.</content>
public static partial class KernelShapes
{
    /// <summary>Checks <see cref="IDevice.Rotate"/>.</summary>
    public static void Rotate(Tensor x, BlockLayout layout, Sequences sequences, Rotary rotary)
    {
        Float32(x);
        Layout(x, layout, nameof(layout));
        SequenceRows(layout, sequences, nameof(layout));
        Require(rotary.Dimensions >= 0 && rotary.Dimensions % 2 == 0 && rotary.Dimensions <= layout.Width, $"{rotary.Dimensions} dimensions can't be turned in blocks of width {layout.Width}", x);
        Require(rotary.Base > 0 && double.IsFinite(rotary.Base), "the rotary base must be positive and finite", x);
        Require(rotary.Magnitude > 0 && double.IsFinite(rotary.Magnitude), "the rotary magnitude must be positive and finite", x);
    }

    /// <summary>Elements of one head's pattern (Σ length²) of <see cref="IDevice.Attend"/>.</summary>
    public static long Attend(
        Tensor z, BlockLayout zLayout, Tensor q, BlockLayout qLayout, Tensor k, BlockLayout kLayout, Tensor v, BlockLayout vLayout, Sequences sequences, AttentionRule rule, Tensor? pattern)
    {
        Float32(z, q, k, v);
        Layout(z, zLayout, nameof(zLayout));
        Layout(q, qLayout, nameof(qLayout));
        Layout(k, kLayout, nameof(kLayout));
        Layout(v, vLayout, nameof(vLayout));
        Heads(zLayout, new(qLayout, kLayout, vLayout), sequences);
        Rule(rule);
        var elements = PatternLength(sequences);
        if (pattern is not null)
        {
            Float32(pattern);
            Require(pattern.Length == elements * zLayout.Blocks, $"pattern isn't [{zLayout.Blocks}, {elements}]", pattern);
        }

        return elements;
    }

    /// <summary>Checks <see cref="IDevice.AttendBackward"/>.</summary>
    public static void AttendBackward(
        Tensor dqkv, HeadLayouts gradientLayouts, Tensor dz, BlockLayout zLayout, Tensor qkv, HeadLayouts layouts, Sequences sequences, AttentionRule rule)
    {
        Float32(dqkv, dz, qkv);
        Layout(dz, zLayout, nameof(zLayout));
        foreach (var (tensor, of) in (ReadOnlySpan<(Tensor, HeadLayouts)>)[(dqkv, gradientLayouts), (qkv, layouts)])
        {
            Layout(tensor, of.Query, nameof(of.Query));
            Layout(tensor, of.Key, nameof(of.Key));
            Layout(tensor, of.Value, nameof(of.Value));
        }

        Heads(zLayout, layouts, sequences);
        Heads(zLayout, gradientLayouts, sequences);
        Require(
            gradientLayouts.Key.Blocks == zLayout.Blocks && gradientLayouts.Query.Width == layouts.Query.Width,
            $"gradients of keys and values don't have a block for each of {zLayout.Blocks} heads, or another width",
            dqkv);
        Rule(rule);
    }

    /// <summary>Checks <see cref="IDevice.SumGroups"/>.</summary>
    public static void SumGroups(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout)
    {
        Float32(y, x);
        Layout(y, yLayout, nameof(yLayout));
        Layout(x, xLayout, nameof(xLayout));
        Shared(xLayout, yLayout, y, x);
    }

    /// <summary>Σ length² over the sequences: the elements of one head's attention patterns.</summary>
    public static long PatternLength(Sequences sequences)
    {
        var elements = 0L;
        for (var s = 0; s < sequences.Count; s++)
        {
            elements += (long)sequences.Length(s) * sequences.Length(s);
        }

        return elements;
    }

    /// <summary>Checks a kernel from dy to dx, under one layout, that reads blocks of x which neighbours share.</summary>
    private static void SharedBlocks(Tensor dx, Tensor dy, BlockLayout dyLayout, Tensor x, BlockLayout xLayout)
    {
        Float32(dx, dy, x);
        Layout(dx, dyLayout, nameof(dyLayout));
        Layout(dy, dyLayout, nameof(dyLayout));
        Layout(x, xLayout, nameof(xLayout));
        Shared(dyLayout, xLayout, dy, x);
    }

    private static void Shared(BlockLayout readers, BlockLayout shared, Tensor reader, Tensor read) =>
        Require(
            readers.Rows == shared.Rows && readers.Width == shared.Width && Divides(shared.Blocks, readers.Blocks),
            $"blocks of the layouts differ, or {readers.Blocks} don't share {shared.Blocks} evenly",
            reader,
            read);

    private static void Heads(BlockLayout z, HeadLayouts heads, Sequences sequences)
    {
        var (q, k, v) = (heads.Query, heads.Key, heads.Value);
        SequenceRows(z, sequences, nameof(z));
        SequenceRows(q, sequences, nameof(q));
        SequenceRows(k, sequences, nameof(k));
        SequenceRows(v, sequences, nameof(v));
        if (q.Blocks != z.Blocks || !Divides(k.Blocks, z.Blocks) || v.Blocks != k.Blocks || q.Width != k.Width || v.Width != z.Width)
        {
            throw new ArgumentException($"the heads of q, k, v and z don't fit each other: {q}, {k}, {v}, {z}.", nameof(heads));
        }
    }

    private static bool Divides(int parts, int whole) => parts == 0 ? whole == 0 : whole % parts == 0;

    private static void Rule(AttentionRule rule)
    {
        if (!(rule.Scale > 0) || !double.IsFinite(rule.Scale) || !(rule.SoftCap >= 0) || !double.IsFinite(rule.SoftCap) || rule.Window < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(rule), rule, "The scale must be positive, cap and window at least 0, and all of them finite.");
        }
    }
}
