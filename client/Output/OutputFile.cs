using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Client.Output;

/// <summary>Files that commands write.</summary>
internal static class OutputFile
{
    /// <summary>Finds out before the work that a file can't be written after it. Creates the folder it is in.</summary>
    /// <exception cref="InvalidInputException">The path is a folder, or its folder can't be made.</exception>
    /// <exception cref="DiskFullException">There is no room for its folder.</exception>
    public static void RequireWritable(string path)
    {
        if (Directory.Exists(path))
        {
            throw new InvalidInputException(path, "is a folder; name a file to write");
        }

        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            {
                Directory.CreateDirectory(folder);
            }
        }
        catch (Exception e) when (WriteFault.IsOne(e) || e is ArgumentException)
        {
            throw WriteFault.Of(path, e);
        }
    }
}
