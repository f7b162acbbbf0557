using System.Text.Json;
using CircuitGrid.Models.Architectures.LlamaLike;
using CircuitGrid.Models.Files;
using static CircuitGrid.Models.Architectures.ConfigReading;

namespace CircuitGrid.Models.Architectures.Mistral;

/// <summary>Mistral: Llama with a window in all layers or in none.</summary>
internal sealed class MistralFamily : LlamaLikeFamily
{
    private const int DefaultWindow = 4096;

    public override string ModelType => "mistral";

    internal override string ClassName => "MistralForCausalLM";

    protected override int DefaultContext => 131072;

    protected override IReadOnlyList<string> Nullable => ["sliding_window"];

    protected override ModelConfig ReadOwn(JsonInput json, ModelConfig config)
    {
        Demand(json, "attention_bias", false);
        Demand(json, "mlp_bias", false);
        return Windowed(config, WindowReading.ReadWindow(json, DefaultWindow));
    }

    protected override void WriteOwn(Utf8JsonWriter json, ModelConfig config)
    {
        WriteUsual(json, config);
        if (config.WindowedLayers.IsEmpty)
        {
            json.WriteNull("sliding_window");
        }
        else
        {
            json.WriteNumber("sliding_window", config.Window);
        }
    }

    protected override ModelConfig Departed(ModelConfig config, ModelConfig plain) => Windowed(plain, config.WindowedLayers.IsEmpty ? null : config.Window);

    private static ModelConfig Windowed(ModelConfig config, int? window) => WindowReading.With(config, window, LayerSet.Of(config.Layers, _ => window is not null));
}
