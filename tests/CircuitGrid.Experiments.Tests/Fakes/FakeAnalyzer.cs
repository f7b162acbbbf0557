using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Checkpoints.Prints;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Experiments.Tests.Fakes;

/// <summary>Invents results from a checkpoint's text and the examples: the same ones always, with real circuits of real graphs.</summary>
internal sealed class FakeAnalyzer : ICellAnalyzer
{
    /// <summary>A word in a checkpoint's text that stands for a key which nobody knows.</summary>
    public const string StrangeKey = "strange_key";

    /// <summary>A word in a checkpoint's text that stands for weight files with nothing written in them.</summary>
    public const string Unwritten = "unwritten";

    private int loadedNow;

    public string Numerics { get; init; } = ExperimentSpec.DefaultNumerics;

    public int AlgorithmVersion { get; init; } = 1;

    public string Device => "imagination";

    /// <summary>What <see cref="ICellAnalyzer.Memory"/> says.</summary>
    public Func<long?> OwnMemory { get; init; } = () => null;

    public long? Memory => OwnMemory();

    /// <summary>Checkpoints that the device really has room for.</summary>
    public int Room { get; init; } = int.MaxValue;

    /// <summary>How long a cell takes.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>A file that gets a line for every computation begun, from any process.</summary>
    public string? Log { get; init; }

    /// <summary>Called while a cell is computed.</summary>
    public Action<string, CancellationToken>? During { get; init; }

    /// <summary>Folders loaded, in order.</summary>
    public ConcurrentQueue<string> Loads { get; } = new();

    /// <summary>Folders digested, in order.</summary>
    public ConcurrentQueue<string> Digests { get; } = new();

    /// <summary>Computations begun, <c>folder/task</c>.</summary>
    public ConcurrentQueue<string> Computed { get; } = new();

    /// <summary>The circuit that heads were measured in, by folder.</summary>
    public ConcurrentDictionary<string, BitMask?> Circuits { get; } = new(StringComparer.Ordinal);

    /// <summary>Most checkpoints that were in memory at once.</summary>
    public int MostLoaded { get; private set; }

    /// <summary>The print of a checkpoint's weights, by its text.</summary>
    public Func<string, WeightPrint?> Print { get; init; } = _ => null;

    public CheckpointInfo Inspect(CheckpointFiles files, ForeignKeys foreign)
    {
        var folder = files.Folder;
        RequireKnown(folder, foreign.Ignored);
        var (layers, heads, _, _) = Read(folder);
        return new(new GraphShape(layers, heads, Parallel: true, 8), 1000L * layers, 500L * layers, new(50, 64));
    }

