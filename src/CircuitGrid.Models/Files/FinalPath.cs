using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>Where a path leads, as the operating system walks it: part by part, each link followed where it stands.</summary>
internal static class FinalPath
{
    /// <summary>As many as Linux follows.</summary>
    private const int MostLinks = 40;

    /// <summary>The full path without links that a path leads to; what isn't there leads no further.</summary>
    /// <exception cref="InvalidInputException">The links go in a circle.</exception>
    public static string Of(string path)
    {
        var links = 0;
        var rest = new Stack<string>();
        var at = Begin(Path.Join(Path.IsPathRooted(path) ? "" : Environment.CurrentDirectory, path), rest);
        while (rest.TryPop(out var part))
        {
            if (part is "..")
            {
                at = Path.GetDirectoryName(at) ?? at;
                continue;
            }

            var next = Path.Join(at, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                at = next;
                continue;
            }

            if (++links > MostLinks)
            {
                throw new InvalidInputException(path, "is reached by links that go in a circle");
            }

            at = Path.IsPathRooted(target) ? Begin(target, rest) : Continue(at, target, rest);
        }

        return at;
    }

    private static string Begin(string path, Stack<string> rest)
    {
        var root = Path.GetPathRoot(path)!;
        return Continue(Path.GetFullPath(root), path[root.Length..], rest);
    }

    private static string Continue(string at, string relative, Stack<string> rest)
    {
        foreach (var part in relative.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar).Reverse().Where(p => p is not ("" or ".")))
        {
            rest.Push(part);
        }

        return at;
    }
}
