using System.Text.RegularExpressions;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Hub;

/// <summary>What names on the hub can be. A name that can't be one never becomes a path on this machine.</summary>
public static partial class HubNames
{
    public const int CommitDigits = 40;

    public const int Sha256Digits = 64;

    private const int MaxPathLength = 1024;

    /// <summary>Whether a text is a commit: 40 lower-case hexadecimal digits.</summary>
    public static bool IsCommit(string text) => text.Length == CommitDigits && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Whether a text can be a digest of a file.</summary>
    public static bool IsDigest(string text) => text.Length is CommitDigits or Sha256Digits && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Whether a text can be a repository's name, <c>ORGANIZATION/NAME</c> or for some old ones <c>NAME</c>.</summary>
    public static bool IsRepository(string text) =>
        text.Length <= 200 && Repository().IsMatch(text) && !text.Contains("--", StringComparison.Ordinal) && !text.Contains("..", StringComparison.Ordinal);

    /// <summary>Whether a text can be a revision's name: a branch, a tag, or a ref with slashes.</summary>
    public static bool IsRevision(string text) => text.Length is > 0 and <= 250 && IsPath(text) && !text.Contains("..", StringComparison.Ordinal);

    /// <summary>Whether a text can be a file's path in a repository: parts with a slash between them, each a plain name.</summary>
    public static bool IsPath(string text) => text.Length is > 0 and <= MaxPathLength && text.Split('/').All(FileNames.IsPlain);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)?\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Repository();
}
