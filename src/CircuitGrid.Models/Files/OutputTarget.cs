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
            if (final.Contains('\uFFFD', StringComparison.Ordinal))
            {
                throw new InvalidInputException(path, "has a name in its path that isn't UTF-8; such a name can't be written");
            }

            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(final)!);
            return new(path, final, IsStream: false);
        }
        catch (Exception e) when (WriteFault.IsOne(e))
        {
            throw WriteFault.Of(path, e);
        }
    }

    /// <summary>A name beside outputs: a fixed one would be fought over by several writers, and one longer than the target's can be too long.</summary>
    public static string Temporary(string folder) => System.IO.Path.Combine(folder, $".circuitgrid-{Guid.NewGuid():N}.tmp");

    private static string Follow(string path)
    {
        var at = path;
        for (var links = 0; links < MostLinks && LinkTarget(at) is { } target; links++)
        {
            at = target;

            // A descriptor of this process: its file is open already, and replacing it would leave the writer with the old one.
            if (at.StartsWith("/proc/", StringComparison.Ordinal))
            {
                throw new InvalidInputException(path, $"leads to {Text.OneLine(at)}, an open file; name the file itself");
            }
        }

        return FinalPath.Of(path);
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
