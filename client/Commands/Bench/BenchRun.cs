using System.Collections.Immutable;
using System.Diagnostics;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Client.Commands.Bench.Yardstick;
using CircuitGrid.Client.Options;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Client.Commands.Bench;

/// <summary>What a benchmark runs.</summary>
internal sealed record BenchSettings(int Examples, int Positions, int Steps, int Repetitions);

/// <summary>What a benchmark measured; times are the best of its repetitions.</summary>
internal sealed record BenchResult
{
    public required double ForwardSecondsPerExample { get; init; }

    public required double EapIgSecondsPerExample { get; init; }

    /// <summary>Of an attribution: two plain forward passes and the differences of sources.</summary>
    public required double ForwardsSecondsPerExample { get; init; }

    /// <summary>Of an attribution: passes at the integration points.</summary>
    public required double GradientsSecondsPerExample { get; init; }

    /// <summary>Of an attribution: differences times gradients.</summary>
    public required double ContractionSecondsPerExample { get; init; }

    public required double EvaluateSecondsPerExample { get; init; }

    public required double SearchSeconds { get; init; }

    public required int SearchEvaluations { get; init; }

    /// <summary>The search among the sizes up to 5 % of the edges, the evaluated circuit's.</summary>
    public required double SmallSearchSeconds { get; init; }

    public required int SmallSearchEvaluations { get; init; }

    public required int CircuitEdges { get; init; }

    public required int GraphEdges { get; init; }

    public required double FloorFlopsPerExample { get; init; }

    /// <summary>What the device is.</summary>
    public required string Device { get; init; }

    /// <summary>Rows and columns of the products whose rate was measured.</summary>
    public required int ProductSize { get; init; }

    /// <summary>The engine's own product of square matrices, operations a second.</summary>
    public required double GemmRate { get; init; }

    /// <summary>OpenBLAS's, where it was found.</summary>
    public required double? OpenBlasRate { get; init; }

    /// <summary>Which OpenBLAS that is.</summary>
    public required OpenBlasIdentity? OpenBlas { get; init; }

    public required long WeightsBytes { get; init; }

    /// <summary>Of the process, or of a GPU's memory.</summary>
    public required long PeakMemoryBytes { get; init; }

    /// <summary>Floor operations a second as a share of the machine's matrix product rate.</summary>
    public double FractionOfFloor => FloorFlopsPerExample / EapIgSecondsPerExample / (OpenBlasRate ?? GemmRate);
}

/// <summary>Times each stage of a cell on one loaded model: plain forward, EAP-IG, one circuit's evaluation, the search for the smallest size.</summary>
internal static class BenchRun
{
    private const int CpuProductSize = 1024;

    /// <summary>What a GPU needs to show its rate.</summary>
    private const int GpuProductSize = 8192;

    /// <summary>How often the libraries take turns.</summary>
    private const int ProductRounds = 3;

    /// <summary>Rows of a plain forward pass where the device needs no more.</summary>
    private const int ForwardRows = 320;

    public static BenchResult Run(
        Func<IDevice> createDevice, ITensorSource source, BenchSettings settings, ComputeSettings compute, OpenBlas? openBlas, IProgress<BenchProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var device = createDevice();
        using var model = Transformer.Load(device, source);
        var memory = BatchMemory.Of(device, compute);
        var examples = Examples(source.Config, settings);

        var rounds = settings.Repetitions + 1;
        var stage = new BenchStage(progress, "forward", rounds);
        var batches = examples.Chunk(Math.Max(1, Math.Max(ForwardRows, device.FullSpeedRows) / settings.Positions)).Select(c => new TokenBatch(c.Select(e => e.Clean))).ToArray();
        var forward = Best(stage, rounds, () =>
        {
            Array.ForEach(batches, batch => model.RunSources(batch).Dispose());
            Wait(device);
        });

        stage = new BenchStage(progress, "attribution", 1 + rounds + settings.Repetitions);
        var options = new AttributionOptions { Steps = settings.Steps };
        BlockScores Attribute(long? budget, AttributionStages? stages = null) =>
            EdgeAttribution.Run(model, examples, MetricKind.LogitDifference, options, memoryBudget: budget, progress: stage, stages: stages, cancellation: cancellation);
        var (scores, enough) = memory.Run(budget => (Attribute(budget), budget));
        stage.Done();
        var attribution = Best(stage, rounds, () => scores = Attribute(enough));
        var stages = Enumerable.Range(0, settings.Repetitions).Select(_ =>
        {
            var taken = new AttributionStages();
            Attribute(enough, taken);
            stage.Done();
            return taken;
        }).MinBy(s => s.Total)!;

        stage = new BenchStage(progress, "evaluation", 1 + rounds);
        var ranking = EdgeRanking.Create(scores.Graph, scores.Mean(), SelectionRule.Greedy);
        var fivePercent = Math.Max(1, scores.Graph.Edges / 20);
        var circuit = ranking.Select(fivePercent);
        using var evaluator = memory.Run(budget => Evaluator(model, examples, circuit, budget));
        stage.Done();
        var evaluation = Best(stage, rounds, () => evaluator.Evaluate([circuit], cancellation));

        stage = new BenchStage(progress, "search", 2 * (1 + rounds));
        var all = Enumerable.Range(0, examples.Length).ToArray();
        (int Sizes, double Seconds) Search(SizeSearchOptions options)
        {
            var search = SizeSearch.Run(ranking, evaluator, options, all, [], cancellation: cancellation);
            stage.Done();
            return (search.Sizes.Length, Best(stage, rounds, () => SizeSearch.Run(ranking, evaluator, options, all, [], predictedBudget: search.Chosen.Budget, cancellation)));
        }

        var search = Search(new SizeSearchOptions());
        var smallSearch = Search(new SizeSearchOptions { MaxEdges = fivePercent });
        var peak = device.PeakBytes ?? Process.GetCurrentProcess().PeakWorkingSet64;

        stage = new BenchStage(progress, "matrix products", ProductRounds * (rounds + 1));
        var productSize = device.FullSpeedRows > CpuProductSize ? GpuProductSize : CpuProductSize;
        var (own, theirs) = Rates(stage, device, openBlas, productSize, settings.Repetitions);
        return new BenchResult
        {
            ForwardSecondsPerExample = forward / examples.Length,
            EapIgSecondsPerExample = attribution / examples.Length,
            ForwardsSecondsPerExample = stages.Forwards.TotalSeconds / examples.Length,
            GradientsSecondsPerExample = stages.Gradients.TotalSeconds / examples.Length,
            ContractionSecondsPerExample = stages.Contraction.TotalSeconds / examples.Length,
            EvaluateSecondsPerExample = evaluation / examples.Length,
            SearchSeconds = search.Seconds,
            SearchEvaluations = search.Sizes,
            SmallSearchSeconds = smallSearch.Seconds,
            SmallSearchEvaluations = smallSearch.Sizes,
            CircuitEdges = circuit.EdgeCount,
            GraphEdges = scores.Graph.Edges,
            FloorFlopsPerExample = ArithmeticFloor.PerExample(source.Config, settings.Positions, settings.Steps),
            Device = device.Description,
            ProductSize = productSize,
            GemmRate = own,
            OpenBlasRate = theirs,
            OpenBlas = openBlas?.Identity,
            WeightsBytes = WeightsOf(source.Config, DeviceRequest.ElementBytesOf(device.Numerics)),
            PeakMemoryBytes = peak,
        };
    }

