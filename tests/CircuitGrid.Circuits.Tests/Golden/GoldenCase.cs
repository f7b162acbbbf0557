using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Tests.Golden;

/// <summary>A model with reference numbers; tests/golden/README.md gives their conventions.</summary>
internal sealed partial class GoldenCase : IDisposable
{
    private static readonly string Root = Path.Combine(AppContext.BaseDirectory, "golden");

    private readonly Checkpoint? checkpoint;

    public GoldenCase(string model, IDevice device)
    {
        Folder = Path.Combine(Root, model);
        Device = device;
        if (model is "neox_tiny25" or "gpt2_tiny")
        {
            Source = new GoldenTensors(Path.Combine(Folder, "model.safetensors"), ConfigOf(model));
        }
        else
        {
            Source = checkpoint = Checkpoint.Open(Folder);
            Tolerance = 3e-5;
        }

        Model = Transformer.Load(device, Source);
        Graph = new CircuitGraph(GraphShape.Of(Config));
        Activations = new GoldenTensors(Path.Combine(Folder, "activations.safetensors"));
    }

    public static IEnumerable<string> Models => [.. WithGradients, "llama_tiny", "qwen2_tiny", "qwen3_tiny", "olmo_tiny", "olmo2_tiny", "smollm3_tiny", "olmo3_tiny", "gemma2_tiny"];

    /// <summary>Models for which gradients are stored.</summary>
    public static IEnumerable<string> WithGradients => ["neox_tiny25", "gpt2_tiny"];

    public string Folder { get; }

    public IDevice Device { get; }

    /// <summary>The weights.</summary>
    public ITensorSource Source { get; }

    public ModelConfig Config => Source.Config;

    /// <summary>How far a logit, a node's output or a metric may be off.</summary>
    public double Tolerance { get; } = 2e-5;

    public IEnumerable<string> DataSets => Json("inputs").EnumerateObject().Select(d => d.Name);

    public Transformer Model { get; }

    public CircuitGraph Graph { get; }

    public GoldenTensors Activations { get; }

    public static GoldenCase Open(string model, string device) => new(model, Devices[device]());

    /// <summary>Score files of a model, without their extension.</summary>
    public static IEnumerable<string> Files(string model, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Root, model), $"{pattern}.json").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal);

    public JsonElement Json(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, $"{name}.json")));
        return document.RootElement.Clone();
    }

    /// <summary>The examples of a data set, with the answers that a metric takes.</summary>
    public ImmutableArray<Example> Examples(string dataset, MetricKind metric)
    {
        var (correct, incorrect) = metric == MetricKind.LogitDifference ? ("correct", "incorrect") : ("good", "bad");
        return [.. Json("inputs").GetProperty(dataset).GetProperty("items").EnumerateArray().Select(item =>
            new Example(Ids(item, "clean"), Ids(item, "corrupted"), Ids(item, correct), Ids(item, incorrect)))];
    }

    public float[] Download(Tensor tensor)
    {
        var values = new float[tensor.Length];
        Device.Download(tensor, values);
        return values;
    }

    public void Dispose()
    {
        Model.Dispose();
        checkpoint?.Dispose();
        Device.Dispose();
    }

    public static MetricKind Metric(string name) => name switch
    {
        "logit_diff" => MetricKind.LogitDifference,
        "prob_diff" => MetricKind.ProbabilityDifference,
        _ => throw new ArgumentException(name),
    };

    /// <summary>Asserts |actual − expected| ≤ tolerance everywhere, and that there is something to compare.</summary>
    public static void AssertClose(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double tolerance, string what)
    {
        Assert.Equal(expected.Count, actual.Count);
        Assert.Contains(expected, x => Math.Abs(x) > 10 * tolerance);
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"{what} [{i}]: expected {expected[i]:R}, got {actual[i]:R}, tolerance {tolerance:R}");
        }
    }

    private static ModelConfig ConfigOf(string model)
    {
        var config = new ModelConfig
        {
            Family = Families.Gpt2,
            Layers = 2,
            Heads = 4,
            Width = 32,
            MlpWidth = 128,
            Vocabulary = 64,
            ContextLength = 32,
            Norms = new(NormKind.LayerNorm, 1e-5),
            Activation = Activation.GeluTanh,
            ParallelResidual = false,
            TiedUnembedding = true,
        };
        return model == "gpt2_tiny"
            ? config
            : config with
            {
                Family = Families.GptNeoX,
                Activation = Activation.Gelu,
                ParallelResidual = true,
                TiedUnembedding = false,
                Rotary = new Rotary(2, 10000),
            };
    }

    private static ImmutableArray<int> Ids(JsonElement item, string name)
    {
        var value = item.GetProperty(name);
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(x => x.GetInt32())] : [value.GetInt32()];
    }
}
