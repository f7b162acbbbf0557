using System.Text.RegularExpressions;

namespace CircuitGrid.Hub.Protocol;

/// <summary>Headers of answers as they were sent, whether they are what they should be or not.</summary>
internal static partial class HubHeaders
{
    /// <summary>The text of a header; <see langword="null"/> where it isn't there.</summary>
    public static string? Find(HttpResponseMessage answer, string name) =>
        answer.Headers.NonValidated.TryGetValues(name, out var values) || answer.Content.Headers.NonValidated.TryGetValues(name, out values) ? values.ToString().Trim() : null;

    /// <summary>What an ETag holds, without <c>W/</c> and quotes.</summary>
    public static string Bare(string etag) => (etag.StartsWith("W/", StringComparison.Ordinal) ? etag[2..] : etag).Trim('"');

    /// <summary>The address of the next page of a list; <see langword="null"/> after the last.</summary>
    public static string? NextPage(HttpResponseMessage answer) =>
        Find(answer, "Link") is { } link && Next().Match(link) is { Success: true } match ? match.Groups["address"].Value : null;

    [GeneratedRegex("""<(?<address>[^<>]*)>\s*;\s*rel="?next"?""", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Next();
}
