using System.Text.Json;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Architectures;

/// <summary>Writes rotary positions under the keys that version 4 of transformers reads, as far as these can say them.</summary>
internal static class RotaryWriting
{
    /// <summary>Writes base and scaling of a model all of whose heads turn.</summary>
    /// <param name="json">An object that isn't finished.</param>
    /// <param name="config">The model.</param>
    /// <param name="rules">The family's.</param>
    public static void Write(Utf8JsonWriter json, ModelConfig config, RotaryRules rules)
    {
        var (full, windowed) = (config.Rotary!.Value, config.WindowedAreUnscaled ? null : config.Rotary.Value.Scaling);
        if (config.WindowedLayers.IsEmpty || rules.LeavesWindowsUnscaled == config.WindowedAreUnscaled || full.Scaling is null)
        {
            json.WriteNumber("rope_theta", full.Base);
            WriteScaling(json, full.Scaling, config.ContextLength);
            return;
        }

        json.WriteStartObject("rope_parameters");
        WriteKind(json, "full_attention", full.Base, full.Scaling, config.ContextLength);
        WriteKind(json, "sliding_attention", full.Base, windowed, config.ContextLength);
        json.WriteEndObject();
    }

    /// <summary>Writes <c>rope_scaling</c>.</summary>
    public static void WriteScaling(Utf8JsonWriter json, RotaryScaling? scaling, int context)
    {
        if (scaling is null)
        {
            json.WriteNull("rope_scaling");
            return;
        }

        json.WriteStartObject("rope_scaling");
        WriteMembers(json, scaling, context);
        json.WriteEndObject();
    }

    private static void WriteKind(Utf8JsonWriter json, string key, double angleBase, RotaryScaling? scaling, int context)
    {
        json.WriteStartObject(key);
        json.WriteNumber("rope_theta", angleBase);
        WriteMembers(json, scaling, context);
        json.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter json, RotaryScaling? scaling, int context)
    {
        switch (scaling)
        {
            case null:
                json.WriteString("rope_type", "default");
                break;
            case LinearScaling linear:
                json.WriteString("rope_type", "linear");
                json.WriteNumber("factor", linear.Factor);
                break;
            case Llama3Scaling llama3:
                json.WriteString("rope_type", "llama3");
                json.WriteNumber("factor", llama3.Factor);
                json.WriteNumber("low_freq_factor", llama3.LowFrequencyFactor);
                json.WriteNumber("high_freq_factor", llama3.HighFrequencyFactor);
                json.WriteNumber("original_max_position_embeddings", llama3.OriginalContext);
                break;
            case YarnScaling yarn:
                json.WriteString("rope_type", "yarn");
                json.WriteNumber("factor", yarn.Factor);
                json.WriteNumber("beta_fast", yarn.BetaFast);
                json.WriteNumber("beta_slow", yarn.BetaSlow);
                if (yarn.OriginalContext != context)
                {
                    json.WriteNumber("original_max_position_embeddings", yarn.OriginalContext);
                }

                json.WriteNumber("attention_factor", yarn.AttentionFactor);
                break;
            default:
                throw new ArgumentException($"{scaling} can't be written", nameof(scaling));
        }
    }
}
