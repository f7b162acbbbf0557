using System.Collections.Frozen;

namespace CircuitGrid.Models.Checkpoints.Formats;

/// <summary>An element type of the safetensors format.</summary>
/// <param name="Name">The format's word for it.</param>
/// <param name="Bits">Bits of one element.</param>
/// <param name="Kind">The type as weights are read from it, or <see langword="null"/> for a type no weight has.</param>
internal sealed record SafetensorsType(string Name, int Bits, ElementKind? Kind = null)
{
    private static readonly FrozenDictionary<string, SafetensorsType> s_all = new SafetensorsType[]
    {
        new("F32", 32, ElementKind.F32),
        new("F16", 16, ElementKind.F16),
        new("BF16", 16, ElementKind.BF16),
        new("F64", 64, ElementKind.F64),
        new("C64", 64),
        new("F8_E4M3", 8),
        new("F8_E4M3FNUZ", 8),
        new("F8_E5M2", 8),
        new("F8_E5M2FNUZ", 8),
        new("F8_E8M0", 8),
        new("F6_E2M3", 6),
        new("F6_E3M2", 6),
        new("F4", 4),
        new("BOOL", 8),
        new("U8", 8),
        new("I8", 8),
        new("U16", 16),
        new("I16", 16),
        new("U32", 32),
        new("I32", 32),
        new("U64", 64),
        new("I64", 64),
    }.ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);

    public static SafetensorsType? Find(string name) => s_all.GetValueOrDefault(name);
}
