using System.Collections.Frozen;
using System.Text.Json;
using CircuitGrid.Models.Architectures.LlamaLike;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Architectures.SmolLm3;

/// <summary>SmolLM3: Llama with layers that don't turn queries and keys, every fourth where the file doesn't list them.</summary>
internal sealed class SmolLm3Family : LlamaLikeFamily
{
    private const int DefaultInterval = 4;

    public override string ModelType => "smollm3";

    internal override string ClassName => "SmolLM3ForCausalLM";

    protected override int DefaultContext => 32768;

    protected override bool IsTiedByDefault => true;

    protected override RotaryRules Rotaries { get; } = new() { Base = 2e6 };

    protected override FrozenSet<string> Harmless => ConfigKeys.SmolLm3;

    protected override IReadOnlyList<string> Nullable { get; } = [.. WindowReading.Nullable, "no_rope_layers"];

    protected override ModelConfig ReadOwn(JsonInput json, ModelConfig config)
    {
        var unrotated = ReadUnrotated(json, config.Layers);
        var own = config with
        {
            Biases = ReadAttentionBiases(json) | (json.FindBoolean("mlp_bias") ?? false ? Biases.Mlp : Biases.None),
            UnrotatedLayers = unrotated,
        };
        return WindowReading.ReadOptional(json, own, otherwise: null, unrotated.Contains);
    }

    protected override void WriteOwn(Utf8JsonWriter json, ModelConfig config)
    {
        WriteUsual(json, config);
        WriteAttentionBiases(json, config);
        json.WriteBoolean("mlp_bias", config.Biases.HasFlag(Biases.Mlp));
        WindowReading.WriteOptional(json, config);
        json.WriteStartArray("no_rope_layers");
        for (var l = 0; l < config.Layers; l++)
        {
            json.WriteNumberValue(config.UnrotatedLayers.Contains(l) ? 0 : 1);
        }

        json.WriteEndArray();
    }

    protected override ModelConfig Departed(ModelConfig config, ModelConfig plain) => plain with
    {
        Biases = AttentionBiases(config) | (config.Biases & Biases.Mlp),
        UnrotatedLayers = config.UnrotatedLayers,
        Window = config.Window,
        WindowedLayers = config.WindowedLayers,
    };

    /// <summary>Layers without rotation. In <c>no_rope_layers</c>, whatever its name, 1 says that a layer has it and 0 that it hasn't.</summary>
    private static LayerSet ReadUnrotated(JsonInput json, int layers)
    {
        var interval = (int?)json.FindInteger("no_rope_layer_interval", 1, int.MaxValue) ?? DefaultInterval;
        if (json.Find("no_rope_layers") is not { } list)
        {
            return LayerSet.Of(layers, l => (l + 1) % interval == 0);
        }

        var isRotated = list.Items().Select(item => item.AsInteger(0, 1) == 1).ToList();
        return isRotated.Count == layers
            ? LayerSet.Of(layers, l => !isRotated[l])
            : throw json.Error("no_rope_layers", $"has {isRotated.Count} items; the model has {layers} layers");
    }
}
