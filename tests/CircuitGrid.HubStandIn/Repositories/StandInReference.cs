namespace CircuitGrid.HubStandIn.Repositories;

/// <summary>A branch, tag, conversion or pull request: a name for a commit.</summary>
/// <param name="Ref">The full name: <c>refs/heads/main</c>, <c>refs/tags/v1</c>, <c>refs/convert/parquet</c>, <c>refs/pr/1</c>.</param>
public sealed record StandInReference(string Ref, StandInCommit Commit)
{
    public const string Branches = "refs/heads/";
    public const string Tags = "refs/tags/";
    public const string Converts = "refs/convert/";
    public const string PullRequests = "refs/pr/";

    /// <summary>What follows the kind: <c>main</c>, <c>v1</c>, <c>parquet</c>, <c>1</c>.</summary>
    public string Name => Ref[(Kinds.First(k => Ref.StartsWith(k, StringComparison.Ordinal)).Length)..];

    private static string[] Kinds { get; } = [Branches, Tags, Converts, PullRequests];
}
