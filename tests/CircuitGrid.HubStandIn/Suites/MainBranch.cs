namespace CircuitGrid.HubStandIn.Suites;

/// <summary>What a repository of checkpoints has on <c>main</c>.</summary>
public enum MainBranch
{
    /// <summary>The files of the last step.</summary>
    LastStep,

    /// <summary>A README alone.</summary>
    Stub,

    /// <summary><c>.gitattributes</c> alone: what the hub makes of an empty repository.</summary>
    Empty,
}
