using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Evaluation;

/// <summary>
/// The differences that slots add, a [rows, D] entry each, sources in the order of the nodes. The heads of a layer that stand on the same side
/// (see <see cref="Difference.FromClean"/>) and are all known or all mixed are neighbours, so that one product writes them in place.
/// </summary>
internal sealed class DifferencePool : IDisposable
{
    private readonly IDevice device;
    private readonly ImmutableArray<Difference> order;
    private readonly Dictionary<Difference, int> index = [];
    private readonly Tensor entries;

    /// <param name="device">Where the entries are.</param>
    /// <param name="order">Which differences there are, as <see cref="Order"/> sorts them.</param>
    /// <param name="rows">Rows of an entry.</param>
    /// <param name="width">D.</param>
    public DifferencePool(IDevice device, ImmutableArray<Difference> order, int rows, int width)
    {
        this.device = device;
        this.order = order;
        Rows = rows;
        Width = width;
        foreach (var difference in order)
        {
            index.Add(difference, index.Count);
        }

        entries = device.Allocate([Math.Max(1, order.Length), rows, width]);
    }

    private int Rows { get; }

    private int Width { get; }

    /// <param name="differences">Differences in any order.</param>
    /// <param name="groupOf">The same number for the heads of one layer, rising with the sources.</param>
    public static ImmutableArray<Difference> Order(IEnumerable<Difference> differences, Func<int, int> groupOf) =>
    [
        .. differences.OrderBy(d => groupOf(d.Source)).ThenBy(d => d.FromClean).ThenBy(d => d.Value >= 0).ThenBy(d => d.Source).ThenBy(d => d.Value),
    ];

    public bool Contains(Difference difference) => index.ContainsKey(difference);

    /// <summary>The entries of neighbouring differences, [count, rows, D]; a view.</summary>
    /// <exception cref="ArgumentException">They aren't neighbours in this order.</exception>
    public Tensor Slice(ReadOnlySpan<Difference> differences)
    {
        var first = index[differences[0]];
        return order.AsSpan()[first..].StartsWith(differences)
            ? entries.Slice(first, differences.Length)
            : throw new ArgumentException("The differences aren't neighbours.", nameof(differences));
    }

    /// <summary>The entry of a difference, [rows, D]; a view.</summary>
    public Tensor Entry(Difference difference) => entries.Slice(index[difference], 1).Reshape(Rows, Width);

    /// <summary>Copies the entries that a pool of all rows begins with.</summary>
    public void TakeFrom(DifferencePool full, RowSelection rows)
    {
        if (full.order.Length > 0)
        {
            using var taken = rows.TakeStacked(full.entries);
            device.Copy(entries.Slice(0, full.order.Length), taken.Slice(0, full.order.Length));
        }
    }

    /// <summary>Mixes each slot's stream: a run of neighbouring slots that start from the same known stream is one kernel call.</summary>
    public void Mix(Tensor streams, Tensor clean, Tensor ablated, ReadOnlySpan<SlotMix> slots)
    {
        for (var first = 0; first < slots.Length;)
        {
            var count = 1;
            while (first + count < slots.Length && slots[first + count].FromClean == slots[first].FromClean)
            {
                count++;
            }

            var offsets = ImmutableArray.CreateBuilder<int>(count + 1);
            var terms = ImmutableArray.CreateBuilder<int>();
            offsets.Add(0);
            foreach (var slot in slots.Slice(first, count))
            {
                foreach (var term in slot.Terms)
                {
                    terms.Add(index[term]);
                }

                offsets.Add(terms.Count);
            }

            device.Mix(streams.Slice(first, count), slots[first].FromClean ? clean : ablated, entries, new SparseRows(offsets.MoveToImmutable(), terms.ToImmutable()));
            first += count;
        }
    }

    public void Dispose() => entries.Dispose();
}
