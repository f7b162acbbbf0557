using System.Text.Json;
using CircuitGrid.Models.Architectures.LlamaLike;
using CircuitGrid.Models.Files;
using static CircuitGrid.Models.Architectures.ConfigReading;

namespace CircuitGrid.Models.Architectures.Qwen2;

/// <summary>Qwen 2 and 2.5: Llama with biases on queries, keys and values, and maybe a window in the upper layers.</summary>
internal sealed class Qwen2Family : LlamaLikeFamily
{
    /// <summary>The window where the file doesn't say, and the first layer that has it.</summary>
    internal const int DefaultWindow = 4096;
    internal const int DefaultWindowFrom = 28;

    public override string ModelType => "qwen2";

    internal override string ClassName => "Qwen2ForCausalLM";

    protected override int DefaultContext => 32768;

    protected override IReadOnlyList<string> Nullable => WindowReading.Nullable;

    /// <summary>Windows as Qwen 2 and 3 have them.</summary>
    internal static ModelConfig ReadWindows(JsonInput json, ModelConfig config)
    {
        var first = json.FindInteger("max_window_layers", 0, int.MaxValue) ?? DefaultWindowFrom;
        return WindowReading.ReadOptional(json, config, DefaultWindow, l => l >= first);
    }

    protected override ModelConfig ReadOwn(JsonInput json, ModelConfig config)
    {
        Demand(json, "use_mrope", false);
        return ReadWindows(json, config with { Biases = Biases.QueryKeyValue });
    }

    protected override void WriteOwn(Utf8JsonWriter json, ModelConfig config)
    {
        WriteUsual(json, config);
        WindowReading.WriteOptional(json, config);
    }

    protected override ModelConfig Departed(ModelConfig config, ModelConfig plain) => plain with
    {
        Biases = Biases.QueryKeyValue,
        Window = config.Window,
        WindowedLayers = config.WindowedLayers,
    };
}
