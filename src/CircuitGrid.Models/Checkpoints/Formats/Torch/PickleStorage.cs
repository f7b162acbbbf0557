namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>Elements that lie beside the pickle.</summary>
/// <param name="Type">Their type.</param>
/// <param name="Key">The name under which they lie there.</param>
/// <param name="Length">Number of elements that lie there.</param>
internal sealed record PickleStorage(TorchType Type, string Key, long Length)
{
    /// <summary>The part of them that this storage is, in elements; all of them unless it says otherwise.</summary>
    public (long Start, long Length) View { get; init; } = (0, Length);
}
