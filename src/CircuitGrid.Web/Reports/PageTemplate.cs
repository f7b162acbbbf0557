using System.Text;

namespace CircuitGrid.Web.Reports;

/// <summary>The built page: one HTML file with its script and styles inside, and a place for data.</summary>
internal static class PageTemplate
{
    private const string Resource = "CircuitGrid.Web.Page.html";
    private const string DataStart = """<script id="circuitgrid-data" type="application/json">""";
    private const string NoData = "null";

    private static readonly Lazy<(byte[] Before, byte[] After)> Parts = new(Read);

    /// <summary>UTF-8 up to where data begin.</summary>
    public static ReadOnlySpan<byte> Before => Parts.Value.Before;

    /// <summary>UTF-8 from where data end.</summary>
    public static ReadOnlySpan<byte> After => Parts.Value.After;

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
