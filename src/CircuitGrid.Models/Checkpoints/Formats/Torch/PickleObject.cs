namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>A value beside the tensors, such as a set, bytes or a device, of which nothing is kept.</summary>
internal sealed class PickleObject
{
    public static PickleObject Instance { get; } = new();

    private PickleObject()
    {
    }
}
