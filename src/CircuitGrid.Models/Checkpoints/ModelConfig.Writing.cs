using System.Text.Json;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Checkpoints;

public sealed partial record ModelConfig
{
    /// <summary>Writes the configuration as Hugging Face's <c>config.json</c>, from which <see cref="Read"/> gives back an equal one.</summary>
    internal void Write(Stream stream, ElementKind kind)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        if (Architecture == Architecture.GptNeoX)
        {
            WriteGptNeoX(json);
        }
        else
        {
            WriteGpt2(json);
        }

        json.WriteNumber("vocab_size", Vocabulary);
        json.WriteBoolean("tie_word_embeddings", TiedUnembedding);
        json.WriteString("torch_dtype", kind switch
        {
            ElementKind.F32 => "float32",
            ElementKind.F16 => "float16",
            ElementKind.F64 => "float64",
            _ => "bfloat16",
        });
        json.WriteEndObject();
    }

    private string ActivationName => Activation switch
    {
        Activation.Gelu => "gelu",
        Activation.GeluTanh => "gelu_new",
        _ => "relu",
    };

    private void WriteGptNeoX(Utf8JsonWriter json)
    {
        WriteClass(json, "GPTNeoXForCausalLM", "gpt_neox");
        json.WriteNumber("num_hidden_layers", Layers);
        json.WriteNumber("num_attention_heads", Heads);
        json.WriteNumber("hidden_size", Width);
        json.WriteNumber("intermediate_size", MlpWidth);
        json.WriteNumber("max_position_embeddings", ContextLength);
        json.WriteNumber("layer_norm_eps", LayerNormEpsilon);
        json.WriteString("hidden_act", ActivationName);
        json.WriteBoolean("use_parallel_residual", ParallelResidual);
        json.WriteBoolean("attention_bias", true);
        json.WriteNumber("rotary_pct", RotaryShare(Rotary!.Value.Dimensions, HeadWidth));
        json.WriteNumber("rotary_emb_base", Rotary.Value.Base);
    }

    private void WriteGpt2(Utf8JsonWriter json)
    {
        WriteClass(json, "GPT2LMHeadModel", "gpt2");
        json.WriteNumber("n_layer", Layers);
        json.WriteNumber("n_head", Heads);
        json.WriteNumber("n_embd", Width);
        json.WriteNumber("n_inner", MlpWidth);
        json.WriteNumber("n_positions", ContextLength);
        json.WriteNumber("layer_norm_epsilon", LayerNormEpsilon);
        json.WriteString("activation_function", ActivationName);
    }

    private static void WriteClass(Utf8JsonWriter json, string modelClass, string modelType)
    {
        json.WriteStartArray("architectures");
        json.WriteStringValue(modelClass);
        json.WriteEndArray();
        json.WriteString("model_type", modelType);
    }

    /// <summary>The share that every reader's truncation int(share·width) turns back into the number of dimensions.</summary>
    private static double RotaryShare(int dimensions, int headWidth)
    {
        var share = (double)dimensions / headWidth;
        return (int)(headWidth * share) == dimensions ? share : Math.BitIncrement(share);
    }
}
