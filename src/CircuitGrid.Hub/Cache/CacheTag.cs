using CircuitGrid.Models.Files;

namespace CircuitGrid.Hub.Cache;

/// <summary>The file at the top of a cache by which backups know that they need not keep it (bford.info/cachedir).</summary>
internal static class CacheTag
{
    private const string Name = "CACHEDIR.TAG";

    private static ReadOnlySpan<byte> Contents => "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of files of Hugging Face's hub.\n# For information about cache directory tags, see: https://bford.info/cachedir/\n"u8;

    /// <summary>Writes it where there is none.</summary>
    /// <exception cref="Compute.InvalidInputException">It can't be written.</exception>
    public static void Write(string cache)
    {
        var path = Path.Combine(cache, Name);
        if (FileStatus.Of(path) is null)
        {
            OutputFile.Write(path, stream => stream.Write(Contents));
        }
    }
}
