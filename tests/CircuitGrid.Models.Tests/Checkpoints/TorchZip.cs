using System.Globalization;
using System.IO.Compression;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>Takes files that torch wrote apart.</summary>
internal static class TorchZip
{
    /// <summary>The pickle and the storages, in the order of their numbers.</summary>
    public static (byte[] Pickle, IReadOnlyList<byte[]> Storages) Split(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        var storages = zip.Entries
            .Where(entry => entry.FullName.Contains("/data/", StringComparison.Ordinal))
            .OrderBy(entry => int.Parse(entry.Name, CultureInfo.InvariantCulture))
            .Select(Bytes)
            .ToList();
        return (Bytes(zip.Entries.Single(entry => entry.Name == "data.pkl")), storages);
    }

    private static byte[] Bytes(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        var bytes = new byte[entry.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
