using System.Collections.Immutable;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Experiments.Tests.Fakes;

/// <summary>A real checkpoint with random weights, and a task it happens to be good at.</summary>
internal static class TinyModel
{
    public static ModelConfig Config { get; } = new()
    {
        Family = Families.GptNeoX,
        Layers = 2,
        Heads = 3,
        Width = 12,
        MlpWidth = 24,
        Vocabulary = 40,
        ContextLength = 16,
        Norms = new(NormKind.LayerNorm, 1e-5),
        Activation = Activation.Gelu,
        ParallelResidual = true,
        TiedUnembedding = false,
        Rotary = new Rotary(2, 10000),
    };

    public static void Write(string folder, int seed, float unembeddingScale = 1)
    {
        var source = new RandomTensors(Config, (ulong)seed, deviation: 0.5);
        CheckpointWriter.Write(
            folder,
            Config,
            TensorLayout.Of(Config).ToDictionary(t => t.Name, t =>
            {
                var values = new float[t.Length];
                source.Read(t.Name, values);
                return t.Name == "embed_out.weight" ? [.. values.Select(v => v * unembeddingScale)] : values;
            }),
            ElementKind.F32);
    }

    /// <summary>
    /// Examples whose answers are the right way round for the model, or every second one isn't, and that it answers otherwise where the prompt
    /// is corrupted.
    /// </summary>
    public static TaskDataset Task(string folder, bool isGood, int count = 24)
    {
        var random = new Random(4);
        var drafts = Enumerable.Range(0, 10 * count).Select(_ =>
        {
            var length = random.Next(3, 9);
            ImmutableArray<int> Prompt() => [.. Enumerable.Range(0, length).Select(_ => random.Next(Config.Vocabulary))];
            return new Example(Prompt(), Prompt(), [random.Next(20)], [20 + random.Next(20)]);
        }).ToArray();
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        using var checkpoint = Checkpoint.Open(folder);
        using var model = Transformer.Load(device, checkpoint);
        using var evaluator = new CircuitEvaluator(model, drafts, MetricKind.LogitDifference);
        var telling = Enumerable.Range(0, drafts.Length).Where(i => evaluator.AblatedMetrics[i] / evaluator.CleanMetrics[i] < 0.5).Take(count);
        return new(
            "tiny",
            MetricKind.LogitDifference,
            [
                .. telling.Select((i, n) => evaluator.CleanMetrics[i] > 0 == (isGood || n % 2 == 0)
                    ? drafts[i]
                    : drafts[i] with { Correct = drafts[i].Incorrect, Incorrect = drafts[i].Correct }),
            ],
            []);
    }
}
