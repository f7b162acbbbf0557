namespace CircuitGrid.Compute.Reference;

/// <content>Matrix products.</content>
public sealed partial class ReferenceDevice
{
    // y[R,out] = x[R,in]·W[out,in]ᵀ + bias[out]
    public void Linear(Tensor y, Tensor x, Weight w, Tensor? bias = null, bool accumulate = false)
    {
        var rows = KernelShapes.Linear(y, x, w, bias);
        var to = Elements(y);
        var from = Elements(x);
        var weight = Elements(w);
        for (var r = 0; r < rows; r++)
        {
            for (var o = 0; o < w.Outputs; o++)
            {
                var sum = bias is null ? 0 : Elements(bias)[o];
                for (var i = 0; i < w.Inputs; i++)
                {
                    sum += from[(r * w.Inputs) + i] * weight[o, i];
                }

                Store(ref to[(r * w.Outputs) + o], sum, accumulate);
            }
        }
    }

    // y[R,in] = x[R,out]·W[out,in] + bias[in]
    public void LinearTransposed(Tensor y, Tensor x, Weight w, Tensor? bias = null, bool accumulate = false)
    {
        var rows = KernelShapes.LinearTransposed(y, x, w, bias);
        var to = Elements(y);
        var from = Elements(x);
        var weight = Elements(w);
        for (var r = 0; r < rows; r++)
        {
            for (var i = 0; i < w.Inputs; i++)
            {
                var sum = bias is null ? 0 : Elements(bias)[i];
                for (var o = 0; o < w.Outputs; o++)
                {
                    sum += from[(r * w.Outputs) + o] * weight[o, i];
                }

                Store(ref to[(r * w.Inputs) + i], sum, accumulate);
            }
        }
    }

    // y_g[T,n] = x_g[T,in]·W[firstOutput_g…,in]ᵀ + bias[firstOutput_g…]
    public void GroupedLinear(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout, Weight w, ReadOnlySpan<int> firstOutputs, Tensor? bias)
    {
        KernelShapes.GroupedLinear(y, yLayout, x, xLayout, w, firstOutputs, bias);
        var to = Elements(y);
        var from = Elements(x);
        var weight = Elements(w);
        for (var g = 0; g < yLayout.Blocks; g++)
        {
            for (var t = 0; t < yLayout.Rows; t++)
            {
                for (var n = 0; n < yLayout.Width; n++)
                {
                    var output = firstOutputs[g] + n;
                    var sum = bias is null ? 0 : Elements(bias)[output];
                    for (var i = 0; i < w.Inputs; i++)
                    {
                        sum += from[At(xLayout, g, t) + i] * weight[output, i];
                    }

                    to[At(yLayout, g, t) + n] = sum;
                }
            }
        }
    }

    // y_g[T,in] = x_g[T,n]·W[firstOutput_g…+n,in]
    public void GroupedLinearTransposed(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout, Weight w, ReadOnlySpan<int> firstOutputs)
    {
        KernelShapes.GroupedLinearTransposed(y, yLayout, x, xLayout, w, firstOutputs);
        var to = Elements(y);
        var from = Elements(x);
        var weight = Elements(w);
        for (var g = 0; g < yLayout.Blocks; g++)
        {
            for (var t = 0; t < yLayout.Rows; t++)
            {
                for (var i = 0; i < w.Inputs; i++)
                {
                    var sum = 0.0;
                    for (var n = 0; n < xLayout.Width; n++)
                    {
                        sum += from[At(xLayout, g, t) + n] * weight[firstOutputs[g] + n, i];
                    }

                    to[At(yLayout, g, t) + i] = sum;
                }
            }
        }
    }

    // c[M,N] = a[M,K]·b[K,N], where a may be stored as [K,M] and b as [N,K]
    public void MatrixProduct(Tensor c, Tensor a, bool transposeA, Tensor b, bool transposeB, bool accumulate = false)
    {
        var (rows, columns, inner) = KernelShapes.MatrixProduct(c, a, transposeA, b, transposeB);
        var to = Elements(c);
        var left = Elements(a);
        var right = Elements(b);
        for (var m = 0; m < rows; m++)
        {
            for (var n = 0; n < columns; n++)
            {
                var sum = 0.0;
                for (var k = 0; k < inner; k++)
                {
                    sum += left[transposeA ? (k * rows) + m : (m * inner) + k] * right[transposeB ? (n * inner) + k : (k * columns) + n];
                }

                Store(ref to[(m * columns) + n], sum, accumulate);
            }
        }
    }

    private static void Store(ref double to, double value, bool accumulate) => to = accumulate ? to + value : value;
}
