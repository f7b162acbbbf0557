using CircuitGrid.Compute.Cpu.Gemm;

namespace CircuitGrid.Compute.Tests.Gemm;

public sealed unsafe class DotKernelTests
{
    private static DotKernel[] Kernels => [new DotKernel512(), new DotKernel256(), new DotKernel128()];

    [Fact]
    public void AccumulateAll_AnyTile_FoldsToThePlainLanes()
    {
        foreach (var kernel in Kernels)
        {
            for (var rows = 1; rows <= kernel.Rows; rows++)
            {
                for (var columns = 1; columns <= kernel.Columns; columns++)
                {
                    foreach (var length in (int[])[1, 15, 16, 17, 50])
                    {
                        Check(kernel, rows, columns, length);
                    }
                }
            }
        }
    }

    [Fact]
    public void AccumulateAll_InTwoRuns_IsTheSameAsInOne()
    {
        var a = PlainProduct.Values(100, 1);
        var b = PlainProduct.Values(100, 2);
        foreach (var kernel in Kernels)
        {
            var lanes = new float[kernel.TileLanes];
            fixed (float* pa = a, pb = b, pl = lanes)
            {
                kernel.AccumulateAll(pa, 0, 1, pb, 0, 1, 48, pl);
                kernel.AccumulateAll(pa + 48, 0, 1, pb + 48, 0, 1, 52, pl);
                Assert.Equal(PlainProduct.Lanes(100, i => a[i], i => b[i]), DotKernel.Fold(pl));
            }
        }
    }

    [Fact]
    public void AccumulateAll_NotANumberBehindTheEnd_DoesNotLeakIn()
    {
        var a = PlainProduct.Values(32, 1);
        var b = PlainProduct.Values(32, 2);
        a.AsSpan(20).Fill(float.NaN);
        foreach (var kernel in Kernels)
        {
            var lanes = new float[kernel.TileLanes];
            fixed (float* pa = a, pb = b, pl = lanes)
            {
                kernel.AccumulateAll(pa, 0, 1, pb, 0, 1, 20, pl);
                Assert.Equal(PlainProduct.Lanes(20, i => a[i], i => b[i]), DotKernel.Fold(pl));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(37)]
    [InlineData(512)]
    public void Mean_AnyLength_IsTheMean(int length)
    {
        var x = PlainProduct.Values(length, 4);
        fixed (float* p = x)
        {
            Assert.Equal(x.Average(v => (double)v), DotKernel.Mean(p, length), 1e-7);
        }
    }

    private static void Check(DotKernel kernel, int rows, int columns, int length)
    {
        const int stride = 61;
        var a = PlainProduct.Values(rows * stride, 1);
        var b = PlainProduct.Values(columns * stride, 2);
        var lanes = new float[kernel.TileLanes];
        fixed (float* pa = a, pb = b, pl = lanes)
        {
            kernel.AccumulateAll(pa, stride, rows, pb, stride, columns, length, pl);
            for (var r = 0; r < rows; r++)
            {
                for (var c = 0; c < columns; c++)
                {
                    var (row, column) = (r * stride, c * stride);
                    Assert.Equal(PlainProduct.Lanes(length, i => a[row + i], i => b[column + i]), DotKernel.Fold(pl + (((r * kernel.Columns) + c) * 16)));
                }
            }
        }
    }
}
