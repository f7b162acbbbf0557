using System.Net.Http.Headers;

namespace CircuitGrid.HubStandIn.Protocol;

/// <summary>What a Range header asks of a file.</summary>
/// <param name="IsSatisfiable">Whether the file has such bytes.</param>
internal readonly record struct ByteRange(bool IsSatisfiable, long From, long Length)
{
    /// <summary>Reads a header; <see langword="null"/> where it asks for the whole file, or for something that servers may pass over.</summary>
    public static ByteRange? Read(string? header, long size)
    {
        if (header is null || !RangeHeaderValue.TryParse(header, out var parsed) || parsed.Unit != "bytes" || parsed.Ranges.Count != 1)
        {
            return null;
        }

        var range = parsed.Ranges.Single();
        var from = range.From ?? Math.Max(0, size - range.To!.Value);
        var to = range.From is null ? size - 1 : Math.Min(range.To ?? (size - 1), size - 1);
        return new(from <= to, from, to - from + 1);
    }
}
