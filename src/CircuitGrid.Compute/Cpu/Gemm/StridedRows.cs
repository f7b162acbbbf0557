using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CircuitGrid.Compute.Cpu.Gemm;

/// <summary>Lays out a left operand whose rows are neighbours in memory (A = Mᵀ) tile after tile, each [k][rows of the tile].</summary>
internal static unsafe class StridedRows
{
    /// <summary>Elements that may be written after the last one.</summary>
    public const int Slack = 16;

    /// <summary>
    /// The tile of h rows from row r on begins at to + r·<paramref name="count"/>, element (i, k) of it at k·h + i.
    /// Reads at most three elements after the last row.
    /// </summary>
    /// <param name="from">Element (r, k) is at r + k·<paramref name="innerStride"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(MicroKernel kernel, int rows, int count, float* from, nint innerStride, float* to)
    {
        for (var row = 0; row < rows;)
        {
            var height = kernel.NextRows(rows - row);
            var source = from + row;
            for (var k = 0; k < count; k++)
            {
                // The last of the quads spills over into what is written next.
                for (var i = 0; i < height; i += 4)
                {
                    Vector128.Load(source + i).Store(to + i);
                }

                source += innerStride;
                to += height;
            }

            row += height;
        }
    }
}
