using System.Collections.Immutable;

namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>A view of a storage.</summary>
/// <param name="Storage">Where the elements lie.</param>
/// <param name="Type">What they are.</param>
/// <param name="Offset">Element of the storage at which the view starts.</param>
/// <param name="Shape">Extents, slowest axis first.</param>
/// <param name="Strides">Elements from one entry of each axis to the next.</param>
internal sealed record PickleTensor(PickleStorage Storage, TorchType Type, long Offset, ImmutableArray<long> Shape, ImmutableArray<long> Strides);
