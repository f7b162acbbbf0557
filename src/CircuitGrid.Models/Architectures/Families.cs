using System.Collections.Immutable;
using CircuitGrid.Models.Architectures.Apertus;
using CircuitGrid.Models.Architectures.Gemma2;
using CircuitGrid.Models.Architectures.Gpt2;
using CircuitGrid.Models.Architectures.GptNeoX;
using CircuitGrid.Models.Architectures.Llama;
using CircuitGrid.Models.Architectures.Mistral;
using CircuitGrid.Models.Architectures.Olmo;
using CircuitGrid.Models.Architectures.Olmo2;
using CircuitGrid.Models.Architectures.Olmo3;
using CircuitGrid.Models.Architectures.Qwen2;
using CircuitGrid.Models.Architectures.Qwen3;
using CircuitGrid.Models.Architectures.SmolLm3;

namespace CircuitGrid.Models.Architectures;

/// <summary>The families that can be read: where each is registered, once.</summary>
public static class Families
{
    // Told apart from other unknown types because no key of theirs could ever be enough.
    private static readonly string[] s_mixtures =
    [
        "afmoe", "arctic", "bailing_moe", "dbrx", "deepseek_v2", "deepseek_v3", "dots1", "ernie4_5_moe", "flex_olmo", "glm4_moe", "gpt_oss", "granitemoe",
        "granitemoehybrid", "granitemoeshared", "grok-1", "hunyuan_v1_moe", "jamba", "jetmoe", "llama4", "llama4_text", "mixtral", "nllb-moe", "olmoe", "phimoe",
        "qwen2_moe", "qwen3_moe", "qwen3_next", "switch_transformers",
    ];

    public static ModelFamily GptNeoX { get; } = new GptNeoXFamily();

    public static ModelFamily Gpt2 { get; } = new Gpt2Family();

    public static ModelFamily Llama { get; } = new LlamaFamily();

    public static ModelFamily Olmo { get; } = new OlmoFamily();

    public static ModelFamily Olmo2 { get; } = new Olmo2Family();

    public static ModelFamily Olmo3 { get; } = new Olmo3Family();

    public static ModelFamily SmolLm3 { get; } = new SmolLm3Family();

    public static ModelFamily Qwen2 { get; } = new Qwen2Family();

    public static ModelFamily Qwen3 { get; } = new Qwen3Family();

    public static ModelFamily Mistral { get; } = new MistralFamily();

    public static ModelFamily Gemma2 { get; } = new Gemma2Family();

    public static ModelFamily Apertus { get; } = new ApertusFamily();

    /// <summary>All of them, in the order in which they were added.</summary>
    public static ImmutableArray<ModelFamily> All { get; } = [GptNeoX, Gpt2, Llama, Olmo, Olmo2, Olmo3, SmolLm3, Qwen2, Qwen3, Mistral, Gemma2, Apertus];

    /// <summary>The family of a <c>model_type</c>, or <see langword="null"/>.</summary>
    public static ModelFamily? Find(string modelType) => All.FirstOrDefault(f => string.Equals(f.ModelType, modelType, StringComparison.Ordinal));

    /// <summary>Whether a <c>model_type</c> is known to be a mixture of experts.</summary>
    internal static bool IsMixture(string modelType) => s_mixtures.Contains(modelType, StringComparer.Ordinal);
}
