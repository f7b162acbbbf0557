using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Hub;

/// <summary>
/// A suite as a list of URLs, <c>urls:FILE</c>: a text file with a folder's URL on each line. Each folder is a checkpoint, which is called as the folder is; the model
/// is called as the list is.
/// </summary>
/// <param name="Path">The list's file.</param>
/// <param name="Folders">The folders, in the order of the list.</param>
public sealed record UrlList(string Path, ImmutableArray<Uri> Folders)
{
    /// <summary>What an address begins with.</summary>
    public const string Scheme = "urls:";

    private const int MaxFileBytes = 1 << 24;

    /// <summary>What the list is called.</summary>
    public string Name => NameOf(Scheme + Path);

    /// <summary>Whether a text is the address of a list.</summary>
    public static bool IsOne(string text) => text.StartsWith(Scheme, StringComparison.Ordinal);

    /// <summary>What the list of an address is called.</summary>
    public static string NameOf(string address) => System.IO.Path.GetFileNameWithoutExtension(address[Scheme.Length..]);

    /// <summary>The address with the list's full path.</summary>
    /// <param name="address">The address.</param>
    /// <param name="folder">What its path is relative to.</param>
    /// <exception cref="InvalidInputException">It names no file.</exception>
    public static string InFolder(string address, string folder) => address.Length > Scheme.Length && !address.Contains('\0', StringComparison.Ordinal)
        ? Scheme + System.IO.Path.GetFullPath(address[Scheme.Length..], System.IO.Path.GetFullPath(folder))
        : throw new InvalidInputException(Text.OneLine(address), $"names no list; {Scheme}FILE names a text file with a URL on each line");

    /// <summary>The name of a folder's checkpoint.</summary>
    public static string NameOf(Uri folder) => Uri.UnescapeDataString(folder.Segments[^1].TrimEnd('/'));

    /// <summary>Reads the list of an address.</summary>
    /// <exception cref="InvalidInputException">There is no such file, or a line of it is no folder's URL; the message names the line.</exception>
    public static UrlList Read(string address)
    {
        var path = address[Scheme.Length..];
        var folders = new List<Uri>();
        var text = Utf8Text.Decode(path, SourceFile.ReadAll(path, MaxFileBytes));
        foreach (var (i, line) in text.Split('\n').Index())
        {
            var url = line.Trim();
            if (url.Length == 0 || url[0] == '#')
            {
                continue;
            }

            folders.Add(Parse($"{path}: line {i + 1}", url));
        }

        if (folders.GroupBy(NameOf, StringComparer.Ordinal).FirstOrDefault(g => g.Skip(1).Any()) is { } twice)
        {
            throw new InvalidInputException(path, $"lists two folders called {Text.OneLine(twice.Key)}");
        }

        return folders.Count > 0 ? new(path, [.. folders]) : throw new InvalidInputException(path, "lists no URL");
    }

    private static Uri Parse(string where, string text)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.UserInfo.Length > 0)
        {
            // not shown: it may be a password
            throw new InvalidInputException(where, "has a user in it; a line is the URL of a checkpoint's folder that anybody may read");
        }

        if (url is null || url.Scheme is not ("http" or "https") || url.Query.Length > 0 || url.Fragment.Length > 0)
        {
            throw new InvalidInputException(where, $"is '{Text.OneLine(text)}'; a line is the URL of a checkpoint's folder, https://HOST/.../step1000/, without a query or a fragment");
        }

        return url.AbsolutePath.EndsWith('/') && url.Segments.Length > 1
            ? url
            : throw new InvalidInputException(where, $"is '{Text.OneLine(text)}', which doesn't end with a slash; a line is the URL of a checkpoint's folder");
    }
}
