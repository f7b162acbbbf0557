using CircuitGrid.Compute;

namespace CircuitGrid.Models.Checkpoints;

/// <summary>
/// Weight files have the length that their headers say, and nothing but zeros in them: their room was set aside, and what belongs there is still to be written.
/// </summary>
public sealed class UnwrittenWeightsException : InvalidInputException
{
    /// <summary>What is wrong with such files, a sentence without its final full stop.</summary>
    public const string Zeros = "every weight is zero: the file has its length, and nothing was written into it";

    /// <param name="input">The weight file.</param>
    /// <param name="reason">What is wrong with it; a sentence without its final full stop.</param>
    public UnwrittenWeightsException(string input, string reason)
        : base(input, reason)
    {
    }

    public UnwrittenWeightsException()
    {
    }

    public UnwrittenWeightsException(string message)
        : base(message)
    {
    }

    public UnwrittenWeightsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
