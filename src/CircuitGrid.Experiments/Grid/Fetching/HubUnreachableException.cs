using CircuitGrid.Compute;

namespace CircuitGrid.Experiments.Grid.Fetching;

/// <summary>
/// What is asked for can't be had now: the network or the hub is away, or this program may not use it and nothing is on the disk. Nothing is wrong with what
/// was asked for.
/// </summary>
public sealed class HubUnreachableException : InvalidInputException
{
    /// <param name="input">What was asked for.</param>
    /// <param name="reason">Why it can't be had; a sentence without its final full stop.</param>
    /// <param name="innerException">The error underneath. It holds no token and no signed address.</param>
    public HubUnreachableException(string input, string reason, Exception? innerException = null)
        : base(input, reason, innerException)
    {
    }

    public HubUnreachableException()
        : this("the hub")
    {
    }

    public HubUnreachableException(string message)
        : base(message, "can't be reached")
    {
    }

    public HubUnreachableException(string message, Exception innerException)
        : base(message, "can't be reached", innerException)
    {
    }
}
