using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>
/// The form of <c>torch.save</c> since 1.6: a ZIP file in which <c>…/data.pkl</c> describes the tensors and <c>…/data/{key}</c> hold
/// their elements, stored without compression.
/// </summary>
internal sealed class ZipForm : ITorchStorages
{
    private const string PickleName = "data.pkl";
    private const int MaxPickleBytes = 1 << 24;

    private readonly SourceFile _file;
    private readonly IReadOnlyDictionary<string, ZipEntry> _entries;
    private readonly string _root;
    private readonly Dictionary<string, StorageBlock> _blocks = new(StringComparer.Ordinal);

    private ZipForm(SourceFile file)
    {
        _file = file;
        _entries = ZipDirectory.Read(file);
        _root = FindRoot(file, _entries);
    }

    /// <summary>The object that was saved, and where its storages lie.</summary>
    /// <exception cref="InvalidInputException">The file is damaged, or its pickle isn't one of tensors.</exception>
    public static (object? Root, ITorchStorages Storages) Read(SourceFile file)
    {
        var form = new ZipForm(file);
        form.CheckByteOrder();
        var entry = form.Verified(form._root + PickleName, MaxPickleBytes);
        var input = new PickleInput(file, entry.Offset, entry.Length);
        return (Unpickler.Load($"{file.Path}: {Text.OneLine(entry.Name)}", input, new List<PickleStorage>()), form);
    }

    public StorageBlock Find(string where, PickleStorage storage)
    {
        if (!_blocks.TryGetValue(storage.Key, out var block))
        {
            var name = $"{_root}data/{storage.Key}";
            block = Block(_entries.GetValueOrDefault(name) ?? throw new InvalidInputException(where, $"its elements should be in {Text.OneLine(name)}, which isn't there"));
            _blocks.Add(storage.Key, block);
        }

        return (Int128)storage.Length * storage.Type.Size == block.Length
            ? block
            : throw new InvalidInputException(where, $"its storage has {block.Length} bytes where {storage.Length} elements of {storage.Type.Name} are announced");
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

    private void CheckByteOrder()
    {
        const int LongestWord = 16;
        if (!_entries.ContainsKey(_root + "byteorder"))
        {
            return;
        }

        var entry = Verified(_root + "byteorder", LongestWord);
        Span<byte> word = stackalloc byte[(int)entry.Length];
        _file.ReadExactly(entry.Offset, word);
        if (!word.SequenceEqual("little"u8))
        {
            throw new InvalidInputException(_file.Path, "isn't little-endian; save it on a little-endian machine or as safetensors");
        }
    }

    /// <summary>An entry that is no longer than it may be and has its checksum.</summary>
    private ZipEntry Verified(string name, int limit)
    {
        var entry = _entries[name];
        if (entry.Length > limit)
        {
            throw new InvalidInputException(_file.Path, $"its entry {Text.OneLine(name)} has {entry.Length} bytes; at most {limit} are expected");
        }

        Block(entry).Verify(Text.OneLine(name));
        return entry;
    }

    private StorageBlock Block(ZipEntry entry) => entry.Method == 0
        ? new StorageBlock(_file, entry.Offset, entry.Length, entry.Checksum)
        : throw new InvalidInputException(_file.Path, $"its entry {Text.OneLine(entry.Name)} is compressed, which torch.save never does; load it with torch.load and save it again");
}
