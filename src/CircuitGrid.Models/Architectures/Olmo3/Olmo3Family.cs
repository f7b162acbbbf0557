using System.Text.Json;
using CircuitGrid.Models.Architectures.LlamaLike;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Architectures.Olmo3;

/// <summary>
/// Olmo 3: OLMo 2 with a window in all layers but every fourth. A scaling of rotary angles is that of the layers without a window alone, as in OLMo-core and in
/// transformers 4.57 (docs/method.md, families).
/// </summary>
internal sealed class Olmo3Family : LlamaLikeFamily
{
    private const int DefaultWindow = 4096;
    private const int LayersPerFull = 4;

    public override string ModelType => "olmo3";

    internal override string ClassName => "Olmo3ForCausalLM";

    protected override int DefaultContext => 2048;

    protected override double DefaultEpsilon => 1e-5;

    protected override RotaryRules Rotaries { get; } = new() { HasLayerTypes = true, LeavesWindowsUnscaled = true };

    protected override BlockNorms BlockNorms { get; } = new(null, null, "post_attention_layernorm", "post_feedforward_layernorm");

    protected override IReadOnlyList<string> Nullable => WindowReading.Nullable;

    protected override ModelConfig ReadOwn(JsonInput json, ModelConfig config)
    {
        var own = config with
        {
            Norms = config.Norms with { Placement = NormPlacement.After },
            QueryKeyNorm = QueryKeyNorm.Whole,
            Biases = ReadAttentionBiases(json),
        };
        return WindowReading.Read(json, own, DefaultWindow, l => (l + 1) % LayersPerFull != 0);
    }

    protected override void WriteOwn(Utf8JsonWriter json, ModelConfig config)
    {
        WriteUsual(json, config);
        WriteAttentionBiases(json, config);
        WindowReading.Write(json, config);
    }

    protected override ModelConfig Departed(ModelConfig config, ModelConfig plain) => plain with
    {
        Norms = plain.Norms with { Placement = NormPlacement.After },
        QueryKeyNorm = QueryKeyNorm.Whole,
        Biases = AttentionBiases(config),
        Window = config.Window,
        WindowedLayers = config.WindowedLayers,
        WindowedAreUnscaled = config.WindowedAreUnscaled,
    };
}
