namespace CircuitGrid.Compute;

/// <summary>Where queries, keys and values lie in one tensor.</summary>
/// <param name="Query">A block for each head.</param>
/// <param name="Key">A block for each head, or for each group of neighbouring heads.</param>
/// <param name="Value">As <paramref name="Key"/>.</param>
public readonly record struct HeadLayouts(BlockLayout Query, BlockLayout Key, BlockLayout Value)
{
    /// <summary>Queries, keys and values side by side in every row: [rows, (heads + 2·keyHeads)·width].</summary>
    public static HeadLayouts SideBySide(int heads, int keyHeads, int rows, int width)
    {
        var stride = (heads + (2 * keyHeads)) * width;
        return new(
            BlockLayout.Columns(heads, rows, width, stride),
            BlockLayout.Columns(keyHeads, rows, width, stride, heads * width),
            BlockLayout.Columns(keyHeads, rows, width, stride, (heads + keyHeads) * width));
    }
}
