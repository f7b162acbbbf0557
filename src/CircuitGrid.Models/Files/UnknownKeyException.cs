using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>
/// A file of another tool has a key that isn't known here and may mean something. A person decides: the message says how the key can be ignored.
/// </summary>
public sealed class UnknownKeyException : InvalidInputException
{
    /// <param name="input">The file and the place in it.</param>
    /// <param name="reason">The key, and how to ignore it; a sentence without its final full stop.</param>
    public UnknownKeyException(string input, string reason)
        : base(input, reason)
    {
    }

    public UnknownKeyException()
    {
    }

    public UnknownKeyException(string message)
        : base(message)
    {
    }

    public UnknownKeyException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
