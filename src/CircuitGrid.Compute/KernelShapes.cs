using System.Collections.Immutable;

namespace CircuitGrid.Compute;

/// <summary>
/// The shapes every kernel of <see cref="IDevice"/> demands of its arguments, checked the same way on every device. Row-wise kernels see
/// a tensor as [<see cref="Tensor.Rows"/>, <see cref="Tensor.Columns"/>], so leading axes may be split or merged freely.
/// Each method throws <see cref="ArgumentException"/> where something doesn't fit and returns the extents the kernel loops over.
/// </summary>
public static partial class KernelShapes
{
    /// <summary>A tensor's shape: at least one axis, no negative extent.</summary>
    public static ImmutableArray<int> Shape(ReadOnlySpan<int> shape)
    {
        ArgumentOutOfRangeException.ThrowIfZero(shape.Length, nameof(shape));
        foreach (var extent in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(extent, nameof(shape));
        }

        return [.. shape];
    }

    /// <summary>Extents of a linear map: R rows of <paramref name="columns"/> to <paramref name="results"/>.</summary>
    private static int LinearMap(Tensor y, Tensor x, int columns, int results, Tensor? bias)
    {
        Require(x.Columns == columns && y.Columns == results && x.Rows == y.Rows, "x and y don't fit the weight", y, x);
        Float32(y, x);
        if (bias is not null)
        {
            Vector(bias, results, nameof(bias));
        }

        return y.Rows;
    }

    /// <summary>R of <see cref="IDevice.Linear"/>.</summary>
    public static int Linear(Tensor y, Tensor x, Weight w, Tensor? bias) => LinearMap(y, x, w.Inputs, w.Outputs, bias);

    /// <summary>R of <see cref="IDevice.LinearTransposed"/>.</summary>
    public static int LinearTransposed(Tensor y, Tensor x, Weight w, Tensor? bias) => LinearMap(y, x, w.Outputs, w.Inputs, bias);

    /// <summary>Checks <see cref="IDevice.GroupedLinear"/>.</summary>
    public static void GroupedLinear(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout, Weight w, ReadOnlySpan<int> firstOutputs, Tensor? bias)
    {
        Grouped(y, yLayout, x, xLayout, w, yLayout.Width, xLayout.Width, firstOutputs);
        if (bias is not null)
        {
            Vector(bias, w.Outputs, nameof(bias));
        }
    }

    /// <summary>Checks <see cref="IDevice.GroupedLinearTransposed"/>.</summary>
    public static void GroupedLinearTransposed(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout, Weight w, ReadOnlySpan<int> firstOutputs) =>
        Grouped(y, yLayout, x, xLayout, w, xLayout.Width, yLayout.Width, firstOutputs);

    /// <summary>M, N and K of <see cref="IDevice.MatrixProduct"/>.</summary>
    public static (int Rows, int Columns, int Inner) MatrixProduct(Tensor c, Tensor a, bool transposeA, Tensor b, bool transposeB)
    {
        Float32(c, a, b);
        var (rows, inner) = transposeA ? (a.Columns, a.Rows) : (a.Rows, a.Columns);
        var (otherInner, columns) = transposeB ? (b.Columns, b.Rows) : (b.Rows, b.Columns);
        Require(inner == otherInner && c.Rows == rows && c.Columns == columns, "matrices don't fit each other", c, a, b);
        return (rows, columns, inner);
    }

    /// <summary>Checks that <paramref name="count"/> values are exactly a tensor's elements.</summary>
    public static void Transfer(Tensor tensor, int count) => Require(tensor.Length == count, $"doesn't have {count} elements", tensor);

    /// <summary>Checks a float32 tensor that takes a whole matrix.</summary>
    public static void Upload(Tensor tensor, IMatrixSource source)
    {
        Float32(tensor);
        Require(tensor.Rows == source.Rows && tensor.Columns == source.Columns, $"isn't [{source.Rows}, {source.Columns}]", tensor);
    }