    /// <summary>Bytes of a model's parameters: those of matrices that are multiplied by at the device's precision, embeddings in float32.</summary>
    private static long WeightsOf(ModelConfig config, int elementBytes) =>
        (elementBytes * config.NonEmbeddingParameterCount) + (sizeof(float) * (config.ParameterCount - config.NonEmbeddingParameterCount));

    /// <summary>An evaluator that has been seen to fit.</summary>
    private static CircuitEvaluator Evaluator(Transformer model, ImmutableArray<Example> examples, Circuit circuit, long? budget)
    {
        var evaluator = new CircuitEvaluator(model, examples, MetricKind.LogitDifference, memoryBudget: budget);
        try
        {
            evaluator.Evaluate([circuit]);
            return evaluator;
        }
        catch
        {
            evaluator.Dispose();
            throw;
        }
    }

    /// <summary>Random prompts that differ from their corrupted partner in three positions.</summary>
    private static ImmutableArray<Example> Examples(ModelConfig config, BenchSettings settings)
    {
        var random = new Random(1);
        ImmutableArray<int> Prompt() => [.. Enumerable.Range(0, settings.Positions).Select(_ => random.Next(config.Vocabulary))];
        return
        [
            .. Enumerable.Range(0, settings.Examples).Select(_ =>
            {
                var clean = Prompt();
                var corrupted = clean.ToArray();
                for (var i = 0; i < 3; i++)
                {
                    corrupted[random.Next(corrupted.Length)] = random.Next(config.Vocabulary);
                }

                return new Example(clean, [.. corrupted], [random.Next(config.Vocabulary / 2)], [(config.Vocabulary / 2) + random.Next(config.Vocabulary / 2)]);
            }),
        ];
    }

    private static double Best(BenchStage stage, int rounds, Action action)
    {
        var best = double.PositiveInfinity;
        for (var i = 0; i < rounds; i++)
        {
            var start = Stopwatch.GetTimestamp();
            action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            stage.Done();
        }

        return best;
    }

    /// <summary>Waits for all that a device was asked to do: only a download does.</summary>
    public static void Wait(IDevice device)
    {
        using var one = device.Allocate([1]);
        device.Fill(one, 1);
        device.Download(one, new float[1]);
    }

    /// <summary>Both libraries' rates, measured in turn so that a disturbance meets both.</summary>
    private static (double Own, double? Theirs) Rates(BenchStage stage, IDevice device, OpenBlas? openBlas, int size, int repetitions)
    {
        using var weight = device.Prepare(new ArrayMatrix(Enumerable.Repeat(0.25f, size * size).ToArray(), size, size));
        using var x = device.Allocate([size, size]);
        using var y = device.Allocate([size, size]);
        device.Fill(x, 0.5);
        var (own, theirs) = (0.0, 0.0);
        for (var i = 0; i < ProductRounds; i++)
        {
            own = Math.Max(own, 2.0 * size * size * size / Best(stage, repetitions + 1, () =>
            {
                device.Linear(y, x, weight);
                Wait(device);
            }));
            theirs = Math.Max(theirs, openBlas?.Rate(size, repetitions) ?? 0);
            stage.Done();
        }

        return (own, openBlas is null ? null : theirs);
    }
}
