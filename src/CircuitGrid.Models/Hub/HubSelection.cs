using System.Collections.Immutable;

namespace CircuitGrid.Models.Hub;

/// <summary>A repository and what is asked for of it.</summary>
/// <param name="Repository">Its name, <c>ORGANIZATION/NAME</c>.</param>
/// <param name="Patterns">Which revisions are meant; empty for all whose names are checkpoints'.</param>
public sealed record HubSelection(string Repository, ImmutableArray<RevisionPattern> Patterns)
{
    /// <summary>The last part of the repository's name.</summary>
    public string Name => Repository[(Repository.LastIndexOf('/') + 1)..];

    /// <summary>Whether a revision is asked for by a pattern.</summary>
    public bool Names(string revision) => Patterns.Any(pattern => pattern.Includes(revision));

    /// <summary>Commits that are asked for by their digits.</summary>
    public IEnumerable<string> Commits => Patterns.Select(pattern => pattern.Text).Where(HubNames.IsCommit);
}
