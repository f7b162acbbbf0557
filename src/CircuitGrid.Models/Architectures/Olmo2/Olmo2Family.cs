using System.Text.Json;
using CircuitGrid.Models.Architectures.LlamaLike;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Architectures.Olmo2;

/// <summary>OLMo 2: norms behind attention and MLP only, and of all queries and all keys as one vector.</summary>
internal sealed class Olmo2Family : LlamaLikeFamily
{
    public override string ModelType => "olmo2";

    internal override string ClassName => "Olmo2ForCausalLM";

    protected override int DefaultContext => 2048;

    protected override double DefaultEpsilon => 1e-5;

    protected override BlockNorms BlockNorms { get; } = new(null, null, "post_attention_layernorm", "post_feedforward_layernorm");

    protected override ModelConfig ReadOwn(JsonInput json, ModelConfig config) => config with
    {
        Norms = config.Norms with { Placement = NormPlacement.After },
        QueryKeyNorm = QueryKeyNorm.Whole,
        Biases = ReadAttentionBiases(json),
    };

    protected override void WriteOwn(Utf8JsonWriter json, ModelConfig config)
    {
        WriteUsual(json, config);
        WriteAttentionBiases(json, config);
    }

    protected override ModelConfig Departed(ModelConfig config, ModelConfig plain) => plain with
    {
        Norms = plain.Norms with { Placement = NormPlacement.After },
        QueryKeyNorm = QueryKeyNorm.Whole,
        Biases = AttentionBiases(config),
    };
}
