using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Compute;
using Microsoft.Win32.SafeHandles;

namespace CircuitGrid.Models.Files;

/// <summary>
/// How far links may lead out of a folder whose files are read for people elsewhere. Bounds belong to the folder and not to a reader: what is opened by
/// a path in the folder is held to them where files are opened, so that no reader has to know of them and none can forget. A folder without bounds is
/// read as ever.
/// </summary>
public sealed class FolderBounds
{
    private static readonly StringComparison PathComparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
    private static ImmutableDictionary<string, FolderBounds> s_all = ImmutableDictionary.Create<string, FolderBounds>(StringComparer.FromComparison(PathComparison));

    private readonly string _folder;
    private readonly ImmutableArray<string> _allowed;

    private FolderBounds(string folder, ImmutableArray<string> allowed)
    {
        _folder = folder;
        _allowed = allowed;
    }

    /// <summary>Gives a folder bounds, for as long as the process lives or until it is given others.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="linksInto">Folders outside of it that links may lead into.</param>
    /// <exception cref="InvalidInputException">One of <paramref name="linksInto"/> is no folder.</exception>
    public static void Set(string folder, IEnumerable<string> linksInto)
    {
        var full = Full(folder);
        ImmutableArray<string> allowed = [full, .. linksInto.Select(Existing)];
        ImmutableInterlocked.AddOrUpdate(ref s_all, full, new FolderBounds(full, allowed), (_, _) => new(full, allowed));
    }

    /// <summary>Whether a path stays in the bounds of the folders it is in, links followed. Nothing is opened.</summary>
    /// <exception cref="InvalidInputException">The links go in a circle.</exception>
    public static bool Hold(string path) => Over(path) is [] || Hold(path, FinalPath.Of(path));

    /// <summary>Refuses a path that doesn't stay in its bounds.</summary>
    /// <exception cref="OutOfBoundsException">It leads out.</exception>
    /// <exception cref="InvalidInputException">The links go in a circle.</exception>
    internal static void Require(string path)
    {
        if (!Hold(path))
        {
            throw new OutOfBoundsException(path);
        }
    }

    /// <summary>Refuses an open file that isn't in the bounds of the path it was opened by, which a link changed meanwhile may have led elsewhere.</summary>
    /// <exception cref="OutOfBoundsException">It is somewhere else.</exception>
    internal static void Require(string path, SafeFileHandle file)
    {
        // only Linux tells without more ado which file is open
        if (Over(path) is not [] && OperatingSystem.IsLinux()
            && new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{file.DangerousGetHandle()}")).LinkTarget is { } opened
            && !Hold(path, opened))
        {
            throw new OutOfBoundsException(path);
        }
    }

    private static bool Hold(string path, string final) => Over(path).All(bounds => bounds._allowed.Any(folder => IsIn(FinalPath.Of(folder), final)));

    private static ImmutableArray<FolderBounds> Over(string path)
    {
        var all = s_all;
        if (all.IsEmpty || path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            return [];
        }

        var full = Full(path);
        return [.. all.Values.Where(bounds => IsIn(bounds._folder, full))];
    }

    private static bool IsIn(string folder, string path) =>
        path.StartsWith(folder, PathComparison) && (path.Length == folder.Length || Path.EndsInDirectorySeparator(folder) || path[folder.Length] == Path.DirectorySeparatorChar);

    private static string Existing(string folder) =>
        Directory.Exists(folder) ? Full(folder) : throw new InvalidInputException(folder, "is no folder; name one that links in the folder of suites may lead into");

    private static string Full(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
}
