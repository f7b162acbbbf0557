namespace CircuitGrid.Experiments.Hosting;

/// <summary>Whether a process has been asked to end: it is alive and answers until what is under way has ended, and takes on nothing new.</summary>
public sealed class Draining
{
    private volatile bool isDraining;

    public bool IsDraining => isDraining;

    /// <summary>From now on it drains.</summary>
    public void Begin() => isDraining = true;
}
