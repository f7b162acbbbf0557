using CircuitGrid.Compute.Cpu.Gemm;

namespace CircuitGrid.Compute.Cpu;

/// <content>
/// Matrix products. Every element is one chain of fused multiply-adds over the inner index in order, from 0, in all four transpose
/// combinations; then + bias, then + the old content.
/// </content>
public sealed unsafe partial class CpuDevice
{
    public Weight Prepare(IMatrixSource source) => new PackedWeight(this, source);

    public void Linear(Tensor y, Tensor x, Weight w, Tensor? bias = null, bool accumulate = false)
    {
        var rows = KernelShapes.Linear(y, x, w, bias);
        Multiply(y, x, new ResidentPanels(Own(w)), new ProductShape(rows, w.Outputs, w.Inputs, PackA: false, accumulate), bias);
    }

    public void LinearTransposed(Tensor y, Tensor x, Weight w, Tensor? bias = null, bool accumulate = false)
    {
        var rows = KernelShapes.LinearTransposed(y, x, w, bias);
        Multiply(y, x, new TransposedPanels(Own(w)), new ProductShape(rows, w.Inputs, w.Outputs, PackA: false, accumulate), bias);
    }

    public void GroupedLinear(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout, Weight w, ReadOnlySpan<int> firstOutputs, Tensor? bias)
    {
        KernelShapes.GroupedLinear(y, yLayout, x, xLayout, w, firstOutputs, bias);
        var products = Blocks(y, yLayout, x, xLayout);
        var biases = bias is null ? null : Pointer(bias);
        for (var g = 0; g < products.Length; g++)
        {
            products[g].FirstColumn = firstOutputs[g];
            products[g].Bias = biases == null ? null : biases + firstOutputs[g];
        }

        var shape = new ProductShape(yLayout.Rows, yLayout.Width, w.Inputs, PackA: false, Accumulate: false);
        BlockedProduct.Run(this, new ResidentPanels(Own(w)), shape, products);
    }

    public void GroupedLinearTransposed(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout, Weight w, ReadOnlySpan<int> firstOutputs)
    {
        KernelShapes.GroupedLinearTransposed(y, yLayout, x, xLayout, w, firstOutputs);
        var products = Blocks(y, yLayout, x, xLayout);
        for (var g = 0; g < products.Length; g++)
        {
            products[g].FirstInner = firstOutputs[g];
        }

        var shape = new ProductShape(yLayout.Rows, w.Inputs, xLayout.Width, PackA: false, Accumulate: false);
        BlockedProduct.Run(this, new TransposedPanels(Own(w)), shape, products);
    }

    public void MatrixProduct(Tensor c, Tensor a, bool transposeA, Tensor b, bool transposeB, bool accumulate = false)
    {
        var (rows, columns, inner) = KernelShapes.MatrixProduct(c, a, transposeA, b, transposeB);
        PanelSource panels = transposeB ? new RowPanels(Pointer(b), columns, inner) : new ColumnPanels(Pointer(b), columns);
        var product = new Product
        {
            A = Pointer(a),
            RowStride = transposeA ? 1 : inner,
            InnerStride = transposeA ? rows : 1,
            C = Pointer(c),
            TargetStride = columns,
        };
        BlockedProduct.Run(this, panels, new ProductShape(rows, columns, inner, PackA: transposeA, accumulate), [product]);
    }

    public void Contract(Tensor scores, Tensor deltas, Tensor g, Sequences sequences, bool centre)
    {
        var (sources, slots, width) = KernelShapes.Contract(scores, deltas, g, sequences);
        new ScoreContraction(this, sequences, sources, slots, width).Run(Own(scores).Pointer64, Pointer(deltas), Pointer(g), sequences, centre);
    }

    public void SourceDots(Tensor u, Tensor deltas, Tensor xhat)
    {
        var (sources, rows, points, width) = KernelShapes.SourceDots(u, deltas, xhat);
        var kernel = DotKernel.Best;
        var stride = (nint)rows * width;
        var from = Pointer(deltas);
        var points0 = Pointer(xhat);
        var to = Pointer(u);
        ParallelRanges(rows, (long)sources * points * width / DotKernel.Lanes, (first, last) =>
        {
            var lanes = stackalloc float[kernel.TileLanes];
            for (var t = (nint)first; t < last; t++)
            {
                for (var f = 0; f < sources; f += kernel.Rows)
                {
                    for (var k = 0; k < points; k += kernel.Columns)
                    {
                        var (height, columns) = (Math.Min(kernel.Rows, sources - f), Math.Min(kernel.Columns, points - k));
                        new Span<float>(lanes, kernel.TileLanes).Clear();
                        kernel.AccumulateAll(from + (f * stride) + (t * width), stride, height, points0 + (k * stride) + (t * width), stride, columns, width, lanes);
                        for (var i = 0; i < height * columns; i++)
                        {
                            var (row, column) = Math.DivRem(i, columns);
                            to[((((nint)f + row) * points) + k + column) * rows + t] = (float)DotKernel.Fold(lanes + (((row * kernel.Columns) + column) * DotKernel.Lanes));
                        }
                    }
                }
            }
        });
    }

    private static PackedWeight Own(Weight weight) => weight as PackedWeight
        ?? throw new ArgumentException($"a weight [{weight.Outputs}, {weight.Inputs}] belongs to another device.", nameof(weight));

    private static Product[] Blocks(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout)
    {
        var products = new Product[yLayout.Blocks];
        for (var g = 0; g < products.Length; g++)
        {
            products[g] = new Product
            {
                A = Pointer(x) + xLayout.Offset + ((nint)g * xLayout.BlockStride),
                RowStride = xLayout.RowStride,
                InnerStride = 1,
                C = Pointer(y) + yLayout.Offset + ((nint)g * yLayout.BlockStride),
                TargetStride = yLayout.RowStride,
            };
        }

        return products;
    }

    private void Multiply(Tensor y, Tensor x, PanelSource panels, ProductShape shape, Tensor? bias)
    {
        var product = new Product
        {
            A = Pointer(x),
            RowStride = shape.Inner,
            InnerStride = 1,
            C = Pointer(y),
            TargetStride = shape.Columns,
            Bias = bias is null ? null : Pointer(bias),
        };
        BlockedProduct.Run(this, panels, shape, [product]);
    }
}