    public CheckpointExamination Examine(CheckpointFiles files, ImmutableSortedSet<string> ignored, CancellationToken cancellation)
    {
        var folder = files.Folder;
        RequireKnown(folder, ignored);
        Digests.Enqueue(folder);
        var weights = Path.Combine(folder, files.Kind == WeightKind.Torch ? CheckpointFolder.TorchName : FakeSource.WeightsName);
        var text = File.ReadAllText(weights);
        return text.Contains(Unwritten, StringComparison.Ordinal)
            ? throw new UnwrittenWeightsException(weights, UnwrittenWeightsException.Zeros)
            : new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), Print(text));
    }

    public ILoadedCheckpoint Load(CheckpointFiles files, ImmutableSortedSet<string> ignored, int threads, long? workingMemory, CancellationToken cancellation)
    {
        var folder = files.Folder;
        RequireKnown(folder, ignored);
        Loads.Enqueue(folder);
        var text = File.ReadAllText(Path.Combine(folder, FakeSource.WeightsName));
        if (text.Contains("unloadable", StringComparison.Ordinal))
        {
            throw new InvalidInputException(folder, "is unloadable");
        }

        if (Volatile.Read(ref loadedNow) >= Room)
        {
            throw new DeviceMemoryException(1000, 1000, null);
        }

        MostLoaded = Math.Max(MostLoaded, Interlocked.Increment(ref loadedNow));
        return new Loaded(this, folder, text);
    }

    private static void RequireKnown(string folder, ImmutableSortedSet<string> ignored)
    {
        if (!ignored.Contains(StrangeKey) && File.ReadAllText(Path.Combine(folder, FakeSource.WeightsName)).Contains(StrangeKey, StringComparison.Ordinal))
        {
            throw new UnknownKeyException(folder, $"has a key '{StrangeKey}'");
        }
    }

    private static (int Layers, int Heads, int Seed, double Skill) Read(string folder)
    {
        var parts = File.ReadAllText(Path.Combine(folder, FakeSource.WeightsName)).Split(' ');
        if (parts.Length < 4)
        {
            throw new InvalidInputException(folder, "is no checkpoint");
        }

        var numbers = parts.Take(4).Select(p => double.Parse(p, CultureInfo.InvariantCulture)).ToArray();
        return ((int)numbers[0], (int)numbers[1], (int)numbers[2], numbers[3]);
    }

    private sealed class Loaded(FakeAnalyzer owner, string folder, string text) : ILoadedCheckpoint
    {
        private bool disposed;

        public CellResult Analyze(TaskDataset dataset, CellAnalysis analysis, int? expectedBudget, IProgress<double>? progress, CancellationToken cancellation)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            owner.Computed.Enqueue($"{folder}/{dataset.Task}");
            if (owner.Log is { } log)
            {
                File.AppendAllText(log, $"{folder}/{dataset.Task}\n");
            }

            cancellation.WaitHandle.WaitOne(owner.Pause);
            cancellation.ThrowIfCancellationRequested();
            owner.During?.Invoke($"{folder}/{dataset.Task}", cancellation);
            if (text.Contains("fails on " + dataset.Task, StringComparison.Ordinal))
            {
                throw new InvalidInputException("prompt", "is longer than the model's context");
            }

            return Invent(dataset, analysis);
        }

        /// <summary>A circuit keeps the share of the graph's edges that it has.</summary>
        public ImmutableArray<(Faithfulness Found, Faithfulness Judged)> Evaluate(
            TaskDataset dataset, CellAnalysis analysis, IReadOnlyList<BitMask> circuits, CancellationToken cancellation) =>
            [.. circuits.Select(c => new Faithfulness((double)c.Count / c.Length, 1, 0)).Select(f => (f, f))];

        public HeadScores MeasureHeads(HeadScoreInputs inputs, BitMask? circuit, CancellationToken cancellation)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            owner.Computed.Enqueue($"{folder}/heads");
            owner.Circuits[folder] = circuit;
            cancellation.ThrowIfCancellationRequested();
            return text.Contains("fails on heads", StringComparison.Ordinal) ? throw new InvalidInputException("head scores", "aren't finite") : FakeResults.Heads(Read(folder).Seed).WithSuccessors(inputs.SuccessorLists);
        }

        public void Dispose()
        {
            disposed = true;
            Interlocked.Decrement(ref owner.loadedNow);
        }

        private CellResult Invent(TaskDataset dataset, CellAnalysis analysis)
        {
            var (layers, heads, _, skill) = Read(folder);
            var seed = SHA256.HashData(Encoding.UTF8.GetBytes($"{text}|{ExamplesDigest.Of(dataset)}|{analysis.Canonical}"));
            // some cells know their circuits well, and so differ from each other; others hardly
            var scatter = seed[4] % 3 == 0 ? 4 : 0.1;
            var result = FakeResults.Make(new GraphShape(layers, heads, Parallel: true, 8), BitConverter.ToInt32(seed), skill, dataset.Examples.Length, analysis.Blocks, scatter);
            return analysis is { Search: SearchRule.Grid, Split: SplitRule.Half } ? FakeResults.WithHalves(result, BitConverter.ToInt32(seed)) : result;
        }
    }
}
