using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Circuits.Tests.Truths;

/// <summary>The models of the reference numbers as their <c>config.json</c> has them, put down by hand: what <see cref="PlainTransformer"/> goes by.</summary>
internal static class GoldenConfigs
{
    public static IEnumerable<string> Models => ["llama_tiny", "qwen2_tiny", "qwen3_tiny", "olmo_tiny", "olmo2_tiny", "smollm3_tiny", "olmo3_tiny", "gemma2_tiny"];

    public static ModelConfig Of(string model)
    {
        var llama = new ModelConfig
        {
            Family = Families.Find(model.Split('_')[0])!,
            Layers = 2,
            Heads = 4,
            Width = 32,
            MlpWidth = 32,
            Vocabulary = 32,
            ContextLength = 2048,
            Norms = new(NormKind.RmsNorm, 1e-6),
            Activation = Activation.Silu,
            ParallelResidual = false,
            TiedUnembedding = false,
            Rotary = new Rotary(8, 10000),
            HeadsPerKey = 2,
            Biases = Biases.None,
            IsGated = true,
        };
        var whole = llama with
        {
            MlpWidth = 24,
            ContextLength = 4096,
            Norms = new(NormKind.RmsNorm, 1e-6, NormPlacement.After),
            Rotary = new Rotary(8, 500000),
            HeadsPerKey = 1,
            QueryKeyNorm = QueryKeyNorm.Whole,
        };
        return model switch
        {
            "llama_tiny" => llama with { Norms = new(NormKind.RmsNorm, 1e-5) },
            "qwen2_tiny" => llama with { MlpWidth = 36, ContextLength = 32768, TiedUnembedding = true, Rotary = new Rotary(8, 1e6), Biases = Biases.QueryKeyValue },
            "qwen3_tiny" => llama with { MlpWidth = 24, ContextLength = 32768, Rotary = new Rotary(12, 1e6), OwnHeadWidth = 12, QueryKeyNorm = QueryKeyNorm.PerHead },
            "olmo_tiny" => llama with { MlpWidth = 24, Norms = new(NormKind.LayerNorm, 1e-5, HasWeights: false), TiedUnembedding = true, HeadsPerKey = 1, QueryKeyValueLimit = 1.5 },
            "olmo2_tiny" => whole,
            "smollm3_tiny" => llama with { ContextLength = 65536, TiedUnembedding = true, Rotary = new Rotary(8, 5e6), UnrotatedLayers = LayerSet.Of(2, l => l == 1) },
            "olmo3_tiny" => whole with
            {
                Layers = 3,
                Heads = 3,
                Width = 24,
                Vocabulary = 28,
                ContextLength = 512,
                Rotary = new Rotary(8, 500000, new YarnScaling(8, 32, 1, 64, 1.2079441541679836)),
                Window = 4,
                WindowedLayers = LayerSet.Of(3, l => l != 1),
                WindowedAreUnscaled = true,
            },
            "gemma2_tiny" => llama with
            {
                MlpWidth = 20,
                Vocabulary = 30,
                ContextLength = 8192,
                Norms = new(NormKind.RmsNorm, 1e-6, NormPlacement.Both, IsOffset: true),
                Activation = Activation.GeluTanh,
                TiedUnembedding = true,
                Rotary = new Rotary(12, 10000),
                OwnHeadWidth = 12,
                Window = 4,
                WindowedLayers = LayerSet.Of(2, l => l == 0),
                QueryScalar = 20,
                AttentionCap = 6,
                LogitCap = 8,
                ScalesEmbedding = true,
            },
            _ => throw new ArgumentException(model),
        };
    }
}
