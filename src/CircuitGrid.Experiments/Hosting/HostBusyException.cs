namespace CircuitGrid.Experiments.Hosting;

/// <summary>A host has as much to do as it takes on; the same call may succeed later.</summary>
public sealed class HostBusyException : Exception
{
    public HostBusyException()
        : this("The server has as much to do as it takes on; try again later.")
    {
    }

    public HostBusyException(string message)
        : base(message)
    {
    }

    public HostBusyException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
