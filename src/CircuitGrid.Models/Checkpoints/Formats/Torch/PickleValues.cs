using System.Collections.Immutable;

namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>A class or function that a pickle refers to; a name and nothing that could be called.</summary>
internal sealed record PickleGlobal(string Name);

/// <summary>A dictionary with string keys, in the order of its entries; a later entry replaces an earlier one of the same key.</summary>
internal sealed class PickleDictionary
{
    private readonly Dictionary<string, object?> _entries = new(StringComparer.Ordinal);

    public IEnumerable<KeyValuePair<string, object?>> Entries => _entries;

    public object? this[string key]
    {
        set => _entries[key] = value;
    }
}

/// <summary>Elements that lie in an entry of their own beside the pickle.</summary>
/// <param name="Type">Their type.</param>
/// <param name="Key">Name of the entry.</param>
/// <param name="Length">Number of elements.</param>
internal sealed record PickleStorage(TorchStorageType Type, string Key, long Length);

/// <summary>A view of a storage.</summary>
/// <param name="Storage">The elements.</param>
/// <param name="Offset">Element of the storage at which the view starts.</param>
/// <param name="Shape">Extents, slowest axis first.</param>
/// <param name="Strides">Elements from one entry of each axis to the next.</param>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, ImmutableArray<long> Shape, ImmutableArray<long> Strides);

/// <summary>An element type of torch's storages.</summary>
/// <param name="Name">The storage class, by which pickles refer to it.</param>
/// <param name="Size">Bytes of an element.</param>
/// <param name="Kind">The type as weights are read from it, or <see langword="null"/> for one that only masks and counters have.</param>
internal sealed record TorchStorageType(string Name, int Size, ElementKind? Kind = null)
{
    public static ImmutableArray<TorchStorageType> All { get; } =
    [
        new("torch.FloatStorage", 4, ElementKind.F32),
        new("torch.HalfStorage", 2, ElementKind.F16),
        new("torch.BFloat16Storage", 2, ElementKind.BF16),
        new("torch.ByteStorage", 1),
        new("torch.BoolStorage", 1),
        new("torch.IntStorage", 4),
        new("torch.LongStorage", 8),
    ];

    public static TorchStorageType? Find(string name) => All.FirstOrDefault(type => type.Name == name);
}
