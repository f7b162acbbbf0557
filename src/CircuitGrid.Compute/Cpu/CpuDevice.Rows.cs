using CircuitGrid.Compute.Cpu.Simd;

namespace CircuitGrid.Compute.Cpu;

/// <content>Rows.</content>
public sealed unsafe partial class CpuDevice
{
    public void GatherRows(Tensor y, Tensor x, ReadOnlySpan<int> rows)
    {
        var columns = KernelShapes.GatherRows(y, x, rows);
        var to = Pointer(y);
        var from = Pointer(x);
        var size = (long)columns * sizeof(float);
        fixed (int* pinned = rows)
        {
            var index = pinned;
            ParallelRanges(rows.Length, columns, (first, last) =>
            {
                for (var i = first; i < last; i++)
                {
                    Buffer.MemoryCopy(from + ((long)index[i] * columns), to + (i * columns), size, size);
                }
            });
        }
    }

    // A row may be added to several times and must be in the order of i, so the threads share out the columns.
    public void ScatterAddRows(Tensor y, Tensor x, ReadOnlySpan<int> rows)
    {
        var columns = KernelShapes.ScatterAddRows(y, x, rows);
        var to = Pointer(y);
        var from = Pointer(x);
        fixed (int* pinned = rows)
        {
            var index = pinned;
            var count = rows.Length;
            ParallelColumns(columns, count, (first, last) =>
            {
                for (var i = 0; i < count; i++)
                {
                    var target = to + ((long)index[i] * columns) + first;
                    Elementwise.Map(default(Plus), target, target, from + ((long)i * columns) + first, last - first);
                }
            });
        }
    }

    public void GatherBlocks(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout, ReadOnlySpan<int> blocks)
    {
        KernelShapes.GatherBlocks(y, yLayout, x, xLayout, blocks);
        var to = Pointer(y);
        var from = Pointer(x);
        var index = blocks.ToArray();
        ParallelRanges((long)index.Length * yLayout.Rows, yLayout.Width, (first, last) =>
        {
            for (var item = first; item < last; item++)
            {
                var (i, t) = ((int)(item / yLayout.Rows), (int)(item % yLayout.Rows));
                var source = new ReadOnlySpan<float>(Attention.Rows.Of(from, xLayout, index[i], t).First, yLayout.Width);
                source.CopyTo(new Span<float>(Attention.Rows.Of(to, yLayout, i, t).First, yLayout.Width));
            }
        });
    }
}
