using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Circuits.Published;

/// <summary>The name that a checkpoint's <c>config.json</c> gives its model, as Hugging Face's libraries write it: what it was loaded from.</summary>
public static class ConfiguredName
{
    /// <summary>The key.</summary>
    public const string Key = "_name_or_path";

    private const int MaxConfigBytes = 1 << 20;

    /// <summary>The name; <see langword="null"/> where there is none.</summary>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <exception cref="InvalidInputException">The file can't be read.</exception>
    public static string? Of(string folder)
    {
        var path = Path.Combine(folder, CheckpointFolder.ConfigName);
        return File.Exists(path) ? JsonInput.Read(path, MaxConfigBytes).FindString(Key) : null;
    }
}
