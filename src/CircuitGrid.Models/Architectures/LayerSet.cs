namespace CircuitGrid.Models.Architectures;

/// <summary>Some layers of a model.</summary>
public readonly record struct LayerSet
{
    // one character a layer, so that sets compare and print as what they are
    private readonly string? members;

    private LayerSet(string members) => this.members = members.Contains('1', StringComparison.Ordinal) ? members : null;

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => members is null;

    /// <summary>The layers for which the function says so.</summary>
    public static LayerSet Of(int layers, Func<int, bool> isMember) => new(string.Concat(Enumerable.Range(0, layers).Select(l => isMember(l) ? '1' : '0')));

    public bool Contains(int layer) => members is not null && layer < members.Length && members[layer] == '1';

    /// <summary>A digit for each layer, 1 for members; empty where there is none.</summary>
    public override string ToString() => members ?? string.Empty;
}
