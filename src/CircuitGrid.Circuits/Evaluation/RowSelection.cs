using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Evaluation;

/// <summary>All rows of a batch, or those of its answers: behind the last layer's attention no other row reaches the metric.</summary>
internal sealed class RowSelection
{
    private readonly IDevice device;
    private readonly int[]? rows;

    private RowSelection(IDevice device, int[]? rows, int count)
    {
        this.device = device;
        this.rows = rows;
        Count = count;
    }

    /// <summary>Number of rows.</summary>
    public int Count { get; }

    public static RowSelection All(IDevice device, int count) => new(device, rows: null, count);

    public static RowSelection Of(IDevice device, int[] rows) => new(device, rows, rows.Length);

    /// <summary>These rows of a tensor [T, C], as [count, C]; to be disposed, whether it is a view or a copy.</summary>
    public Tensor Take(Tensor full)
    {
        if (rows is null)
        {
            return full.Slice(0, Count);
        }

        var taken = device.Allocate([Count, full.Shape[1]]);
        device.GatherRows(taken, full, rows);
        return taken;
    }

    /// <summary>These rows of each tensor of a stack [A, T, C], as [A, count, C]; to be disposed, whether it is a view or a copy.</summary>
    public Tensor TakeStacked(Tensor stack)
    {
        var (stacked, height, width) = (stack.Shape[0], stack.Shape[1], stack.Shape[2]);
        if (rows is null)
        {
            return stack.Slice(0, stacked);
        }

        var taken = device.Allocate([stacked, Count, width]);
        device.GatherRows(
            taken.Reshape(stacked * Count, width),
            stack.Reshape(stacked * height, width),
            [.. Enumerable.Range(0, stacked).SelectMany(a => rows.Select(r => (a * height) + r))]);
        return taken;
    }
}
