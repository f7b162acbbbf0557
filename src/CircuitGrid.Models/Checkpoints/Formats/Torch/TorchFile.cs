using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>Reads files of <c>torch.save</c>, of the form it has written since 1.6 and of the one before.</summary>
internal static class TorchFile
{
    private const int TarMagicOffset = 257;

    private static ReadOnlySpan<byte> ZipStart => "PK"u8;

    private static ReadOnlySpan<byte> PickleStart => [(byte)PickleOpcode.Protocol];

    // The number that the older form starts with, as protocols 0 and 1 write it.
    private static ReadOnlySpan<byte> OldPickleStart => "L119547037146038801333356L"u8;

    private static ReadOnlySpan<byte> TarMagic => "ustar"u8;

    /// <summary>The tensors of a file, by the dictionaries that hold them: the outermost first, then those inside it, level by level.</summary>
    /// <exception cref="InvalidInputException">The file is damaged, of another format, or holds what isn't a dictionary of tensors.</exception>
    public static IReadOnlyList<TensorGroup> ReadTensors(SourceFile file)
    {
        var (root, storages) = ReadObject(file);
        return root is PickleDictionary dictionary
            ? TensorDictionaries.Find(file, dictionary, storages)
            : throw new InvalidInputException(file.Path, "doesn't hold a dictionary of tensors");
    }

    /// <summary>The object that was saved, of whatever it consists, and where its storages lie.</summary>
    /// <exception cref="InvalidInputException">The file is damaged or of another format, or refers to what isn't a plain value or a tensor.</exception>
    public static (object? Root, ITorchStorages Storages) ReadObject(SourceFile file) =>
        StartsWith(file, 0, ZipStart) ? ZipForm.Read(file)
        : StartsWith(file, 0, PickleStart) ? LegacyForm.Read(file)
        : throw new InvalidInputException(file.Path, Explain(file));

    /// <summary>Whether bytes are how such a file begins.</summary>
    public static bool IsStart(ReadOnlySpan<byte> bytes) => bytes.StartsWith(ZipStart) || bytes.StartsWith(PickleStart);

    private static string Explain(SourceFile file) =>
        StartsWith(file, 0, OldPickleStart) ? "is pickled in protocol 0 or 1; load it with torch.load and save it again with torch.save"
        : StartsWith(file, TarMagicOffset, TarMagic) ? "is a TAR file, as the first versions of torch wrote; load it with torch.load and save it again with torch.save"
        : "isn't a file of torch.save, which is a ZIP file or starts with a pickle; was it copied whole?";

    private static bool StartsWith(SourceFile file, int offset, ReadOnlySpan<byte> expected)
    {
        Span<byte> bytes = stackalloc byte[expected.Length];
        if (file.Length < offset + expected.Length)
        {
            return false;
        }

        file.ReadExactly(offset, bytes);
        return bytes.SequenceEqual(expected);
    }
}
