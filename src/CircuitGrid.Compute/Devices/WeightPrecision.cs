namespace CircuitGrid.Compute.Devices;

/// <summary>
/// In what prepared weights are held and multiplied. Tensors, LayerNorm, softmax, accumulators and scores are float32 (scores float64)
/// whatever it is; a product by a weight rounds its operands and its result.
/// </summary>
public enum WeightPrecision
{
    /// <summary>24 significant bits.</summary>
    Float32,

    /// <summary>Held as float32; a GPU may round the operands of any float32 product to 11 significant bits.</summary>
    TensorFloat32,

    /// <summary>8 significant bits, the range of float32.</summary>
    BFloat16,

    /// <summary>11 significant bits, numbers up to 65504.</summary>
    Float16,
}