    /// <summary>Elements of <see cref="IDevice.Copy"/>.</summary>
    public static long Copy(Tensor destination, Tensor source)
    {
        Require(destination.Length == source.Length && destination.ElementType == source.ElementType, "lengths or element types differ", destination, source);
        return source.Length;
    }

    /// <summary>Checks that tensors are float32 and of one length; returns that length.</summary>
    public static long Elementwise(Tensor y, Tensor a, Tensor? b = null)
    {
        Float32(y, a);
        Require(y.Length == a.Length, "lengths differ", y, a);
        if (b is not null)
        {
            Float32(b);
            Require(y.Length == b.Length, "lengths differ", y, b);
        }

        return y.Length;
    }

    /// <summary>R and D of a kernel that uses one or two vectors on every row: <see cref="IDevice.AddBias"/>, <see cref="IDevice.Affine"/>…</summary>
    public static (int Rows, int Columns) RowVector(Tensor y, Tensor x, Tensor vector, Tensor? second = null)
    {
        Float32(y, x);
        Require(y.Columns == x.Columns && y.Rows == x.Rows, "shapes differ", y, x);
        Vector(vector, x.Columns, nameof(vector));
        if (second is not null)
        {
            Vector(second, x.Columns, nameof(second));
        }

        return (x.Rows, x.Columns);
    }

    /// <summary>Elements of one point of <see cref="IDevice.Interpolate"/>.</summary>
    public static long Interpolate(Tensor y, Tensor a, Tensor b, ReadOnlySpan<float> fractions)
    {
        Float32(y, a, b);
        Require(a.Length == b.Length && y.Length == a.Length * fractions.Length, $"y isn't {fractions.Length} times a and b", y, a, b);
        return a.Length;
    }

    /// <summary>D of <see cref="IDevice.GatherRows"/>.</summary>
    public static int GatherRows(Tensor y, Tensor x, ReadOnlySpan<int> rows)
    {
        Float32(y, x);
        Require(y.Columns == x.Columns && y.Rows == rows.Length, $"y doesn't hold {rows.Length} rows of x", y, x);
        Indices(rows, x.Rows, nameof(rows));
        return x.Columns;
    }

    /// <summary>D of <see cref="IDevice.ScatterAddRows"/>.</summary>
    public static int ScatterAddRows(Tensor y, Tensor x, ReadOnlySpan<int> rows)
    {
        Float32(y, x);
        Require(y.Columns == x.Columns && x.Rows == rows.Length, $"x doesn't hold {rows.Length} rows of y", y, x);
        Indices(rows, y.Rows, nameof(rows));
        return x.Columns;
    }

    private static void Grouped(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout, Weight w, int outputs, int inputs, ReadOnlySpan<int> firstOutputs)
    {
        Float32(y, x);
        Layout(y, yLayout, nameof(yLayout));
        Layout(x, xLayout, nameof(xLayout));
        Require(yLayout.Blocks == xLayout.Blocks && yLayout.Rows == xLayout.Rows && firstOutputs.Length == yLayout.Blocks, "blocks or rows of the layouts differ", y, x);
        Require(inputs == w.Inputs, $"blocks of width {inputs} don't fit a weight of {w.Inputs} inputs", y, x);
        Indices(firstOutputs, w.Outputs - outputs + 1, nameof(firstOutputs));
    }

    /// <summary>Checks <see cref="IDevice.GatherBlocks"/>.</summary>
    public static void GatherBlocks(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout, ReadOnlySpan<int> blocks)
    {
        Float32(y, x);
        Layout(y, yLayout, nameof(yLayout));
        Layout(x, xLayout, nameof(xLayout));
        Require(yLayout.Rows == xLayout.Rows && yLayout.Width == xLayout.Width && blocks.Length == yLayout.Blocks, "blocks of the layouts differ", y, x);
        Indices(blocks, xLayout.Blocks, nameof(blocks));
    }
}
