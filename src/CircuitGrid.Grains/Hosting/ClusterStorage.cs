namespace CircuitGrid.Grains.Hosting;

/// <summary>The storage that a silo must bring for the state of the grid's grains.</summary>
public static class ClusterStorage
{
    /// <summary>Its name.</summary>
    public const string Name = "circuitgrid";
}
