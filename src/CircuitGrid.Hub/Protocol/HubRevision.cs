namespace CircuitGrid.Hub.Protocol;

/// <summary>A name of a repository's commit.</summary>
/// <param name="Name">The branch's or tag's name, without <c>refs/</c> in front.</param>
/// <param name="Commit">The commit that it is now.</param>
/// <param name="Kind">What kind of name it is.</param>
public sealed record HubRevision(string Name, string Commit, HubRevisionKind Kind);
