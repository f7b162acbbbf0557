using System.Runtime.CompilerServices;

namespace CircuitGrid.Compute;

/// <content>Answers, attribution, evaluation and training, and the checks all families share.</content>
public static partial class KernelShapes
{
    /// <summary>N and V of <see cref="IDevice.Measure"/>.</summary>
    public static (int Examples, int Vocabulary) Measure(Tensor metric, Tensor? dlogits, Tensor logits, Answers answers)
    {
        Float32(logits);
        Require(logits.Rows == answers.Count, $"logits don't have {answers.Count} rows", logits);
        Vector(metric, answers.Count, nameof(metric));
        if (dlogits is not null)
        {
            Elementwise(dlogits, logits);
        }

        Require(answers.Incorrect.Length == answers.Count, "there are as many lists of incorrect as of correct answers", logits);
        if (answers.Metric == MetricKind.Divergence)
        {
            Require(answers.CleanLogits is not null, "a divergence needs the clean run's logits", logits);
            Float32(answers.CleanLogits!);
            Require(
                answers.CleanLogits!.Columns == logits.Columns && answers.CleanLogits.Rows > 0 && answers.Count % answers.CleanLogits.Rows == 0,
                "the clean run's logits aren't those of some of the rows",
                logits,
                answers.CleanLogits);
            return (answers.Count, logits.Columns);
        }

        for (var i = 0; i < answers.Count; i++)
        {
            var (lacksCorrect, lacksIncorrect) = (answers.Correct[i].IsDefaultOrEmpty, answers.Incorrect[i].IsDefaultOrEmpty);
            var lacks = answers.Metric switch
            {
                MetricKind.LogProbability => lacksCorrect,
                MetricKind.LogProbabilityDifference => lacksCorrect && lacksIncorrect,
                _ => lacksCorrect || lacksIncorrect,
            };
            Require(!lacks, $"row {i} lacks answers", logits);
            Indices(answers.Correct[i].AsSpan(), logits.Columns, nameof(answers));
            Indices(answers.Incorrect[i].AsSpan(), logits.Columns, nameof(answers));
        }

        return (answers.Count, logits.Columns);
    }

    /// <summary>T and W of <see cref="IDevice.AccumulateScaled"/>.</summary>
    public static (int Rows, int Width) AccumulateScaled(Tensor accumulator, Tensor x, Tensor scale, ReadOnlySpan<float> weights)
    {
        Float32(accumulator, x);
        Require(x.Columns == accumulator.Columns && x.Rows == (long)weights.Length * accumulator.Rows, $"x isn't {weights.Length} times the accumulator", x, accumulator);
        Vector(scale, x.Rows, nameof(scale));
        return (accumulator.Rows, accumulator.Columns);
    }

    /// <summary>R, G and n of <see cref="IDevice.SlotDots"/>.</summary>
    public static (int Rows, int Blocks, int Width) SlotDots(Tensor c, Tensor dy, Tensor y, Tensor bias, Tensor scale, ReadOnlySpan<int> blockOf)
    {
        Float32(c, dy, y);
        Require(dy.Rows == y.Rows && c.Rows == y.Rows, "rows differ", c, dy, y);
        Require(c.Columns > 0 && dy.Columns % c.Columns == 0, "dy's columns don't divide into c's blocks", c, dy);
        var width = dy.Columns / c.Columns;
        if (blockOf.IsEmpty)
        {
            Require(dy.Columns == y.Columns, "columns differ", dy, y);
        }
        else
        {
            Require(blockOf.Length == c.Columns && width > 0 && y.Columns % width == 0, $"y's columns don't divide into blocks of {width}, or {blockOf.Length} of them aren't c's", c, y);
            Indices(blockOf, y.Columns / width, nameof(blockOf));
        }

        Vector(bias, y.Columns, nameof(bias));
        Vector(scale, y.Rows, nameof(scale));
        return (y.Rows, c.Columns, width);
    }

