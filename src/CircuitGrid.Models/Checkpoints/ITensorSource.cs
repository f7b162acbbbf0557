using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Models.Checkpoints;

/// <summary>A model's tensors by their Hugging Face names, as float32: a checkpoint on disk, or weights made for a benchmark.</summary>
public interface ITensorSource
{
    ModelConfig Config { get; }

    bool Contains(string name);

    /// <summary>Reads a whole tensor; <paramref name="destination"/> has its length.</summary>
    /// <exception cref="Compute.InvalidInputException">The tensor is missing, damaged, of another length, or not finite.</exception>
    void Read(string name, Span<float> destination);

    /// <summary>Reads entries of the first axis from <paramref name="firstRow"/> on, as many as fit <paramref name="destination"/>.</summary>
    /// <exception cref="Compute.InvalidInputException">The tensor is missing, damaged, of another shape, or not finite.</exception>
    void ReadRows(string name, int firstRow, Span<float> destination);
}
