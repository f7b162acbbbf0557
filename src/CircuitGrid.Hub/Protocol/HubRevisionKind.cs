namespace CircuitGrid.Hub.Protocol;

/// <summary>Kinds of names that commits have.</summary>
public enum HubRevisionKind
{
    Branch,

    Tag,

    /// <summary>Made by the hub, e.g. a conversion to another format.</summary>
    Convert,
}
