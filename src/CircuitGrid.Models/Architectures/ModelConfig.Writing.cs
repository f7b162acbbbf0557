using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Architectures;

public sealed partial record ModelConfig
{
    /// <summary>Writes the configuration as Hugging Face's <c>config.json</c>, from which <see cref="Read"/> gives back an equal one.</summary>
    internal void Write(Stream stream, ElementKind kind)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteStartArray("architectures");
        json.WriteStringValue(Family.ClassName);
        json.WriteEndArray();
        json.WriteString("model_type", Family.ModelType);
        Family.Write(json, this);

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

    internal string ActivationName => Activation switch
    {
        Activation.Gelu => "gelu",
        Activation.GeluTanh => "gelu_new",
        Activation.Relu => "relu",
        Activation.Silu => "silu",
        Activation.XIelu => "xielu",
        _ => throw new InvalidOperationException($"{Activation} has no name in config.json"),
    };
}
