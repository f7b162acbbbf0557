using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Architectures;

/// <summary>What families read of a <c>config.json</c> in the same way.</summary>
internal static class ConfigReading
{
    // Far beyond any published model, and small enough that no product of two overflows anything.
    public const int MaxLayers = 1 << 10;
    public const int MaxHeads = 1 << 12;
    public const int MaxWidth = 1 << 17;
    public const int MaxMlpWidth = 1 << 20;
    public const int MaxVocabulary = 1 << 24;
    public const int MaxContextLength = 1 << 24;

    private const string Activations = "gelu, gelu_new, gelu_pytorch_tanh, gelu_fast and relu";

    /// <summary>What any model of the library can be beside a plain decoder over its own weights.</summary>
    public static void DemandPlainDecoder(JsonInput json)
    {
        Demand(json, "is_encoder_decoder", false);
        Demand(json, "add_cross_attention", false);
        Demand(json, "tie_encoder_decoder", false);
        Demand(json, "is_causal", true);
        DemandNothing(json, "cross_attention_hidden_size", "attention over another model's states isn't supported");
        DemandNothing(json, "pruned_heads", "a model without some of its heads isn't supported");
        DemandNothing(json, "per_layer_config", "layers of different settings aren't supported");
        DemandNothing(json, "quantization_config", "quantised weights aren't supported");
        DemandNothing(json, "compression_config", "compressed weights aren't supported");
    }

    public static int Size(JsonInput json, string key, int maximum, int? otherwise = null) =>
        (int?)json.FindInteger(key, 1, maximum) ?? otherwise ?? throw json.Error(key, "is missing");

    public static void Demand(JsonInput json, string key, bool value)
    {
        if (json.FindBoolean(key) is { } stated && stated != value)
        {
            throw json.Error(key, $"is {(stated ? "true" : "false")}; only {(value ? "true" : "false")} is supported");
        }
    }

    public static void DemandNumber(JsonInput json, string key, double value)
    {
        if (json.FindNumber(key) is { } stated && stated != value)
        {
            throw json.Error(key, $"is {stated:R}; only {value:R} is supported");
        }
    }

    public static void DemandNothing(JsonInput json, string key, string reason)
    {
        if (json.Find(key) is { } value && !value.IsEmpty)
        {
            throw json.Error(key, $"isn't empty; {reason}");
        }
    }

    public static void DemandSame(JsonInput json, string key, string other, int value)
    {
        if (json.FindNumber(key) is { } stated && stated != value)
        {
            throw json.Error(key, $"is {stated:R}, and {other} {value}; they must be the same");
        }
    }

    /// <summary>A positive number for which <c>null</c> is a value of its own: 0 here.</summary>
    /// <param name="json">The object.</param>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">What holds where there is no such key.</param>
    public static double ReadBound(JsonInput json, string key, double otherwise)
    {
        if (!json.IsStated(key))
        {
            return otherwise;
        }

        return json.FindNumber(key) is not { } bound ? 0 : bound > 0 ? bound : throw json.Error(key, $"is {bound:R}; it must be above 0, or null for none");
    }

    /// <summary>Writes what <see cref="ReadBound"/> reads.</summary>
    public static void WriteBound(Utf8JsonWriter json, string key, double bound)
    {
        if (bound == 0)
        {
            json.WriteNull(key);
        }
        else
        {
            json.WriteNumber(key, bound);
        }
    }

    /// <summary>An MLP's nonlinearity.</summary>
    public static Activation ReadActivation(JsonInput json, string key, string otherwise) => FindActivation(json.FindString(key) ?? otherwise)
        ?? throw json.Error(key, $"is {Text.OneLine(json.FindString(key)!)}; {Activations} are supported");

    /// <summary>A gated MLP's nonlinearity, which may be SiLU, too.</summary>
    public static Activation ReadGatedActivation(JsonInput json, string key, string otherwise) => (json.FindString(key) ?? otherwise) switch
    {
        "silu" or "swish" => Activation.Silu,
        var name => FindActivation(name) ?? throw json.Error(key, $"is {Text.OneLine(name)}; silu, {Activations} are supported"),
    };

    private static Activation? FindActivation(string name) => name switch
    {
        "gelu" or "gelu_python" => Activation.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" or "gelu_accurate" => Activation.GeluTanh,
        "relu" => Activation.Relu,
        _ => null,
    };
}
