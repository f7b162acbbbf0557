namespace CircuitGrid.HubStandIn.Requests;

/// <summary>What a request asks for.</summary>
public enum RequestKind
{
    /// <summary>Nothing that the stand-in knows.</summary>
    Unknown,

    /// <summary>A repository's branches, tags, conversions and pull requests.</summary>
    References,

    /// <summary>A repository or a revision: its commit and the names of its files.</summary>
    Model,

    /// <summary>A page of a revision's files with sizes and hashes.</summary>
    Tree,

    /// <summary>Sizes and hashes of a few files.</summary>
    PathsInfo,

    /// <summary>A page of a revision's commits.</summary>
    Commits,

    /// <summary>A file, by revision and path.</summary>
    Resolve,

    /// <summary>A small file where the hub's own redirect points.</summary>
    ResolveCache,

    /// <summary>A file as git has it: the pointer of a large one.</summary>
    Raw,

    /// <summary>A large file on the other host.</summary>
    Large,
}
