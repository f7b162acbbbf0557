namespace CircuitGrid.HubStandIn.Repositories;

/// <summary>Who sees a repository.</summary>
public enum RepositoryAccess
{
    /// <summary>Everybody.</summary>
    Public,

    /// <summary>Everybody sees its listings; its files only who was accepted.</summary>
    Gated,

    /// <summary>Only who was accepted; to others it isn't there.</summary>
    Private,
}
