using CircuitGrid.Compute.Cpu.Gemm;

namespace CircuitGrid.Compute.Tests.Gemm;

/// <summary>Every kernel runs on every machine (in software where it must), so all of them are compared here with one scalar chain.</summary>
public sealed unsafe class MicroKernelTests
{
    private const float Untouched = -12345.5f;

    private static MicroKernel[] Kernels => [new MicroKernel512(), new MicroKernel256(), new MicroKernel128()];

    [Fact]
    public void Multiply_AnyTile_IsTheScalarChainAndTouchesNothingElse()
    {
        foreach (var kernel in Kernels)
        {
            for (var remaining = 1; remaining <= kernel.Rows + 1; remaining++)
            {
                foreach (var inner in (int[])[0, 1, 2, 7, 33])
                {
                    foreach (var (continues, transposed) in ((bool, bool)[])[(false, false), (true, false), (false, true), (true, true)])
                    {
                        Check(kernel, kernel.NextRows(remaining), inner, continues, transposed);
                    }
                }
            }
        }
    }

    [Fact]
    public void NextRows_RepeatedlyTaken_UsesUpTheRows()
    {
        foreach (var kernel in Kernels)
        {
            for (var rows = 1; rows < 40; rows++)
            {
                var remaining = rows;
                while (remaining > 0)
                {
                    var next = kernel.NextRows(remaining);
                    Assert.InRange(next, 1, Math.Min(remaining, kernel.Rows));
                    remaining -= next;
                }
            }
        }
    }

    private static void Check(MicroKernel kernel, int rows, int inner, bool continues, bool transposed)
    {
        var (rowStride, innerStride) = transposed ? (1, rows + 3) : (inner + 5, 1);
        var a = PlainProduct.Values((rows + 3) * (inner + 5), 1);
        var panelStride = (inner + 2) * MicroKernel.PanelWidth;
        var b = PlainProduct.Values((2 * panelStride) + 16, 2);
        var source = PlainProduct.Values(kernel.Rows * kernel.Columns, 3);
        var targetStride = kernel.Columns + 3;
        var target = new float[(kernel.Rows + 1) * targetStride];
        Array.Fill(target, Untouched);
        fixed (float* pa = a, pb = b, ps = source, pt = target)
        {
            kernel.Multiply(rows, inner, pa, rowStride, innerStride, pb, panelStride, continues ? ps : null, pt, targetStride);
        }

        for (var i = 0; i < target.Length; i++)
        {
            var (r, n) = (i / targetStride, i % targetStride);
            var expected = Untouched;
            if (r < rows && n < kernel.Columns)
            {
                expected = continues ? source[(r * kernel.Columns) + n] : 0;
                for (var k = 0; k < inner; k++)
                {
                    expected = MathF.FusedMultiplyAdd(a[(r * rowStride) + (k * innerStride)], b[(n / 16 * panelStride) + (k * 16) + (n % 16)], expected);
                }
            }

            Assert.Equal(expected, target[i]);
        }
    }
}
