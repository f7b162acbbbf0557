using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Experiments.Grid.Fetching;

/// <summary>How weights are fetched and kept.</summary>
public sealed record FetchOptions
{
    /// <summary>Checkpoints to fetch at a time.</summary>
    public int AtATime { get; init; } = 2;

    /// <summary>Bytes of fetched weights to keep; <see langword="null"/> for a tenth of what is free, and room for two checkpoints.</summary>
    public long? Keep { get; init; }

    /// <summary>The largest amount of bytes there is: nothing is removed.</summary>
    public const long KeepAll = long.MaxValue;

    /// <summary>The word for <see cref="KeepAll"/>.</summary>
    public const string All = "all";

    /// <summary>Reads what <c>--keep</c> says: an amount of bytes, or all.</summary>
    public static bool TryParseKeep(string text, out long bytes)
    {
        bytes = KeepAll;
        return string.Equals(text, All, StringComparison.Ordinal) || ByteSize.TryParse(text, out bytes);
    }

    /// <summary>Bytes of fetched weights that are kept at most.</summary>
    /// <param name="free">Bytes that are free.</param>
    /// <param name="held">Bytes of fetched weights that are there.</param>
    /// <param name="largest">Bytes of the largest checkpoint.</param>
    public long Limit(long free, long held, long largest) => Keep is { } keep ? Math.Max(keep, largest) : Math.Max((free + held) / 10, 2 * largest);
}
