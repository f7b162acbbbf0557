using System.Collections.Frozen;
using System.Text.Json;
using CircuitGrid.Models.Architectures.LlamaLike;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Architectures.Llama;

/// <summary>Llama 1 to 3 and models of their shape: SmolLM2, TinyLlama, Amber, Lucie, Marin, EuroLLM, FineWeb's ablations.</summary>
internal sealed class LlamaFamily : LlamaLikeFamily
{
    public override string ModelType => "llama";

    internal override string ClassName => "LlamaForCausalLM";

    protected override int DefaultContext => 2048;

    protected override FrozenSet<string> Harmless => ConfigKeys.Llama;

    protected override ModelConfig ReadOwn(JsonInput json, ModelConfig config) => config with
    {
        Biases = ReadAttentionBiases(json) | (json.FindBoolean("mlp_bias") ?? false ? Biases.Mlp : Biases.None),
    };

    protected override void WriteOwn(Utf8JsonWriter json, ModelConfig config)
    {
        WriteUsual(json, config);
        WriteAttentionBiases(json, config);
        json.WriteBoolean("mlp_bias", config.Biases.HasFlag(Biases.Mlp));
    }

    protected override ModelConfig Departed(ModelConfig config, ModelConfig plain) => plain with { Biases = AttentionBiases(config) | (config.Biases & Biases.Mlp) };
}
