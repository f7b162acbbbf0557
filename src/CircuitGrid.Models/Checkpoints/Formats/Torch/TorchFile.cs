using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>
/// Reads files of <c>torch.save</c> as it has written them since 1.6: a ZIP file in which <c>…/data.pkl</c> describes the
/// tensors and <c>…/data/{key}</c> hold their elements, stored without compression.
/// </summary>
internal static class TorchFile
{
    private const string PickleName = "data.pkl";
    private const int MaxPickleBytes = 1 << 24;

    private static ReadOnlySpan<byte> ZipStart => "PK"u8;

    // A pickle of protocol 2 at the start of the file itself.
    private static ReadOnlySpan<byte> LegacyStart => [0x80, 0x02];

    /// <summary>The tensors of a file, by name. Values in it that aren't tensors are left out.</summary>
    /// <exception cref="InvalidInputException">The file is damaged, of another format, or holds what isn't a dictionary of tensors.</exception>
    public static IReadOnlyDictionary<string, StoredTensor> ReadTensors(SourceFile file)
    {
        CheckFormat(file);
        var entries = ZipDirectory.Read(file);
        var root = FindRoot(file, entries);
        CheckByteOrder(file, entries, root);
        var pickle = ReadEntry(file, entries[root + PickleName], MaxPickleBytes);
        if (Unpickler.Load($"{file.Path}: {Text.OneLine(root + PickleName)}", pickle) is not PickleDictionary dictionary)
        {
            throw new InvalidInputException(file.Path, "doesn't hold a dictionary of tensors");
        }

        var blocks = new Dictionary<string, StorageBlock>(StringComparer.Ordinal);
        var tensors = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var (name, value) in dictionary.Entries)
        {
            if (value is PickleTensor tensor)
            {
                tensors.Add(name, Place(file, entries, root, blocks, name, tensor));
            }
        }

        return tensors;
    }

    private static void CheckFormat(SourceFile file)
    {
        Span<byte> start = stackalloc byte[(int)Math.Min(file.Length, ZipStart.Length)];
        file.ReadExactly(0, start);
        if (start.SequenceEqual(LegacyStart))
        {
            throw new InvalidInputException(file.Path, "is in the format of torch before 1.6; load it with torch.load and save it again with torch.save or as safetensors");
        }

        if (!start.SequenceEqual(ZipStart))
        {
            throw new InvalidInputException(file.Path, "isn't a file of torch.save, which is a ZIP file; was it copied whole?");
        }
    }

    /// <summary>The folder inside the ZIP file in which everything lies, with its slash; torch names it after the file it first wrote.</summary>
    private static string FindRoot(SourceFile file, IReadOnlyDictionary<string, ZipEntry> entries)
    {
        var roots = entries.Keys
            .Where(name => name.EndsWith("/" + PickleName, StringComparison.Ordinal))
            .Select(name => name[..^PickleName.Length])
            .ToList();
        return roots is [var root] ? root : throw new InvalidInputException(file.Path, $"holds {roots.Count} entries {PickleName}; a file of torch.save has one");
    }

    private static void CheckByteOrder(SourceFile file, IReadOnlyDictionary<string, ZipEntry> entries, string root)
    {
        const int LongestWord = 16;
        if (entries.TryGetValue(root + "byteorder", out var entry) && !ReadEntry(file, entry, LongestWord).AsSpan().SequenceEqual("little"u8))
        {
            throw new InvalidInputException(file.Path, "isn't little-endian; save it on a little-endian machine or as safetensors");
        }
    }

    private static byte[] ReadEntry(SourceFile file, ZipEntry entry, int limit)
    {
        if (entry.Length > limit)
        {
            throw new InvalidInputException(file.Path, $"its entry {Text.OneLine(entry.Name)} has {entry.Length} bytes; at most {limit} are expected");
        }

        var block = Block(file, entry);
        block.Verify(Text.OneLine(entry.Name));
        var bytes = new byte[entry.Length];
        block.Read(0, bytes);
        return bytes;
    }

    private static StorageBlock Block(SourceFile file, ZipEntry entry) => entry.Method == 0
        ? new StorageBlock(file, entry.Offset, entry.Length, entry.Checksum)
        : throw new InvalidInputException(file.Path, $"its entry {Text.OneLine(entry.Name)} is compressed, which torch.save never does; load it with torch.load and save it again");

    private static StoredTensor Place(
        SourceFile file,
        IReadOnlyDictionary<string, ZipEntry> entries,
        string root,
        Dictionary<string, StorageBlock> blocks,
        string name,
        PickleTensor tensor)
    {
        var where = $"{file.Path}: tensor {Text.OneLine(name)}";
        var (storage, type) = (tensor.Storage, tensor.Storage.Type);
        if (!blocks.TryGetValue(storage.Key, out var block))
        {
            if (!entries.TryGetValue($"{root}data/{storage.Key}", out var entry))
            {
                throw new InvalidInputException(where, $"its elements should be in {Text.OneLine($"{root}data/{storage.Key}")}, which isn't there");
            }

            block = Block(file, entry);
            blocks.Add(storage.Key, block);
        }

        if ((Int128)storage.Length * type.Size != block.Length)
        {
            throw new InvalidInputException(where, $"its storage has {block.Length} bytes where {storage.Length} elements of {type.Name} are announced");
        }

        // In 128 bits no product of hostile extents and strides wraps around to an index that looks right.
        var last = (Int128)tensor.Offset;
        for (var axis = 0; axis < tensor.Shape.Length; axis++)
        {
            last += (Int128)Math.Max(0, tensor.Shape[axis] - 1) * tensor.Strides[axis];
        }

        if (last >= storage.Length && !tensor.Shape.Contains(0))
        {
            throw new InvalidInputException(where, $"with shape [{string.Join(", ", tensor.Shape)}] reaches beyond the {storage.Length} elements of its storage");
        }

        return new StoredTensor(name, type.Name, type.Kind, tensor.Shape, block, tensor.Offset * type.Size)
        {
            Strides = tensor.Strides switch
            {
                [var row] => (row, 1),
                [var row, var column] => (row, column),
                _ => null,
            },
        };
    }
}
