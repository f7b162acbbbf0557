using System.Buffers.Binary;
using System.Numerics;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>
/// The form of <c>torch.save</c> before 1.6: pickles of a magic number, of the format's version, of facts about the machine, of the object and of
/// its storages' keys, then every storage in the order of the keys as a 64-bit count and its elements. The file has no checksums.
/// </summary>
internal sealed class LegacyForm : ITorchStorages
{
    private const long Version = 1001;
    private const int MaxPickleBytes = 1 << 24;

    private static readonly BigInteger s_magic = new([0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19], isUnsigned: true);

    private readonly Dictionary<string, (StorageBlock Block, PickleStorage Storage)> _blocks;

    private LegacyForm(Dictionary<string, (StorageBlock Block, PickleStorage Storage)> blocks) => _blocks = blocks;

    /// <summary>The object that was saved, and where its storages lie.</summary>
    /// <exception cref="InvalidInputException">The file is damaged or cut short, or one of its pickles isn't what should be there.</exception>
    public static (object? Root, ITorchStorages Storages) Read(SourceFile file)
    {
        var input = new PickleInput(file, 0, Math.Min(file.Length, MaxPickleBytes), goesOn: file.Length > MaxPickleBytes);
        var storages = new List<PickleStorage>();
        CheckHeader(file, input, storages);
        var root = Load(file, input, storages);
        var keys = Load(file, input, []) as List<object?> ?? throw new InvalidInputException(file.Path, "has no list of storages behind its tensors");
        return (root, new LegacyForm(Locate(file, input.Position, keys, storages)));
    }

    public StorageBlock Find(string where, PickleStorage storage)
    {
        if (!_blocks.TryGetValue(storage.Key, out var found))
        {
            throw new InvalidInputException(where, $"its elements should be in storage {Text.OneLine(storage.Key)}, which isn't there");
        }

        return storage.Length == found.Storage.Length && storage.Type == found.Storage.Type
            ? found.Block
            : throw new InvalidInputException(where, $"its storage {Text.OneLine(storage.Key)} has {Describe(found.Storage)} where {Describe(storage)} are announced");
    }

    private static object? Load(SourceFile file, PickleInput input, ICollection<PickleStorage> storages) => Unpickler.Load(file.Path, input, storages);

    private static void CheckHeader(SourceFile file, PickleInput input, List<PickleStorage> storages)
    {
        if (Load(file, input, storages) is not BigInteger magic || magic != s_magic)
        {
            throw new InvalidInputException(file.Path, "isn't a file of torch.save: it starts with another pickle than torch's magic number; save the weights with torch.save or as safetensors");
        }

        if (Load(file, input, storages) is not long version || version != Version)
        {
            throw new InvalidInputException(file.Path, $"is of another version of torch's older form than {Version}, which can be read");
        }

        if (Load(file, input, storages) is not PickleDictionary machine || machine.Entries.GetValueOrDefault("little_endian") is not true)
        {
            throw new InvalidInputException(file.Path, "isn't little-endian; save it on a little-endian machine or as safetensors");
        }
    }

    private static Dictionary<string, (StorageBlock Block, PickleStorage Storage)> Locate(SourceFile file, long at, List<object?> keys, List<PickleStorage> storages)
    {
        // Where a storage ends depends on its type, and that is said only where a tensor refers to it.
        var announced = storages.GroupBy(storage => storage.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        var blocks = new Dictionary<string, (StorageBlock Block, PickleStorage Storage)>(StringComparer.Ordinal);
        Span<byte> prefix = stackalloc byte[sizeof(long)];
        foreach (var key in keys)
        {
            if (key is not string name || !announced.TryGetValue(name, out var storage))
            {
                throw new InvalidInputException(file.Path, $"has a storage {Text.OneLine(key as string ?? "without a name")} that no tensor refers to");
            }

            var where = $"{file.Path}: storage {Text.OneLine(name)}";
            if (file.Length - at < prefix.Length)
            {
                throw new InvalidInputException(where, $"should start at byte {at}, but the file has {file.Length} bytes; it is cut short");
            }

            file.ReadExactly(at, prefix);
            at += prefix.Length;
            if (BinaryPrimitives.ReadInt64LittleEndian(prefix) is var count && count != storage.Length)
            {
                throw new InvalidInputException(where, $"has {count} elements where {Describe(storage)} are announced; the file is damaged");
            }

            if ((Int128)storage.Length * storage.Type.Size > file.Length - at)
            {
                throw new InvalidInputException(where, $"has {Describe(storage)} from byte {at} on, but the file has {file.Length} bytes; it is cut short");
            }

            var block = new StorageBlock(file, at, storage.Length * storage.Type.Size);
            at += block.Length;
            if (!blocks.TryAdd(name, (block, storage)))
            {
                throw new InvalidInputException(where, "is there twice");
            }
        }

        return at == file.Length
            ? blocks
            : throw new InvalidInputException(file.Path, $"has {file.Length - at} bytes behind its last storage; something was added at the end");
    }

    private static string Describe(PickleStorage storage) => $"{storage.Length} elements of {storage.Type.Name}";
}
