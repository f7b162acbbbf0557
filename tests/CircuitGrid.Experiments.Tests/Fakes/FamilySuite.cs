using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Experiments.Tests.Fakes;

/// <summary>A suite with a small made-up model of a family: random weights under their real names, in bfloat16.</summary>
internal static class FamilySuite
{
    public static readonly ImmutableArray<int> Steps = [0, 1000];

    private const int Vocabulary = 1024;

    private static readonly ModelConfig s_plain = new()
    {
        Family = Families.Llama,
        Layers = 3,
        Heads = 6,
        Width = 48,
        MlpWidth = 128,
        Vocabulary = Vocabulary,
        ContextLength = 128,
        Norms = new(NormKind.RmsNorm, 1e-5),
        Activation = Activation.Silu,
        ParallelResidual = false,
        TiedUnembedding = false,
        Rotary = new Rotary(8, 10000),
        HeadsPerKey = 3,
        Biases = Biases.None,
        IsGated = true,
    };

    private static readonly ModelConfig s_old = s_plain with
    {
        Family = Families.GptNeoX,
        Norms = new(NormKind.LayerNorm, 1e-5),
        Activation = Activation.Gelu,
        HeadsPerKey = 1,
        IsGated = false,
    };

    /// <summary>A model of every family, with what makes it that.</summary>
    public static ImmutableArray<ModelConfig> Models { get; } =
    [
        s_old with { ParallelResidual = true, Biases = Biases.Mlp, Rotary = new Rotary(2, 10000) },
        s_old with { Family = Families.Gpt2, Biases = Biases.All, Activation = Activation.GeluTanh, Rotary = null, TiedUnembedding = true, DividesByLayer = true },
        s_plain with { Rotary = new Rotary(8, 500000, new Llama3Scaling(8, 1, 4, 32)), TiedUnembedding = true },
        s_plain with { Family = Families.Olmo, Norms = new(NormKind.LayerNorm, 1e-5, HasWeights: false), QueryKeyValueLimit = 1.5, HeadsPerKey = 1 },
        s_plain with { Family = Families.Olmo2, Norms = new(NormKind.RmsNorm, 1e-6, NormPlacement.After), QueryKeyNorm = QueryKeyNorm.Whole },
        s_plain with
        {
            Family = Families.Olmo3,
            Norms = new(NormKind.RmsNorm, 1e-6, NormPlacement.After),
            QueryKeyNorm = QueryKeyNorm.Whole,
            HeadsPerKey = 1,
            Window = 4,
            WindowedLayers = LayerSet.Of(3, l => l != 1),
            WindowedAreUnscaled = true,
            Rotary = new Rotary(8, 500000, new YarnScaling(8, 32, 1, 16, 1.2)),
        },
        s_plain with { Family = Families.SmolLm3, TiedUnembedding = true, UnrotatedLayers = LayerSet.Of(3, l => l == 2) },
        s_plain with { Family = Families.Qwen2, Biases = Biases.QueryKeyValue, Rotary = new Rotary(8, 1e6) },
        s_plain with { Family = Families.Qwen3, QueryKeyNorm = QueryKeyNorm.PerHead, OwnHeadWidth = 12, Rotary = new Rotary(12, 1e6) },
        s_plain with { Family = Families.Mistral, Window = 5, WindowedLayers = LayerSet.Of(3, _ => true) },
        s_plain with
        {
            Family = Families.Gemma2,
            Norms = new(NormKind.RmsNorm, 1e-6, NormPlacement.Both, IsOffset: true),
            Activation = Activation.GeluTanh,
            TiedUnembedding = true,
            AttentionCap = 5,
            LogitCap = 8,
            QueryScalar = 10,
            ScalesEmbedding = true,
            Window = 6,
            WindowedLayers = LayerSet.Of(3, l => l % 2 == 0),
        },
        s_plain with { Family = Families.Apertus, IsGated = false, Activation = Activation.XIelu, QueryKeyNorm = QueryKeyNorm.PerHead, Rotary = new Rotary(8, 12e6, new Llama3Scaling(8, 1, 4, 32)) },
    ];

    /// <summary>Writes a model's checkpoints, <c>SUITE/MODEL/stepN</c>, each by a function that may keep its files otherwise.</summary>
    /// <param name="suite">The suite's folder.</param>
    /// <param name="config">One of <see cref="Models"/>.</param>
    /// <param name="finish">Gets each checkpoint's folder.</param>
    public static void Write(string suite, ModelConfig config, Action<string> finish)
    {
        foreach (var step in Steps)
        {
            var folder = Path.Combine(suite, config.Family.ModelType, $"step{step.ToString(CultureInfo.InvariantCulture)}");
            CheckpointWriter.Write(folder, new RandomTensors(config, (ulong)(step + 7), deviation: 0.3), ElementKind.BF16);
            finish(folder);
        }
    }

    /// <summary>Writes pairs of token ids whose answers the last checkpoint of a model has the right way round, and otherwise where the prompt is corrupted.</summary>
    public static void WritePairs(string path, string suite, ModelConfig config, int count = 12)
    {
        var random = new Random(4);
        var drafts = Enumerable.Range(0, 40 * count).Select(_ =>
        {
            var length = random.Next(4, 10);
            ImmutableArray<int> Prompt() => [.. Enumerable.Range(0, length).Select(_ => random.Next(Vocabulary))];
            return new Example(Prompt(), Prompt(), [random.Next(20)], [20 + random.Next(20)]);
        }).ToArray();
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        using var checkpoint = Checkpoint.Open(Path.Combine(suite, config.Family.ModelType, $"step{Steps[^1].ToString(CultureInfo.InvariantCulture)}"));
        using var model = Transformer.Load(device, checkpoint);
        using var evaluator = new CircuitEvaluator(model, drafts, MetricKind.LogitDifference);
        var telling = Enumerable.Range(0, drafts.Length).Where(i => evaluator.CleanMetrics[i] > 0 && evaluator.AblatedMetrics[i] < 0).Take(count).ToList();
        Assert.Equal(count, telling.Count);
        File.WriteAllLines(path, telling.Select(i => JsonSerializer.Serialize(new
        {
            clean = drafts[i].Clean,
            corrupted = drafts[i].Corrupted,
            correct = drafts[i].Correct,
            incorrect = drafts[i].Incorrect,
        })));
    }
}
