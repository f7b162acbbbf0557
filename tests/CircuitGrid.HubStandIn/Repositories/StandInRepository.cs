using System.Collections.Immutable;

namespace CircuitGrid.HubStandIn.Repositories;

/// <summary>A model repository of the stand-in. May be changed while it is served.</summary>
public sealed class StandInRepository
{
    private readonly Lock gate = new();
    private readonly List<StandInCommit> commits = [];
    private ImmutableSortedDictionary<string, StandInReference> references = ImmutableSortedDictionary.Create<string, StandInReference>(StringComparer.Ordinal);
    private ImmutableHashSet<string> accepted = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    internal StandInRepository(string name) => Name = name;

    /// <summary><c>org/name</c>, or a bare name as old repositories have.</summary>
    public string Name { get; internal set; }

    public RepositoryAccess Access { get; private set; }

    /// <summary>Tokens whose owners were accepted to a gated or private repository.</summary>
    public IReadOnlySet<string> AcceptedTokens => accepted;

    /// <summary>All references in ordinal order of their full names.</summary>
    public IReadOnlyList<StandInReference> References => [.. references.Values];

    /// <summary>Puts a commit of these files on a branch, after what the branch had; makes the branch where there is none.</summary>
    public StandInRepository Commit(string branch, StandInTree tree, string? title = null) => CommitAt(StandInReference.Branches + branch, tree, title ?? $"Upload {branch}");

    /// <summary>As <see cref="Commit"/>, on what a conversion made: <c>refs/convert/{name}</c>.</summary>
    public StandInRepository CommitConversion(string name, StandInTree tree) => CommitAt(StandInReference.Converts + name, tree, $"Convert to {name}");

    /// <summary>As <see cref="Commit"/>, on a pull request: <c>refs/pr/{number}</c>.</summary>
    public StandInRepository CommitPullRequest(int number, StandInTree tree) => CommitAt($"{StandInReference.PullRequests}{number}", tree, $"Propose {number}");

    /// <summary>Points a tag at a revision.</summary>
    public StandInRepository Tag(string tag, string revision) => Point(StandInReference.Tags + tag, Head(revision));

    /// <summary>Points a branch at a revision's commit, whatever it pointed at before.</summary>
    public StandInRepository Branch(string branch, string revision) => Point(StandInReference.Branches + branch, Head(revision));

    /// <summary>Takes a branch, tag or full reference away. Its commits can still be asked for by their ids, as on the hub.</summary>
    public StandInRepository Delete(string revision)
    {
        lock (gate)
        {
            references = references.Remove((FindReference(revision) ?? throw NoSuch(revision)).Ref);
        }

        return this;
    }

    /// <summary>Shows files only to bearers of these tokens.</summary>
    public StandInRepository Gate(params string[] acceptedTokens) => Allow(RepositoryAccess.Gated, acceptedTokens);

    /// <summary>Hides the repository from all but bearers of these tokens.</summary>
    public StandInRepository MakePrivate(params string[] acceptedTokens) => Allow(RepositoryAccess.Private, acceptedTokens);

    /// <summary>The commit that a branch, tag, full reference or commit id means.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public StandInCommit Head(string revision) => Find(revision) ?? throw NoSuch(revision);

    internal StandInCommit? Find(string revision)
    {
        if (FindReference(string.Equals(revision, "HEAD", StringComparison.Ordinal) ? "main" : revision) is { } reference)
        {
            return reference.Commit;
        }

        lock (gate)
        {
            return revision.Length == 40 ? commits.Find(c => string.Equals(c.Id, revision, StringComparison.Ordinal)) : null;
        }
    }

    private StandInReference? FindReference(string revision) =>
        references.GetValueOrDefault(revision)
        ?? references.GetValueOrDefault(StandInReference.Branches + revision)
        ?? references.GetValueOrDefault(StandInReference.Tags + revision);

    private StandInRepository CommitAt(string reference, StandInTree tree, string title)
    {
        lock (gate)
        {
            var commit = new StandInCommit(Name, title, tree, references.GetValueOrDefault(reference)?.Commit);
            commits.Add(commit);
            references = references.SetItem(reference, new(reference, commit));
        }

        return this;
    }

    private StandInRepository Point(string reference, StandInCommit commit)
    {
        lock (gate)
        {
            references = references.SetItem(reference, new(reference, commit));
        }

        return this;
    }

    private StandInRepository Allow(RepositoryAccess access, string[] tokens)
    {
        Access = access;
        accepted = [.. tokens];
        return this;
    }

    private ArgumentException NoSuch(string revision) => new($"{Name} has no revision {revision}", nameof(revision));
}
