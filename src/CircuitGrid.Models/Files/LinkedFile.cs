using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>Gives a file a second path.</summary>
internal static class LinkedFile
{
    /// <summary>Makes a path lead to a file, by a relative link or, where links can't be made, by a copy. What is at the path is replaced at once.</summary>
    /// <param name="path">The path; its folder is made.</param>
    /// <param name="target">The file.</param>
    /// <param name="copies">Whether a copy is wanted.</param>
    /// <exception cref="DiskFullException">There is no room for a copy.</exception>
    /// <exception cref="InvalidInputException">The path can't be written.</exception>
    public static void Place(string path, string target, bool copies)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var temporary = OutputTarget.Temporary(folder);
        try
        {
            Directory.CreateDirectory(folder);
            if (copies || !TryLink(temporary, Path.GetRelativePath(folder, Path.GetFullPath(target))))
            {
                File.Copy(target, temporary);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (WriteFault.IsOne(e))
        {
            Remove(temporary);
            throw WriteFault.Of(path, e);
        }
    }

    private static bool TryLink(string path, string target)
    {
        try
        {
            File.CreateSymbolicLink(path, target);
            return true;
        }
        catch (Exception e) when (WriteFault.IsOne(e) && !WriteFault.IsDiskFull(e))
        {
            return false;
        }
    }

    private static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (WriteFault.IsOne(e))
        {
            // Why the path can't be written is what the caller needs to hear.
        }
    }
}
