using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>Small models with random weights.</summary>
internal static class ModelSamples
{
    public static ModelConfig GptNeoX { get; } = new()
    {
        Family = Families.GptNeoX,
        Layers = 2,
        Heads = 2,
        Width = 8,
        MlpWidth = 12,
        Vocabulary = 10,
        ContextLength = 16,
        Norms = new(NormKind.LayerNorm, 1e-5),
        Activation = Activation.Gelu,
        ParallelResidual = true,
        TiedUnembedding = false,
        Rotary = new Rotary(2, 10000),
    };

    public static ModelConfig Gpt2 { get; } = GptNeoX with
    {
        Family = Families.Gpt2,
        Activation = Activation.GeluTanh,
        ParallelResidual = false,
        TiedUnembedding = true,
        Rotary = null,
    };

    /// <summary>Weights that every element kind stores exactly: multiples of 1/64 of magnitude at most 2.</summary>
    public static Dictionary<string, float[]> Weights(ModelConfig config, int seed)
    {
        var random = new Random(seed);
        return TensorLayout.Of(config).ToDictionary(
            spec => spec.Name,
            spec => Enumerable.Range(0, (int)spec.Length).Select(_ => random.Next(-128, 129) / 64f).ToArray(),
            StringComparer.Ordinal);
    }

    /// <summary>Writes a model of random weights into a folder and returns the weights.</summary>
    public static Dictionary<string, float[]> Write(string folder, ModelConfig config, int seed, ElementKind kind = ElementKind.F32)
    {
        var weights = Weights(config, seed);
        CheckpointWriter.Write(folder, config, weights, kind);
        return weights;
    }
}
