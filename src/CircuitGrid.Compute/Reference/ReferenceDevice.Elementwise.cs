namespace CircuitGrid.Compute.Reference;

/// <content>Elementwise kernels and rows.</content>
public sealed partial class ReferenceDevice
{
    /// <summary>√(2/π), the slope of GPT-2's tanh approximation of GELU at 0, doubled.</summary>
    private static readonly double SquareRootOfTwoOverPi = Math.Sqrt(2 / Math.PI);

    public void Add(Tensor y, Tensor a, Tensor b)
    {
        KernelShapes.Elementwise(y, a, b);
        var to = Elements(y);
        var left = Elements(a);
        var right = Elements(b);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = left[i] + right[i];
        }
    }

    public void Subtract(Tensor y, Tensor a, Tensor b)
    {
        KernelShapes.Elementwise(y, a, b);
        var to = Elements(y);
        var left = Elements(a);
        var right = Elements(b);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = left[i] - right[i];
        }
    }

    // y[R,D] = x[R,D] + bias[D]
    public void AddBias(Tensor y, Tensor x, Tensor bias)
    {
        var (rows, columns) = KernelShapes.RowVector(y, x, bias);
        var to = Elements(y);
        var from = Elements(x);
        var shift = Elements(bias);
        for (var i = 0; i < rows * columns; i++)
        {
            to[i] = from[i] + shift[i % columns];
        }
    }

    // y[k,…] = a + fractions[k]·(b − a)
    public void Interpolate(Tensor y, Tensor a, Tensor b, ReadOnlySpan<float> fractions)
    {
        var length = (int)KernelShapes.Interpolate(y, a, b, fractions);
        var to = Elements(y);
        var start = Elements(a);
        var end = Elements(b);
        for (var k = 0; k < fractions.Length; k++)
        {
            for (var i = 0; i < length; i++)
            {
                to[(k * length) + i] = start[i] + (fractions[k] * (end[i] - start[i]));
            }
        }
    }

    public void Activate(Tensor y, Tensor x, Activation activation)
    {
        KernelShapes.Elementwise(y, x);
        var to = Elements(y);
        var from = Elements(x);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = Activated(from[i], activation).Value;
        }
    }

    public void ActivateBackward(Tensor dx, Tensor dy, Tensor x, Activation activation)
    {
        KernelShapes.Elementwise(dx, dy, x);
        var to = Elements(dx);
        var gradient = Elements(dy);
        var from = Elements(x);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = gradient[i] * Activated(from[i], activation).Derivative;
        }
    }

    public void ActivateSecant(Tensor dx, Tensor dy, Tensor x, Activation activation)
    {
        KernelShapes.Elementwise(dx, dy, x);
        var to = Elements(dx);
        var gradient = Elements(dy);
        var from = Elements(x);
        for (var i = 0; i < to.Length; i++)
        {
            var (value, derivative) = Activated(from[i], activation);
            to[i] = gradient[i] * (from[i] == 0 ? derivative : value / from[i]);
        }
    }

    // y[i,D] = x[rows[i],D]
    public void GatherRows(Tensor y, Tensor x, ReadOnlySpan<int> rows)
    {
        var columns = KernelShapes.GatherRows(y, x, rows);
        var to = Elements(y);
        var from = Elements(x);
        for (var i = 0; i < rows.Length; i++)
        {
            from.Slice(rows[i] * columns, columns).CopyTo(to.Slice(i * columns, columns));
        }
    }

    // y_i[T,n] = x_{blocks[i]}[T,n]
    public void GatherBlocks(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout, ReadOnlySpan<int> blocks)
    {
        KernelShapes.GatherBlocks(y, yLayout, x, xLayout, blocks);
        for (var i = 0; i < blocks.Length; i++)
        {
            for (var t = 0; t < yLayout.Rows; t++)
            {
                Elements(x).Slice(xLayout.Offset + (blocks[i] * xLayout.BlockStride) + (t * xLayout.RowStride), xLayout.Width)
                    .CopyTo(Elements(y)[(yLayout.Offset + (i * yLayout.BlockStride) + (t * yLayout.RowStride))..]);
            }
        }
    }

    // y[rows[i],D] += x[i,D]
    public void ScatterAddRows(Tensor y, Tensor x, ReadOnlySpan<int> rows)
    {
        var columns = KernelShapes.ScatterAddRows(y, x, rows);
        var to = Elements(y);
        var from = Elements(x);
        for (var i = 0; i < rows.Length; i++)
        {
            for (var d = 0; d < columns; d++)
            {
                to[(rows[i] * columns) + d] += from[(i * columns) + d];
            }
        }
    }

    private static (double Value, double Derivative) Activated(double x, Activation activation)
    {
        switch (activation)
        {
            case Activation.Gelu:
                var cumulative = 0.5 * ErrorFunction.Complement(-x / Math.Sqrt(2));
                var density = Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI);
                return (x * cumulative, cumulative + (x * density));
            case Activation.GeluTanh:
                var tanh = Math.Tanh(SquareRootOfTwoOverPi * (x + (0.044715 * x * x * x)));
                var slope = SquareRootOfTwoOverPi * (1 + (3 * 0.044715 * x * x));
                return (0.5 * x * (1 + tanh), (0.5 * (1 + tanh)) + (0.5 * x * (1 - (tanh * tanh)) * slope));
            case Activation.Relu:
                return x <= 0 ? (0, 0) : (x, 1);
            default:
                throw new ArgumentOutOfRangeException(nameof(activation), activation, "Unknown activation.");
        }
    }
}
