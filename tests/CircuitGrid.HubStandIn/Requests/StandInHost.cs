namespace CircuitGrid.HubStandIn.Requests;

/// <summary>The hosts of a stand-in. Each has a port of its own.</summary>
public enum StandInHost
{
    /// <summary>The hub, at 127.0.0.1.</summary>
    Hub,

    /// <summary>Where large files lie, at localhost: another name.</summary>
    Storage,

    /// <summary>A host that has nothing to do with the hub, at 127.0.0.1: the hub's name and another port. It serves whatever it is asked for.</summary>
    Elsewhere,
}
