using System.Collections.Immutable;

namespace CircuitGrid.Hub.Protocol;

/// <summary>The revisions of a repository.</summary>
/// <param name="Repository">The repository's name now: another than was asked for where it was renamed.</param>
/// <param name="Revisions">Branches, then tags, then conversions, each in the ordinal order of their names.</param>
public sealed record HubRefs(string Repository, ImmutableArray<HubRevision> Revisions);
