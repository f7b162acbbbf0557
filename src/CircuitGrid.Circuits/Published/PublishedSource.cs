namespace CircuitGrid.Circuits.Published;

/// <summary>Where a number was published.</summary>
/// <param name="Repository">A repository on GitHub, OWNER/NAME.</param>
/// <param name="Path">A file in it.</param>
/// <param name="Commit">The commit at which it was read.</param>
/// <param name="Place">The test, the cell or the section.</param>
public sealed record PublishedSource(string Repository, string Path, string Commit, string Place)
{
    /// <summary>The source in one line, the commit in its first digits.</summary>
    public override string ToString() => $"{Repository}@{Commit[..Math.Min(8, Commit.Length)]} {Path}: {Place}";
}