    /// <summary>F, T, K and D of <see cref="IDevice.SourceDots"/>.</summary>
    public static (int Sources, int Rows, int Points, int Width) SourceDots(Tensor u, Tensor deltas, Tensor xhat)
    {
        Float32(u, deltas, xhat);
        Require(deltas.Columns == xhat.Columns && u.Columns == xhat.Rows, "columns differ", u, deltas, xhat);
        var rows = Divide(deltas.Rows, u.Rows, deltas);
        return (u.Rows, rows, Divide(xhat.Rows, rows, xhat), xhat.Columns);
    }

    /// <summary>F and S of <see cref="IDevice.SubtractProjections"/>.</summary>
    public static (int Sources, int Slots) SubtractProjections(Tensor scores, Tensor u, Tensor c, Sequences sequences, ReadOnlySpan<float> weights, int width)
    {
        Float32(u, c);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        Require(u.Columns == c.Rows && c.Rows == (long)weights.Length * sequences.Rows, $"u and c aren't of {weights.Length} points of {sequences.Rows} rows", u, c);
        Scores(scores, sequences.Count, u.Rows, c.Columns);
        return (u.Rows, c.Columns);
    }

    /// <summary>S, T and D of <see cref="IDevice.SubtractAlong"/>.</summary>
    public static (int Slots, int Rows, int Width) SubtractAlong(Tensor g, Tensor xhat, Tensor c, ReadOnlySpan<float> weights)
    {
        Float32(g, xhat, c);
        Require(g.Shape.Length == 3, "g isn't [S, T, D]", g, g);
        Require(xhat.Columns == g.Shape[2] && xhat.Rows == (long)weights.Length * g.Shape[1], $"xhat isn't of {weights.Length} points of g's rows", g, xhat);
        Require(c.Columns == g.Shape[0] && c.Rows == xhat.Rows, "c isn't of xhat's rows and g's slots", xhat, c);
        return (g.Shape[0], g.Shape[1], g.Shape[2]);
    }

    /// <summary>F, S and D of <see cref="IDevice.Contract"/>.</summary>
    public static (int Sources, int Slots, int Width) Contract(Tensor scores, Tensor deltas, Tensor g, Sequences sequences)
    {
        Float32(deltas, g);
        Require(deltas.Columns == g.Columns, "columns differ", deltas, g);
        var sources = Divide(deltas.Rows, sequences.Rows, deltas);
        var slots = Divide(g.Rows, sequences.Rows, g);
        Scores(scores, sequences.Count, sources, slots);
        return (sources, slots, g.Columns);
    }

    /// <summary>Elements of one entry of the first axis of <see cref="IDevice.SumBlocks"/>.</summary>
    public static long SumBlocks(Tensor blocks, Tensor scores, ReadOnlySpan<int> blockOf)
    {
        Float64(blocks, scores);
        Require(scores.Shape[0] == blockOf.Length, $"scores aren't of {blockOf.Length} examples", scores);
        Indices(blockOf, blocks.Shape[0], nameof(blockOf));
        var elements = blockOf.Length == 0 ? 0 : scores.Length / blockOf.Length;
        Require(blocks.Length == elements * blocks.Shape[0] || blockOf.Length == 0, "blocks and examples differ in size", blocks, scores);
        return elements;
    }

    /// <summary>T, F and D of <see cref="IDevice.Mix"/>.</summary>
    public static (int Rows, int Sources, int Width) Mix(Tensor y, Tensor baseline, Tensor deltas, SparseRows terms)
    {
        Float32(y, baseline, deltas);
        Require(y.Columns == baseline.Columns && deltas.Columns == baseline.Columns && y.Rows == (long)terms.Count * baseline.Rows, $"y isn't {terms.Count} times the baseline", y, baseline, deltas);
        var sources = Divide(deltas.Rows, baseline.Rows, deltas);
        Indices(terms.Columns.AsSpan(), sources, nameof(terms));
        for (var s = 0; s < terms.Count; s++)
        {
            Require(terms.Offsets[s] >= 0 && terms.Offsets[s] <= terms.Offsets[s + 1] && terms.Offsets[s + 1] <= terms.Columns.Length, $"offsets of row {s} don't ascend", y);
        }

        return (baseline.Rows, sources, baseline.Columns);
    }

