using System.Text.Json;
using CircuitGrid.Models.Architectures.LlamaLike;
using CircuitGrid.Models.Architectures.Qwen2;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Architectures.Qwen3;

/// <summary>Qwen 3: Llama with a norm of each head's query and key, and maybe a window in the upper layers. Delphi and Marin's 32B are of it.</summary>
internal sealed class Qwen3Family : LlamaLikeFamily
{
    public override string ModelType => "qwen3";

    internal override string ClassName => "Qwen3ForCausalLM";

    protected override int DefaultContext => 32768;

    protected override IReadOnlyList<string> Nullable => WindowReading.Nullable;

    protected override ModelConfig ReadOwn(JsonInput json, ModelConfig config) =>
        Qwen2Family.ReadWindows(json, config with { QueryKeyNorm = QueryKeyNorm.PerHead, Biases = ReadAttentionBiases(json) });

    protected override void WriteOwn(Utf8JsonWriter json, ModelConfig config)
    {
        WriteUsual(json, config);
        WriteAttentionBiases(json, config);
        WindowReading.WriteOptional(json, config);
    }

    protected override ModelConfig Departed(ModelConfig config, ModelConfig plain) => plain with
    {
        QueryKeyNorm = QueryKeyNorm.PerHead,
        Biases = AttentionBiases(config),
        Window = config.Window,
        WindowedLayers = config.WindowedLayers,
    };
}
