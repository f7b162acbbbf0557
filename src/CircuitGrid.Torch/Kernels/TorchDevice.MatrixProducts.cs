using CircuitGrid.Compute;
using static TorchSharp.torch;
using Native = TorchSharp.torch.Tensor;
using Tensor = CircuitGrid.Compute.Tensor;

namespace CircuitGrid.Torch;

/// <content>Matrix products.</content>
public sealed partial class TorchDevice
{
    public void Linear(Tensor y, Tensor x, Weight w, Tensor? bias = null, bool accumulate = false)
    {
        KernelShapes.Linear(y, x, w, bias);
        var weight = Own(w);
        Run(() => Multiply(y, Matrix(x), weight.Matrix.t(), bias, accumulate));
    }

    public void LinearTransposed(Tensor y, Tensor x, Weight w, Tensor? bias = null, bool accumulate = false)
    {
        KernelShapes.LinearTransposed(y, x, w, bias);
        var weight = Own(w);
        Run(() => Multiply(y, Matrix(x), weight.Matrix, bias, accumulate));
    }

    public void GroupedLinear(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout, Weight w, ReadOnlySpan<int> firstOutputs, Tensor? bias)
    {
        KernelShapes.GroupedLinear(y, yLayout, x, xLayout, w, firstOutputs, bias);
        var weight = Own(w);
        var firsts = firstOutputs.ToArray();
        Run(() =>
        {
            var product = Blocks(x, xLayout).to(weightType).bmm(RowsOf(weight.Matrix, firsts, yLayout.Width).transpose(1, 2));
            var target = Blocks(y, yLayout);
            target.copy_(product);
            if (bias is not null)
            {
                target.add_(RowsOf(View(bias, bias.Length, 1), firsts, yLayout.Width).transpose(1, 2));
            }
        });
    }

    public void GroupedLinearTransposed(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout, Weight w, ReadOnlySpan<int> firstOutputs)
    {
        KernelShapes.GroupedLinearTransposed(y, yLayout, x, xLayout, w, firstOutputs);
        var weight = Own(w);
        var firsts = firstOutputs.ToArray();
        Run(() => Blocks(y, yLayout).copy_(Blocks(x, xLayout).to(weightType).bmm(RowsOf(weight.Matrix, firsts, xLayout.Width))));
    }

    /// <summary>Plain matrices are multiplied in float32 whatever the precision of weights.</summary>
    public void MatrixProduct(Tensor c, Tensor a, bool transposeA, Tensor b, bool transposeB, bool accumulate = false)
    {
        KernelShapes.MatrixProduct(c, a, transposeA, b, transposeB);
        Run(() =>
        {
            var left = transposeA ? Matrix(a).t() : Matrix(a);
            var right = transposeB ? Matrix(b).t() : Matrix(b);
            Matrix(c).addmm_(left, right, beta: accumulate ? 1 : 0);
        });
    }

    /// <summary>y (+)= x·w + bias. In float32 the product is written where it belongs (β = 0 ignores what was there).</summary>
    private void Multiply(Tensor y, Native x, Native w, Tensor? bias, bool accumulate)
    {
        var target = Matrix(y);
        if (weightType == ScalarType.Float32)
        {
            target.addmm_(x, w, beta: accumulate ? 1 : 0);
        }
        else if (accumulate)
        {
            target.add_(x.to(weightType).mm(w));
        }
        else
        {
            target.copy_(x.to(weightType).mm(w));
        }

        if (bias is not null)
        {
            target.add_(Flat(bias));
        }
    }

    /// <summary>Rows first … first + count − 1 of a contiguous matrix for every first: [firsts, count, columns], without a copy where the firsts are evenly spaced.</summary>
    private Native RowsOf(Native matrix, int[] firsts, int count)
    {
        var columns = matrix.shape[1];
        var step = firsts.Length > 1 ? firsts[1] - firsts[0] : 0;
        if (firsts.Length == 0 || (step >= 0 && Enumerable.Range(0, firsts.Length).All(g => firsts[g] == firsts[0] + (g * step))))
        {
            var first = firsts.Length == 0 ? 0 : firsts[0];
            return matrix.as_strided([firsts.Length, count, columns], [step * columns, columns, 1], matrix.storage_offset() + (first * columns));
        }

        int[] rows = [.. firsts.SelectMany(first => Enumerable.Range(first, count))];
        return matrix.index_select(0, Indices(rows)).view(firsts.Length, count, columns);
    }
}
