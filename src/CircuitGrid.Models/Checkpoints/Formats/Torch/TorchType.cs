using System.Collections.Frozen;
using System.Collections.Immutable;

namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>An element type of torch.</summary>
/// <param name="Name">Its name, e.g. <c>torch.float32</c>.</param>
/// <param name="StorageName">The class of storages by which pickles refer to it, or <see langword="null"/> for a type that has none.</param>
/// <param name="Size">Bytes of an element.</param>
/// <param name="Kind">The type as weights are read from it, or <see langword="null"/> for one that no weight has.</param>
internal sealed record TorchType(string Name, string? StorageName, int Size, ElementKind? Kind = null)
{
    /// <summary>Bytes of a storage that doesn't say what they are.</summary>
    public static TorchType Untyped { get; } = new("torch.uint8", "torch.storage.UntypedStorage", 1);

    private static readonly ImmutableArray<TorchType> s_all =
    [
        new("torch.float32", "torch.FloatStorage", 4, ElementKind.F32),
        new("torch.float16", "torch.HalfStorage", 2, ElementKind.F16),
        new("torch.bfloat16", "torch.BFloat16Storage", 2, ElementKind.BF16),
        new("torch.float64", "torch.DoubleStorage", 8, ElementKind.F64),
        new("torch.bool", "torch.BoolStorage", 1),
        new("torch.uint8", "torch.ByteStorage", 1),
        new("torch.int8", "torch.CharStorage", 1),
        new("torch.int16", "torch.ShortStorage", 2),
        new("torch.int32", "torch.IntStorage", 4),
        new("torch.int64", "torch.LongStorage", 8),
        new("torch.complex64", "torch.ComplexFloatStorage", 8),
        new("torch.complex128", "torch.ComplexDoubleStorage", 16),
        new("torch.complex32", null, 4),
        new("torch.uint16", null, 2),
        new("torch.uint32", null, 4),
        new("torch.uint64", null, 8),
        new("torch.float8_e4m3fn", null, 1),
        new("torch.float8_e4m3fnuz", null, 1),
        new("torch.float8_e5m2", null, 1),
        new("torch.float8_e5m2fnuz", null, 1),
        new("torch.float8_e8m0fnu", null, 1),
    ];

    private static readonly FrozenDictionary<string, TorchType> s_byStorage =
        s_all.Where(type => type.StorageName is not null).Append(Untyped).ToFrozenDictionary(type => type.StorageName!, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, TorchType> s_byName = s_all.ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);

    /// <summary>The type of a class of storages.</summary>
    public static TorchType? FindStorage(string name) => s_byStorage.GetValueOrDefault(name);

    /// <summary>The type of that name.</summary>
    public static TorchType? Find(string name) => s_byName.GetValueOrDefault(name);
}
