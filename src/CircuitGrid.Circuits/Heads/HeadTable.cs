using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Heads;

/// <summary>A number for every head of a model.</summary>
public sealed class HeadTable
{
    private readonly HeadSamples? samples;

    /// <param name="heads">H, heads of a layer.</param>
    /// <param name="values">By layer and head, [L·H].</param>
    /// <exception cref="ArgumentException">The values aren't whole layers.</exception>
    public HeadTable(int heads, ImmutableArray<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        if (values.IsEmpty || values.Length % heads != 0)
        {
            throw new ArgumentException($"{values.Length} values aren't layers of {heads} heads.", nameof(values));
        }

        (Heads, Values) = (heads, values);
    }

    public int Layers => Values.Length / Heads;

    public int Heads { get; }

    /// <summary>By layer and head.</summary>
    public ImmutableArray<double> Values { get; }

    /// <summary>What the values are ratios of; <see langword="null"/> where they aren't, or that isn't known.</summary>
    /// <exception cref="ArgumentException">They are of other heads.</exception>
    public HeadSamples? Samples
    {
        get => samples;
        init => samples = value is null || value.Heads == Values.Length ? value : throw new ArgumentException($"Samples of {value.Heads} heads aren't those of {Values.Length}.", nameof(value));
    }

    public double this[int layer, int head] => Values[(layer * Heads) + head];

    public double this[HeadIndex head] => this[head.Layer, head.Head];

    /// <summary>The table of a function of every head.</summary>
    public static HeadTable Of(int layers, int heads, Func<int, int, double> value) =>
        new(heads, [.. from layer in Enumerable.Range(0, layers) from head in Enumerable.Range(0, heads) select value(layer, head)]);

    /// <summary>Heads whose value is one that is asked for, by layer and head.</summary>
    public ImmutableArray<HeadIndex> Where(Func<double, bool> predicate) =>
        [.. Enumerable.Range(0, Values.Length).Where(i => predicate(Values[i])).Select(i => new HeadIndex(i / Heads, i % Heads))];
}
