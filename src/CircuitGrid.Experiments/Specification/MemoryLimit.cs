namespace CircuitGrid.Experiments.Specification;

/// <summary>How much memory may be used, as people allow it: on a command line and in an experiment alike.</summary>
public static class MemoryLimit
{
    /// <summary>Below this not even a batch of a single prompt fits, so that whoever allows less has mistaken the unit.</summary>
    public const long Least = 1L << 20;

    /// <summary>Reads an amount of at least <see cref="Least"/> bytes.</summary>
    /// <param name="text">As <see cref="ByteSize"/> reads it.</param>
    /// <param name="bytes">The amount.</param>
    /// <param name="expected">What was to be there instead, to end a message with; <see langword="null"/> where it is there.</param>
    public static bool TryParse(string text, out long bytes, out string? expected)
    {
        expected = !ByteSize.TryParse(text, out bytes) ? "a size such as 512MiB or 2GB"
            : bytes < Least ? $"at least {ByteSize.Format(Least)}, without which nothing can be computed"
            : null;
        return expected is null;
    }
}
