using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Client.Commands.Bench;

/// <summary>Shapes with published timings of the reference implementation; weights are random, which changes nothing about the work.</summary>
internal static class BenchShape
{
    public static ImmutableArray<string> Names { get; } = ["nano", "70m", "160m", "410m", "1.4b", "2.8b"];

    /// <summary>The shape of a name, or <see langword="null"/>.</summary>
    public static ModelConfig? Find(string name) => name switch
    {
        "nano" => Pythia(4, 128, 8, 480) with { ContextLength = 64 },
        "70m" => Pythia(6, 512, 8, 50304),
        "160m" => Pythia(12, 768, 12, 50304),
        "410m" => Pythia(24, 1024, 16, 50304),
        "1.4b" => Pythia(24, 2048, 16, 50304),
        "2.8b" => Pythia(32, 2560, 32, 50304),
        _ => null,
    };

    private static ModelConfig Pythia(int layers, int width, int heads, int vocabulary) => new()
    {
        Family = Families.GptNeoX,
        Layers = layers,
        Heads = heads,
        Width = width,
        MlpWidth = 4 * width,
        Vocabulary = vocabulary,
        ContextLength = 2048,
        Norms = new(NormKind.LayerNorm, 1e-5),
        Activation = Activation.Gelu,
        ParallelResidual = true,
        TiedUnembedding = false,
        Rotary = new Rotary(width / heads / 4, 10000),
    };
}
