using System.Text.Json;

namespace CircuitGrid.Client.Tests.Golden;

/// <summary>
/// A model with the reference library's numbers, seen as scripts see it: files in and out, read with nothing of the product.
/// Conventions: golden/README.md.
/// </summary>
internal sealed class GoldenFolder(string model)
{
    private static readonly string Root = Path.Combine(AppContext.BaseDirectory, "golden");

    /// <summary>Models with the reference library's numbers in float32.</summary>
    public static IEnumerable<string> Firsts => ["neox_tiny25", "gpt2_tiny"];

    public static IEnumerable<string> Models => [.. Firsts, "llama_tiny", "qwen2_tiny", "qwen3_tiny", "olmo_tiny", "olmo2_tiny", "smollm3_tiny", "olmo3_tiny", "gemma2_tiny"];

    public string Model { get; } = Path.Combine(Root, model);

    /// <summary>Names of files without their extension.</summary>
    public static IEnumerable<string> Files(string model, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Root, model), $"{pattern}.json").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal);

    public JsonElement Json(string name) => ReadJson(Path.Combine(Model, $"{name}.json"));

    public static JsonElement ReadJson(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }

    /// <summary>The word of a metric on the command line.</summary>
    public static string MetricName(string metric) => metric.Replace('_', '-');

    /// <summary>Writes a data set as a pairs file with the answers that a metric takes.</summary>
    public void WritePairs(string path, string dataset, string metric)
    {
        var (correct, incorrect) = metric == "logit_diff" ? ("correct", "incorrect") : ("good", "bad");
        WritePairs(path, dataset, correct, incorrect);
    }

    /// <summary>Writes a data set as a pairs file with the named answers.</summary>
    public void WritePairs(string path, string dataset, string correct, string incorrect) =>
        File.WriteAllLines(path, Json("inputs").GetProperty(dataset).GetProperty("items").EnumerateArray().Select(item => JsonSerializer.Serialize(new
        {
            clean = item.GetProperty("clean"),
            corrupted = item.GetProperty("corrupted"),
            correct = Ids(item.GetProperty(correct)),
            incorrect = Ids(item.GetProperty(incorrect)),
        })));

    /// <summary>Writes the library's scores as the library's own graph file.</summary>
    public void WriteGraph(string path, JsonElement scores)
    {
        var config = Json("config");
        var type = config.GetProperty("model_type").GetString();
        var names = scores.EnumerateObject().Select(e => e.Name).ToList();
        var nodes = names.SelectMany(n => n.Split("->")).Select(n => n.Split('<')[0]).Distinct();
        File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            cfg = new
            {
                n_layers = config.GetProperty(type == "gpt2" ? "n_layer" : "num_hidden_layers"),
                n_heads = config.GetProperty(type == "gpt2" ? "n_head" : "num_attention_heads"),
                parallel_attn_mlp = type == "gpt_neox",
                d_model = config.GetProperty(type == "gpt2" ? "n_embd" : "hidden_size"),
            },
            nodes = nodes.ToDictionary(n => n, _ => new { in_graph = true }, StringComparer.Ordinal),
            edges = names.ToDictionary(n => n, n => new { score = scores.GetProperty(n), in_graph = true }, StringComparer.Ordinal),
        }));
    }

    private static int[] Ids(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(x => x.GetInt32())] : [value.GetInt32()];
}
