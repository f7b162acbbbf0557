namespace CircuitGrid.Models.Checkpoints;

/// <summary>A checkpoint's folder and, where several kinds of weight file are in it, which of them are meant.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Kind">The kind; <see langword="null"/> for the first of <see cref="CheckpointFolder.WeightKinds"/>.</param>
/// <param name="Content">What equal files have equal wherever they lie, where it is known without reading them; <see langword="null"/> where it isn't.</param>
public readonly record struct CheckpointFiles(string Folder, WeightKind? Kind = null, string? Content = null)
{
    /// <summary>A folder with the weights that come first in it.</summary>
    public static implicit operator CheckpointFiles(string folder) => new(folder);
}
