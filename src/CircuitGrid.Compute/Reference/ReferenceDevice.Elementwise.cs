namespace CircuitGrid.Compute.Reference;

/// <content>Elementwise kernels and rows.</content>
public sealed partial class ReferenceDevice
{
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
}
