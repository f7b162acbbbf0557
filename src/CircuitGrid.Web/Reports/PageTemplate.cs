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

    /// <summary>The policy that the page itself has, and what only a server can add: its own script and style by their hashes, nothing from elsewhere, in no frame.</summary>
    public static string ContentSecurityPolicy => Policy.Value;

    private static readonly Lazy<string> Policy = new(() => PolicyElement().Match(Encoding.UTF8.GetString(Before)) is { Success: true } found
        ? $"{found.Groups["policy"].Value}; frame-ancestors 'none'"
        : throw new InvalidOperationException("The page must say its content security policy."));

    [GeneratedRegex("<meta\\s+http-equiv=\"Content-Security-Policy\"\\s+content=\"(?<policy>[^\"]*)\"", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 5000)]
    private static partial Regex PolicyElement();

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
