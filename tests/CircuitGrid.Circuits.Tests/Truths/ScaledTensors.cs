using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Circuits.Tests.Truths;

/// <summary>Weights of which some tensors are multiplied by a number.</summary>
/// <param name="source">The weights.</param>
/// <param name="ending">How the tensors' names end.</param>
/// <param name="factor">The number.</param>
internal sealed class ScaledTensors(ITensorSource source, string ending, float factor) : ITensorSource
{
    public ModelConfig Config => source.Config;

    public bool Contains(string name) => source.Contains(name);

    public void Read(string name, Span<float> destination)
    {
        source.Read(name, destination);
        Scale(name, destination);
    }

    public void ReadRows(string name, int firstRow, Span<float> destination)
    {
        source.ReadRows(name, firstRow, destination);
        Scale(name, destination);
    }

    private void Scale(string name, Span<float> values)
    {
        foreach (ref var value in name.EndsWith(ending, StringComparison.Ordinal) ? values : [])
        {
            value *= factor;
        }
    }
}
