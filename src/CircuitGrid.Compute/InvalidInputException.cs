namespace CircuitGrid.Compute;

/// <summary>
/// Something that came from outside (a file, a folder, an option) can't be used. The message names it and the reason in one line,
/// fit to be shown to a person without a stack trace.
/// </summary>
public class InvalidInputException : Exception
{
    /// <param name="input">What can't be used: a path, or a path and the part of it, e.g. <c>model.safetensors: tensor wte.weight</c>.</param>
    /// <param name="reason">Why, and where it helps the way out; a sentence without its final full stop.</param>
    /// <param name="innerException">The error underneath, if there is one.</param>
    public InvalidInputException(string input, string reason, Exception? innerException = null)
        : base($"{input}: {reason}", innerException)
    {
        Input = input;
        Reason = reason;
    }

    public InvalidInputException()
        : this("input", "is invalid")
    {
    }

    public InvalidInputException(string message)
        : this("input", message)
    {
    }

    public InvalidInputException(string message, Exception innerException)
        : this("input", message, innerException)
    {
    }

    /// <summary>What can't be used.</summary>
    public string Input { get; }

    /// <summary>Why it can't be used.</summary>
    public string Reason { get; }
}
