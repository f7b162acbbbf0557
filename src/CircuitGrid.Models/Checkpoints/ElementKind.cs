namespace CircuitGrid.Models.Checkpoints;

/// <summary>
/// How a checkpoint stores the elements of a tensor, under the names safetensors gives them. All are read as float32: <see cref="F64"/> rounded to the
/// nearest, ties to even, the others exactly.
/// </summary>
public enum ElementKind
{
    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>IEEE 754 binary16.</summary>
    F16,

    /// <summary>bfloat16: the upper half of a binary32.</summary>
    BF16,

    /// <summary>IEEE 754 binary64. A number whose magnitude float32 can't hold is an error when it is read; one too small for float32 is read as zero.</summary>
    F64,
}

/// <summary>Facts about <see cref="ElementKind"/>s.</summary>
public static class ElementKinds
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this ElementKind kind) => kind switch
    {
        ElementKind.F64 => 8,
        ElementKind.F32 => 4,
        _ => 2,
    };
}
