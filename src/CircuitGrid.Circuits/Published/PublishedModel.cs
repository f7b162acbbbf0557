using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Published;

/// <summary>A public checkpoint, and what was published for it.</summary>
public sealed record PublishedModel
{
    /// <summary>Its repository on the hub.</summary>
    public required string Name { get; init; }

    /// <summary>Other names that it goes by.</summary>
    public required ImmutableArray<string> Aliases { get; init; }

    /// <summary>Its <c>model_type</c>.</summary>
    public required string Family { get; init; }

    /// <summary>The revision that the numbers are of. Sources that name none are of <c>main</c>, which can change on the hub.</summary>
    public required string Revision { get; init; }

    public required ImmutableArray<PublishedEntry> Entries { get; init; }

    /// <summary>The repository without its organization.</summary>
    public string ShortName => Name[(Name.IndexOf('/', StringComparison.Ordinal) + 1)..];

    /// <summary>All names that mean it.</summary>
    public IEnumerable<string> Names => [Name, ShortName, .. Aliases];
}
