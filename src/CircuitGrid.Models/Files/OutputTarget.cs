using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>Where an output really goes, links followed.</summary>
/// <param name="Path">The path as it was named.</param>
/// <param name="Final">The file that is replaced, or the pipe or device that is written through.</param>
/// <param name="IsStream">Whether it is a pipe or a device.</param>
internal sealed record OutputTarget(string Path, string Final, bool IsStream)
{
    private const int MostLinks = 40;

    /// <summary>Where a path leads. The folder that it is in is made.</summary>
    /// <exception cref="InvalidInputException">Nothing can be written there.</exception>
    public static OutputTarget Of(string path)
    {
        var status = FileStatus.Of(path);
        switch (status?.Kind)
        {
            case FileKind.Folder:
                throw new InvalidInputException(path, "is a folder; name a file to write");
            case FileKind.Socket:
                throw new InvalidInputException(path, "is a socket, which can't be written to as a file");
            case FileKind.Pipe or FileKind.Device:
                return new(path, path, IsStream: true);
        }

        try
        {
            var final = Follow(path);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(final)!);
            return new(path, final, IsStream: false);
        }
        catch (Exception e) when (WriteFault.IsOne(e))
        {
            throw WriteFault.Of(path, e);
        }
    }

    private static string Follow(string path)
    {
        var at = System.IO.Path.GetFullPath(path);
        for (var links = 0; LinkTarget(at) is { } target; links++)
        {
            at = target;
            if (links == MostLinks)
            {
                throw new InvalidInputException(path, "is a link in a circle");
            }

            // A descriptor of this process: its file is open already, and replacing it would leave the writer with the old one.
            if (at.StartsWith("/proc/", StringComparison.Ordinal))
            {
                throw new InvalidInputException(path, $"leads to {Text.OneLine(at)}, an open file; name the file itself");
            }
        }

        return at;
    }

    private static string? LinkTarget(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: false)?.FullName;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
