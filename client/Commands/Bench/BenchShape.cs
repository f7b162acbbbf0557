using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Client.Commands.Bench;

/// <summary>Shapes of published models; weights are random, which changes nothing about the work.</summary>
internal static class BenchShape
{
    public static ImmutableArray<string> Names { get; } = ["nano", "70m", "160m", "410m", "1.4b", "2.8b", "smollm2-135m", "smollm2-360m", "olmo2-1b", "qwen3-0.6b"];

    /// <summary>The shape of a name, or <see langword="null"/>.</summary>
    public static ModelConfig? Find(string name) => name switch
    {
        "nano" => Pythia(4, 128, 8, 480) with { ContextLength = 64 },
        "70m" => Pythia(6, 512, 8, 50304),
        "160m" => Pythia(12, 768, 12, 50304),
        "410m" => Pythia(24, 1024, 16, 50304),
        "1.4b" => Pythia(24, 2048, 16, 50304),
        "2.8b" => Pythia(32, 2560, 32, 50304),
        "smollm2-135m" => SmolLm2(30, 576, 9, 1536),
        "smollm2-360m" => SmolLm2(32, 960, 15, 2560),
        "olmo2-1b" => Olmo2(16, 2048, 16, 8192),
        "qwen3-0.6b" => Qwen3(28, 1024, 16, 3072),
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

    private static ModelConfig SmolLm2(int layers, int width, int heads, int mlpWidth) => Gated(Families.Llama, layers, width, heads, mlpWidth) with
    {
        HeadsPerKey = 3,
        Vocabulary = 49152,
        ContextLength = 8192,
        Rotary = new Rotary(width / heads, 100000),
    };

    private static ModelConfig Olmo2(int layers, int width, int heads, int mlpWidth) => Gated(Families.Olmo2, layers, width, heads, mlpWidth) with
    {
        Vocabulary = 100352,
        Norms = new(NormKind.RmsNorm, 1e-6, NormPlacement.After),
        QueryKeyNorm = QueryKeyNorm.Whole,
        TiedUnembedding = false,
        Rotary = new Rotary(width / heads, 500000),
    };

    private static ModelConfig Qwen3(int layers, int width, int heads, int mlpWidth) => Gated(Families.Qwen3, layers, width, heads, mlpWidth) with
    {
        HeadsPerKey = 2,
        OwnHeadWidth = 128,
        Vocabulary = 151936,
        ContextLength = 40960,
        Norms = new(NormKind.RmsNorm, 1e-6),
        QueryKeyNorm = QueryKeyNorm.PerHead,
        Rotary = new Rotary(128, 1e6),
    };

    private static ModelConfig Gated(ModelFamily family, int layers, int width, int heads, int mlpWidth) => new()
    {
        Family = family,
        Layers = layers,
        Heads = heads,
        Width = width,
        MlpWidth = mlpWidth,
        Vocabulary = 0,
        ContextLength = 4096,
        Norms = new(NormKind.RmsNorm, 1e-5),
        Activation = Activation.Silu,
        IsGated = true,
        Biases = Biases.None,
        ParallelResidual = false,
        TiedUnembedding = true,
    };
}
