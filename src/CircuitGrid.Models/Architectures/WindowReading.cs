using System.Text.Json;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Architectures;

/// <summary>Reads and writes which layers' heads see a window only.</summary>
internal static class WindowReading
{
    private const string Sliding = "sliding_attention";
    private const string Full = "full_attention";

    /// <summary>Keys for which <c>null</c> is a value.</summary>
    public static IReadOnlyList<string> Nullable { get; } = ["layer_types", "sliding_window"];

    /// <summary>A model whose layers have windows as <c>layer_types</c> says.</summary>
    /// <param name="json">All of the file.</param>
    /// <param name="config">The model without windows.</param>
    /// <param name="otherwise">The window where the file has no key for it.</param>
    /// <param name="isWindowed">The layers where the file has no <c>layer_types</c>.</param>
    public static ModelConfig Read(JsonInput json, ModelConfig config, int? otherwise, Func<int, bool> isWindowed)
    {
        var window = ReadWindow(json, otherwise);
        var layers = ReadLayerTypes(json, config.Layers) ?? LayerSet.Of(config.Layers, isWindowed);
        return window is not null || layers.IsEmpty
            ? With(config, window, layers)
            : throw json.Error("sliding_window", "is null, although layers have a window; give it a value, or let layer_types say full_attention");
    }

    /// <summary>As <see cref="Read"/>, of families whose windows count only if <c>use_sliding_window</c> says so.</summary>
    public static ModelConfig ReadOptional(JsonInput json, ModelConfig config, int? otherwise, Func<int, bool> isWindowed)
    {
        var isUsed = json.FindBoolean("use_sliding_window") ?? false;
        var window = ReadWindow(json, otherwise) is { } stated && isUsed ? stated : (int?)null;
        var layers = ReadLayerTypes(json, config.Layers) ?? (window is null ? default : LayerSet.Of(config.Layers, isWindowed));
        return window is not null || layers.IsEmpty
            ? With(config, window, layers)
            : throw json.Error("layer_types", $"has {Sliding}, although {(isUsed ? "sliding_window is null" : "use_sliding_window is false")}");
    }

    /// <summary>The window that a file states; <see langword="null"/> for none.</summary>
    public static int? ReadWindow(JsonInput json, int? otherwise) =>
        json.IsStated("sliding_window") ? (int?)json.FindInteger("sliding_window", 1, int.MaxValue) : otherwise;

    /// <summary>A model with a window in some layers.</summary>
    public static ModelConfig With(ModelConfig config, int? window, LayerSet layers) => config with { Window = layers.IsEmpty ? 0 : window ?? 0, WindowedLayers = layers };

    public static void Write(Utf8JsonWriter json, ModelConfig config)
    {
        if (config.WindowedLayers.IsEmpty)
        {
            json.WriteNull("sliding_window");
        }
        else
        {
            json.WriteNumber("sliding_window", config.Window);
        }

        json.WriteStartArray("layer_types");
        for (var l = 0; l < config.Layers; l++)
        {
            json.WriteStringValue(config.WindowedLayers.Contains(l) ? Sliding : Full);
        }

        json.WriteEndArray();
    }

    /// <summary>As <see cref="Write"/>, of families whose windows count only if <c>use_sliding_window</c> says so.</summary>
    public static void WriteOptional(Utf8JsonWriter json, ModelConfig config)
    {
        json.WriteBoolean("use_sliding_window", !config.WindowedLayers.IsEmpty);
        Write(json, config);
    }

    private static LayerSet? ReadLayerTypes(JsonInput json, int layers)
    {
        if (json.Find("layer_types") is not { } list)
        {
            return null;
        }

        var isWindowed = list.Items().Select(item => item.AsString() switch
        {
            Sliding => true,
            Full => false,
            var other => throw item.Error($"is {Text.OneLine(other)}; {Full} and {Sliding} are supported"),
        }).ToList();
        return isWindowed.Count == layers
            ? LayerSet.Of(layers, l => isWindowed[l])
            : throw json.Error("layer_types", $"has {isWindowed.Count} items; the model has {layers} layers");
    }
}
