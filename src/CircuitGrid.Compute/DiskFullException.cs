namespace CircuitGrid.Compute;

/// <summary>
/// There is no room left for a file, on its disk or within somebody's quota. Nothing is wrong with what was asked for: it can be asked for again
/// once there is room.
/// </summary>
public sealed class DiskFullException : InvalidInputException
{
    private const string Default = "can't be written: the disk is full; free some space and run again";

    /// <param name="input">The file that can't be written.</param>
    /// <param name="reason">What that means; a sentence without its final full stop.</param>
    /// <param name="innerException">The error underneath.</param>
    public DiskFullException(string input, string reason, Exception? innerException = null)
        : base(input, reason, innerException)
    {
    }

    public DiskFullException()
        : this("output")
    {
    }

    public DiskFullException(string input)
        : base(input, Default)
    {
    }

    public DiskFullException(string input, Exception innerException)
        : base(input, Default, innerException)
    {
    }
}
