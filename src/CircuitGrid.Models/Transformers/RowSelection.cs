using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <summary>All rows of a batch, or those of its answers: behind the last layer's attention no other row reaches the metric.</summary>
internal sealed class RowSelection
{
    private readonly IDevice device;
    private readonly int[]? rows;
    private readonly int height;

    private RowSelection(IDevice device, int[]? rows, int height)
    {
        this.device = device;
        this.rows = rows;
        this.height = height;
    }

    public bool IsAll => rows is null;

    /// <summary>Number of rows.</summary>
    public int Count => rows?.Length ?? height;

    /// <summary>All T rows of a batch.</summary>
    public static RowSelection All(IDevice device, int height) => new(device, rows: null, height);

    /// <summary>Some of the T rows of a batch.</summary>
    public static RowSelection Of(IDevice device, int[] rows, int height) => new(device, rows, height);

    /// <summary>These rows of a tensor [T, C], as [count, C]; to be disposed, whether it is a view or a copy.</summary>
    public Tensor Take(Tensor full)
    {
        if (rows is null)
        {
            return full.Slice(0, Count);
        }

        var taken = device.Allocate([Count, full.Columns]);
        device.GatherRows(taken, full, rows);
        return taken;
    }

    /// <summary>These rows of each tensor of a stack [A, T, C], as [A, count, C]; to be disposed, whether it is a view or a copy.</summary>
    public Tensor TakeStacked(Tensor stack)
    {
        var (stacked, columns) = (stack.Shape[0], stack.Shape[2]);
        if (rows is null)
        {
            return stack.Slice(0, stacked);
        }

        var taken = device.Allocate([stacked, Count, columns]);
        device.GatherRows(
            taken.Reshape(stacked * Count, columns),
            stack.Reshape(stacked * height, columns),
            [.. Enumerable.Range(0, stacked).SelectMany(a => rows.Select(r => (a * height) + r))]);
        return taken;
    }

    /// <summary>A tensor [T, C] with these rows from [count, C] and zero in all others; to be disposed, whether it is a view or a copy.</summary>
    public Tensor Spread(Tensor taken)
    {
        if (rows is null)
        {
            return taken.Slice(0, Count);
        }

        var full = device.Allocate([height, taken.Columns]);
        device.Fill(full, 0);
        device.ScatterAddRows(full, taken, rows);
        return full;
    }

    /// <summary><see cref="Take"/> for a tensor that the caller gives up.</summary>
    public Tensor Narrow(Tensor full)
    {
        if (rows is null)
        {
            return full;
        }

        using (full)
        {
            return Take(full);
        }
    }

    /// <summary><see cref="Spread"/> for a tensor that the caller gives up.</summary>
    public Tensor Widen(Tensor taken)
    {
        if (rows is null)
        {
            return taken;
        }

        using (taken)
        {
            return Spread(taken);
        }
    }
}
