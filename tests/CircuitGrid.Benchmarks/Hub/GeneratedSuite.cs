using System.Globalization;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.HubStandIn;
using CircuitGrid.HubStandIn.Repositories;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Benchmarks.Hub;

/// <summary>Checkpoints of random weights in a repository of the stand-in, and experiments on them with prompts of random tokens.</summary>
/// <param name="folder">An empty folder for checkpoints and experiments.</param>
internal sealed class GeneratedSuite(string folder)
{
    public const string Address = "hf:bench/generated";

    private const string Repository = "bench/generated";
    private const int Positions = 16;

    private static readonly ModelConfig Config = new()
    {
        Family = Families.GptNeoX,
        Layers = 4,
        Heads = 8,
        Width = 256,
        MlpWidth = 1024,
        Vocabulary = 2048,
        ContextLength = 128,
        Norms = new(NormKind.LayerNorm, 1e-5),
        Activation = Activation.Gelu,
        ParallelResidual = true,
        TiedUnembedding = false,
        Rotary = new Rotary(8, 10000),
    };

    /// <summary>Bytes of a checkpoint's weights.</summary>
    public static long CheckpointBytes => 2 * Config.ParameterCount;

    /// <summary>What is analysed.</summary>
    public static string Shape { get; } = string.Create(
        CultureInfo.InvariantCulture, $"{Config.Layers} layers × {Config.Width}, {Config.Heads} heads, {GraphSize.Edges(GraphShape.Of(Config))} edges, {CheckpointBytes / 1e6:F1} MB a checkpoint");

    /// <summary>Puts checkpoints into a repository, each on a branch of its own.</summary>
    public void Publish(HubStandInServer server, int checkpoints)
    {
        var repository = server.Repositories.Add(Repository).Commit("main", StandInTree.Empty.With("README.md", "# Random weights\n"));
        for (var step = 1; step <= checkpoints; step++)
        {
            var path = Directory.CreateDirectory(Path.Combine(folder, "checkpoints", step.ToString(CultureInfo.InvariantCulture))).FullName;
            CheckpointWriter.Write(path, new RandomTensors(Config, seed: (ulong)step), ElementKind.F16);
            var branch = string.Create(CultureInfo.InvariantCulture, $"step{step}");
            repository.Commit(branch, StandInTree.Folder(path));

            // the stand-in hashes a file when it is first asked for, which isn't what is timed
            _ = repository.Head(branch).Id;
        }
    }

    /// <summary>Writes an experiment on all checkpoints.</summary>
    /// <param name="examples">How many examples its task has: what it takes to analyse a checkpoint rises with them.</param>
    /// <returns>The experiment's file.</returns>
    public string WriteExperiment(int examples)
    {
        var random = new Random(1);
        var name = string.Create(CultureInfo.InvariantCulture, $"examples-{examples}");
        File.WriteAllLines(Path.Combine(folder, name + ".jsonl"), Enumerable.Range(0, examples).Select(_ => Pair(random)));
        var path = Path.Combine(folder, name + ".yaml");
        File.WriteAllText(path, $"suite: '{Address}'\ntasks:\n  - {{name: pairs, pairs: {name}.jsonl, metric: logit-diff}}\n");
        return path;
    }

    private static string Pair(Random random)
    {
        int Token() => random.Next(Config.Vocabulary);
        string Prompt() => string.Join(", ", Enumerable.Range(0, Positions).Select(_ => Token()));
        return string.Create(CultureInfo.InvariantCulture, $"{{\"clean\": [{Prompt()}], \"corrupted\": [{Prompt()}], \"correct\": [{Token() / 2}], \"incorrect\": [{(Config.Vocabulary / 2) + (Token() / 2)}]}}");
    }
}
