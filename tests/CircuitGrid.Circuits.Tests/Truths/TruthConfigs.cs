using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Circuits.Tests.Truths;

/// <summary>
/// Small models of every family, drawn: the switches that make it the family it is are set, all else is chance. A kind is a family's <c>model_type</c> and a
/// seed, as in <c>olmo2 1</c>.
/// </summary>
internal static class TruthConfigs
{
    /// <summary>Every family's kinds. Of the first seed two heads share a key, of the second all of them do, of the third none.</summary>
    public static IEnumerable<string> Kinds =>
    [
        .. from family in (string[])["llama", "mistral", "qwen2", "qwen3", "olmo", "olmo2", "olmo3", "smollm3", "gemma2", "apertus"]
           from seed in Enumerable.Range(1, 3)
           select $"{family} {seed}",
        "gpt_neox 1",
        "gpt2 1",
    ];

    /// <summary>One kind of each family, for what is slow.</summary>
    public static IEnumerable<string> Firsts => Kinds.Where(k => k.EndsWith('1'));

    public static ModelConfig Draw(string kind)
    {
        var (type, seed) = (kind.Split(' ')[0], int.Parse(kind.Split(' ')[1]));
        var random = new Random(type.Sum(c => c) + (1000 * seed));
        var heads = seed == 1 ? 4 : random.Next(2, 4);
        var headWidth = 2 * random.Next(2, 4);
        var width = seed == 2 ? heads * headWidth : 2 * random.Next(5, 9);
        const int Layers = 3;
        LayerSet Some() => LayerSet.Of(Layers, Chosen(random, Layers).Contains);
        var config = new ModelConfig
        {
            Family = Families.Find(type)!,
            Layers = Layers,
            Heads = heads,
            Width = width,
            MlpWidth = random.Next(7, 20),
            Vocabulary = random.Next(20, 26),
            ContextLength = 16,
            Norms = new(NormKind.RmsNorm, random.Next(2) == 0 ? 1e-5 : 1e-6),
            Activation = Activation.Silu,
            ParallelResidual = false,
            TiedUnembedding = random.Next(2) == 0,
            Rotary = new Rotary(headWidth, random.Next(2) == 0 ? 10000 : 500),
            HeadsPerKey = seed switch { 1 => 2, 2 => heads, _ => 1 },
            OwnHeadWidth = width == heads * headWidth ? null : headWidth,
            Biases = Biases.None,
            IsGated = true,
        };
        var llama3 = config.Rotary.Value with { Scaling = new Llama3Scaling(4, 1, 3, 20) };
        var yarn = config.Rotary.Value with { Scaling = new YarnScaling(4, 3, 0.5, 16, 1.15) };

        const Biases Attention = Biases.QueryKeyValue | Biases.Output;

        // Families without head_dim have D/H.
        ModelConfig WithoutOwnWidth() => config with { Width = heads * headWidth, OwnHeadWidth = null };
        ModelConfig Whole() => WithoutOwnWidth() with { Norms = config.Norms with { Placement = NormPlacement.After }, QueryKeyNorm = QueryKeyNorm.Whole };
        return type switch
        {
            "llama" => config with
            {
                Rotary = seed switch { 1 => llama3, 2 => config.Rotary.Value with { Scaling = new LinearScaling(2.5) }, _ => config.Rotary },
                Biases = seed switch { 1 => Biases.None, 2 => Biases.All, _ => Attention },
            },
            "mistral" => config with { Window = 3, WindowedLayers = LayerSet.Of(Layers, _ => true) },
            "qwen2" => WithoutOwnWidth() with
            {
                Biases = Biases.QueryKeyValue,
                Window = seed == 1 ? 2 : 0,
                WindowedLayers = seed == 1 ? LayerSet.Of(Layers, l => l > 0) : default,
            },
            "qwen3" => config with { QueryKeyNorm = QueryKeyNorm.PerHead, Biases = seed == 3 ? Attention : Biases.None },
            "olmo" => WithoutOwnWidth() with
            {
                Norms = new(NormKind.LayerNorm, 1e-5, HasWeights: false),
                QueryKeyValueLimit = seed == 3 ? 0 : 0.9,
                Biases = seed == 3 ? Attention : Biases.None,
            },
            "olmo2" => Whole() with { Biases = seed == 3 ? Attention : Biases.None },
            "olmo3" => Whole() with
            {
                ContextLength = 64,
                Window = 3,
                WindowedLayers = LayerSet.Of(Layers, l => l != seed - 1),
                Rotary = yarn,
                WindowedAreUnscaled = true,
                Biases = seed == 2 ? Attention : Biases.None,
            },
            "smollm3" => WithoutOwnWidth() with { UnrotatedLayers = Some(), Biases = seed == 2 ? Biases.All : Biases.None },
            "gemma2" => config with
            {
                Width = 16, // √D without rounding
                OwnHeadWidth = heads * headWidth == 16 ? null : headWidth,
                Norms = config.Norms with { Placement = NormPlacement.Both, IsOffset = true },
                Activation = Activation.GeluTanh,
                Window = 2 + (seed % 2),
                WindowedLayers = LayerSet.Of(Layers, l => l % 2 == 0),
                QueryScalar = headWidth + random.Next(1, 4),
                AttentionCap = seed == 3 ? 0 : 1.5,
                LogitCap = seed == 2 ? 0 : 4,
                ScalesEmbedding = true,
                TiedUnembedding = true,
                Biases = seed == 2 ? Attention : Biases.None,
            },
            "apertus" => config with { Activation = Activation.XIelu, IsGated = false, QueryKeyNorm = QueryKeyNorm.PerHead, Rotary = seed == 3 ? config.Rotary : llama3 },
            "gpt_neox" => First(type) with { Biases = Biases.Mlp },
            "gpt2" => First(type) with { DividesByLayer = true },
            _ => throw new ArgumentException(kind),
        };
    }

    /// <summary>A model of the two families that were there first.</summary>
    public static ModelConfig First(string type)
    {
        var config = new ModelConfig
        {
            Family = Families.GptNeoX,
            Layers = 3,
            Heads = 2,
            Width = 12,
            MlpWidth = 20,
            Vocabulary = 23,
            ContextLength = 16,
            Norms = new(NormKind.LayerNorm, 1e-5),
            Activation = Activation.Gelu,
            ParallelResidual = true,
            TiedUnembedding = false,
            Rotary = new Rotary(4, 10000),
        };
        return type == "gpt2" ? config with { Family = Families.Gpt2, ParallelResidual = false, TiedUnembedding = true, Rotary = null, Activation = Activation.GeluTanh } : config;
    }

    /// <summary>At least one layer, and not all.</summary>
    private static int[] Chosen(Random random, int layers) => [.. Enumerable.Range(0, layers).OrderBy(_ => random.Next()).Take(random.Next(1, layers))];
}
