namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>A class or function that a pickle refers to; a name and nothing that could be called.</summary>
internal sealed record PickleGlobal(string Name);
