using System.Text;
using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Web.Reports;

/// <summary>
/// Writes reports: the page with the data of an experiment inlined, one HTML file that needs no network.
/// </summary>
public static class ReportWriter
{
    /// <summary>Writes a report.</summary>
    /// <param name="path">The HTML file; replaced if it exists. Its folder is created where it is missing.</param>
    /// <param name="report">What it shows.</param>
    /// <exception cref="InvalidInputException">The file can't be written.</exception>
    public static void Write(string path, ReportDocument report) => OutputFile.Write(path, stream => Write(stream, report));

    /// <summary>Writes a report of data that are JSON already.</summary>
    /// <param name="path">The HTML file; replaced if it exists. Its folder is created where it is missing.</param>
    /// <param name="json">The report's data as one JSON value in UTF-8.</param>
    /// <param name="cancellation">Ends the waiting for somebody who reads the page from a pipe.</param>
    /// <exception cref="ArgumentException"><paramref name="json"/> is not JSON.</exception>
    /// <exception cref="InvalidInputException">The file can't be written.</exception>
    public static void Write(string path, byte[] json, CancellationToken cancellation = default) =>
        OutputFile.Write(path, stream => Write(stream, json), cancellation);

    /// <summary>Writes a report's page to a stream.</summary>
    public static void Write(Stream stream, ReportDocument report) => Write(stream, Encoding.UTF8.GetBytes(ReportJson.Write(report)));

    /// <summary>Writes the page of data that are JSON already to a stream.</summary>
    /// <param name="stream">Where it goes.</param>
    /// <param name="json">The report's data as one JSON value in UTF-8.</param>
    /// <exception cref="ArgumentException"><paramref name="json"/> is not JSON.</exception>
    public static void Write(Stream stream, ReadOnlySpan<byte> json)
    {
        RequireJson(json);
        stream.Write(PageTemplate.Before);
        WriteEscaped(stream, json);
        stream.Write(PageTemplate.After);
    }

    /// <summary>Writes a page with data that are JSON already to a stream.</summary>
    internal static async Task WriteAsync(Stream stream, byte[] json)
    {
        using var page = new MemoryStream(PageTemplate.Before.Length + json.Length + PageTemplate.After.Length);
        page.Write(PageTemplate.Before);
        WriteEscaped(page, json);
        page.Write(PageTemplate.After);
        page.Position = 0;
        await page.CopyToAsync(stream);
    }

    /// <summary>
    /// A browser ends a script element at the first <c>&lt;/script</c>, whatever it stands in. JSON has <c>&lt;</c> only within strings,
    /// where its escape means the same.
    /// </summary>
    private static void WriteEscaped(Stream file, ReadOnlySpan<byte> json)
    {
        while (json.IndexOf((byte)'<') is >= 0 and var place)
        {
            file.Write(json[..place]);
            file.Write("\\u003c"u8);
            json = json[(place + 1)..];
        }

        file.Write(json);
    }

    private static void RequireJson(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            while (reader.Read())
            {
            }
        }
        catch (JsonException error)
        {
            throw new ArgumentException("The report's data are not JSON.", nameof(json), error);
        }
    }
}
