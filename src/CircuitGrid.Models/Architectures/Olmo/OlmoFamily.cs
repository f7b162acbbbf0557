using System.Text.Json;
using CircuitGrid.Models.Architectures.LlamaLike;
using CircuitGrid.Models.Files;
using static CircuitGrid.Models.Architectures.ConfigReading;

namespace CircuitGrid.Models.Architectures.Olmo;

/// <summary>OLMo 1: LayerNorms without weights, and a bound on queries, keys and values.</summary>
internal sealed class OlmoFamily : LlamaLikeFamily
{
    // fixed in Hugging Face's class
    private static readonly NormRules s_norms = new(NormKind.LayerNorm, 1e-5, HasWeights: false);

    public override string ModelType => "olmo";

    internal override string ClassName => "OlmoForCausalLM";

    protected override int DefaultContext => 2048;

    protected override IReadOnlyList<string> Nullable => ["clip_qkv"];

    protected override NormRules ReadNorms(JsonInput json) => s_norms;

    protected override ModelConfig ReadOwn(JsonInput json, ModelConfig config) => config with
    {
        QueryKeyValueLimit = ReadBound(json, "clip_qkv", 0),
        Biases = ReadAttentionBiases(json),
    };

    protected override void WriteOwn(Utf8JsonWriter json, ModelConfig config)
    {
        json.WriteString("hidden_act", config.ActivationName);
        WriteBound(json, "clip_qkv", config.QueryKeyValueLimit);
        WriteAttentionBiases(json, config);
    }

    protected override ModelConfig Departed(ModelConfig config, ModelConfig plain) =>
        plain with { Norms = s_norms, QueryKeyValueLimit = config.QueryKeyValueLimit, Biases = AttentionBiases(config) };
}
