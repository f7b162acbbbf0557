using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace CircuitGrid.Web.Reports;

/// <summary>The built page: one HTML file with its script and styles inside, and a place for data.</summary>
internal static partial class PageTemplate
{
    private const string Resource = "CircuitGrid.Web.Page.html";
    private const string DataStart = """<script id="circuitgrid-data" type="application/json">""";
    private const string NoData = "null";

    private static readonly Lazy<(byte[] Before, byte[] After)> Parts = new(Read);

    /// <summary>UTF-8 up to where data begin.</summary>
    public static ReadOnlySpan<byte> Before => Parts.Value.Before;

    /// <summary>UTF-8 from where data end.</summary>
    public static ReadOnlySpan<byte> After => Parts.Value.After;

    /// <summary>The policy under which exactly this page works: its own scripts and styles by their hashes, and nothing from elsewhere.</summary>
    public static string ContentSecurityPolicy => Policy.Value;

    private static readonly Lazy<string> Policy = new(() =>
    {
        var text = Encoding.UTF8.GetString([.. Before, .. After]);
        return $"default-src 'none'; script-src {Hashes(text, "script")}; style-src {Hashes(text, "style")}; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    });

    private static string Hashes(string page, string element) => string.Join(
        ' ',
        InlineElement().Matches(page)
            .Where(m => string.Equals(m.Groups["element"].Value, element, StringComparison.Ordinal) && !m.Groups["attributes"].Value.Contains("application/json", StringComparison.Ordinal))
            .Select(m => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(m.Groups["content"].Value)))}'")
            .DefaultIfEmpty("'none'"));

    [GeneratedRegex("<(?<element>script|style)(?<attributes>[^>]*)>(?<content>.*?)</\\k<element>>", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.Singleline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex InlineElement();

    private static (byte[] Before, byte[] After) Read()
    {
        using var stream = typeof(PageTemplate).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The assembly lacks its resource {Resource}.");
        var page = new byte[stream.Length];
        stream.ReadExactly(page);
        var place = Encoding.UTF8.GetBytes(DataStart + NoData);
        var start = page.AsSpan().IndexOf(place);
        if (start < 0 || page.AsSpan(start + place.Length).IndexOf(place) >= 0)
        {
            throw new InvalidOperationException($"The page must have exactly one place for data, {DataStart}.");
        }

        var end = start + place.Length;
        return (page[..(end - NoData.Length)], page[end..]);
    }
}