    /// <summary>R and D of <see cref="IDevice.SumRows"/>.</summary>
    public static (int Rows, int Columns) SumRows(Tensor sums, Tensor x, Tensor? y)
    {
        Float32(x);
        Vector(sums, x.Columns, nameof(sums));
        if (y is not null)
        {
            Elementwise(x, y);
        }

        return (x.Rows, x.Columns);
    }

    /// <summary>R and V of <see cref="IDevice.CrossEntropy"/>.</summary>
    public static (int Rows, int Vocabulary) CrossEntropy(Tensor loss, Tensor? dlogits, Tensor logits, ReadOnlySpan<int> targets)
    {
        Float32(logits);
        Vector(loss, logits.Rows, nameof(loss));
        Require(targets.Length == logits.Rows, $"there are {targets.Length} targets", logits);
        if (dlogits is not null)
        {
            Elementwise(dlogits, logits);
        }

        foreach (var target in targets)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(target, logits.Columns, nameof(targets));
        }

        return (logits.Rows, logits.Columns);
    }

    /// <summary>Elements of <see cref="IDevice.AdamW"/>.</summary>
    public static long AdamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, in AdamWStep step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step.Step, 1, nameof(step));
        Elementwise(firstMoment, secondMoment);
        return Elementwise(parameter, gradient, firstMoment);
    }

    /// <summary>Checks that every element of <paramref name="layout"/> lies in <paramref name="tensor"/>.</summary>
    public static void Layout(Tensor tensor, BlockLayout layout, string name)
    {
        var last = layout.Offset
            + (Math.Max(layout.Blocks - 1L, 0) * layout.BlockStride)
            + (Math.Max(layout.Rows - 1L, 0) * layout.RowStride)
            + layout.Width;
        if (layout.Blocks < 0 || layout.Rows < 0 || layout.Width < 0 || layout.Offset < 0 || layout.BlockStride < 0 || layout.RowStride < 0 || last > tensor.Length)
        {
            throw new ArgumentException($"{layout} reaches beyond {tensor}.", name);
        }
    }

    /// <summary>Checks that <paramref name="tensor"/> is float32 and has <paramref name="length"/> elements.</summary>
    public static void Vector(Tensor tensor, int length, string name)
    {
        Float32(tensor);
        if (tensor.Length != length)
        {
            throw new ArgumentException($"{tensor} should have {length} elements.", name);
        }
    }

    /// <summary>Checks that every index is at least 0 and below <paramref name="limit"/>.</summary>
    public static void Indices(ReadOnlySpan<int> indices, int limit, string name)
    {
        foreach (var index in indices)
        {
            if ((uint)index >= (uint)Math.Max(limit, 0))
            {
                throw new ArgumentOutOfRangeException(name, index, $"An index must be at least 0 and below {limit}.");
            }
        }
    }

    private static void Scores(Tensor scores, int examples, int sources, int slots)
    {
        Float64(scores);
        Require(scores.Length == (long)examples * sources * slots, $"scores aren't [{examples}, {sources}, {slots}]", scores);
    }

    private static void SequenceRows(BlockLayout layout, Sequences sequences, string name)
    {
        if (layout.Rows != sequences.Rows)
        {
            throw new ArgumentException($"{layout} doesn't have the sequences' {sequences.Rows} rows.", name);
        }
    }

    private static int Divide(int rows, int parts, Tensor tensor)
    {
        if (parts == 0)
        {
            Require(rows == 0, "has rows where there should be none", tensor);
            return 0;
        }

        Require(rows % parts == 0, $"rows don't divide into {parts}", tensor);
        return rows / parts;
    }

    private static void Float32(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            Require(tensor.ElementType == ElementType.Float32, "must be float32", tensor);
        }
    }

    private static void Float64(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            Require(tensor.ElementType == ElementType.Float64, "must be float64", tensor);
        }
    }

    private static void Require(bool holds, string complaint, params ReadOnlySpan<Tensor> tensors)
    {
        if (!holds)
        {
            throw new ArgumentException($"{string.Join(", ", tensors.ToArray().Select(t => t.ToString()))}: {complaint}.");
        }
    }

    private static void Require(bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] Complaint complaint, params ReadOnlySpan<Tensor> tensors)
    {
        if (!holds)
        {
            Require(holds, complaint.Finish(), tensors);
        }
    }
}
