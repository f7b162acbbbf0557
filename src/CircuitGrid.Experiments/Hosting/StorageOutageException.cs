namespace CircuitGrid.Experiments.Hosting;

/// <summary>What was asked for needs storage, which doesn't answer; the same call may succeed later.</summary>
public sealed class StorageOutageException : Exception
{
    public StorageOutageException()
        : this("storage doesn't answer")
    {
    }

    public StorageOutageException(string message)
        : base(message)
    {
    }

    public StorageOutageException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <param name="outage">The outage.</param>
    /// <param name="innerException">How it was felt.</param>
    public StorageOutageException(StorageOutage outage, Exception? innerException = null)
        : this(outage.Notice, innerException)
    {
    }
}
