using System.Runtime.InteropServices;
using CircuitGrid.Models.Architectures.Weights;

namespace CircuitGrid.Models.Tests.Architectures;

/// <summary>A folded LayerNorm against its definition, however the rows are asked for.</summary>
public sealed class FoldedMatrixTests
{
    [Theory]
    [InlineData(300, 512)]
    [InlineData(70, 1000)]
    [InlineData(3, 33)]
    [InlineData(1, 70_000)]
    public unsafe void CopyRows_AllAtOnceOrARowAtATime_IsTheDefinition(int rows, int columns)
    {
        var random = new Random(rows);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble() - 0.5f)];
        var (weights, gamma, beta, bias) = (Values(rows * columns), Values(columns), Values(columns), Values(rows));
        FoldedMatrix Matrix() => new((first, to) => weights.AsSpan(first * columns, to.Length).CopyTo(to), rows, columns, gamma, beta, [.. bias]);

        var byRow = Matrix();
        var expected = new float[rows * columns];
        for (var r = 0; r < rows; r++)
        {
            byRow.CopyRows(r, expected.AsSpan(r * columns, columns));
            var shift = Enumerable.Range(0, columns).Sum(c => (double)weights[(r * columns) + c] * beta[c]);
            Assert.Equal(bias[r] + shift, byRow.Bias[r], 1e-6 * columns);
        }

        Assert.Equal(weights.Select((w, i) => w * gamma[i % columns]), expected);

        // at a cache line, as on a device, and one element beside it
        var memory = (float*)NativeMemory.AlignedAlloc((nuint)((rows * columns) + 1) * sizeof(float), 64);
        try
        {
            for (var offset = 0; offset < 2; offset++)
            {
                var whole = Matrix();
                var actual = new Span<float>(memory + offset, rows * columns);
                whole.CopyRows(0, actual);
                Assert.True(MemoryMarshal.AsBytes(expected.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(actual)));
                Assert.Equal(byRow.Bias.Select(BitConverter.SingleToInt32Bits), whole.Bias.Select(BitConverter.SingleToInt32Bits));
            }
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }
}
