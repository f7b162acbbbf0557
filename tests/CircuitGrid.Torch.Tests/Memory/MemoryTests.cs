using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Transformers;
using CircuitGrid.Torch.Tests.Nano;
using TorchSharp;

namespace CircuitGrid.Torch.Tests.Memory;

/// <summary>libtorch counts the tensors of the whole process: nothing else may run beside.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
public sealed class AloneInTheProcess;

[Collection(nameof(MemoryTests))]
public sealed class MemoryTests
{
    /// <summary>Bytes from which on an allocation counts for the driver that refuses.</summary>
    private const long Large = 1 << 16;

    private static readonly ImmutableArray<Example> Examples =
    [
        new([1, 2, 3, 4], [1, 5, 3, 4], [7], [8]),
        new([9, 2, 6], [9, 3, 6], [5], [2]),
        new([4, 4, 1, 7], [4, 2, 1, 7], [3], [11]),
    ];

    private static ModelConfig Small { get; } = new()
    {
        Family = Families.GptNeoX,
        Layers = 2,
        Heads = 2,
        Width = 16,
        MlpWidth = 32,
        Vocabulary = 16,
        ContextLength = 8,
        Norms = new(NormKind.LayerNorm, 1e-5),
        Activation = Activation.Gelu,
        ParallelResidual = true,
        TiedUnembedding = false,
        Rotary = new Rotary(4, 10000),
    };

    [Fact]
    public void ThousandCells_LeaveNoNativeTensor()
    {
        RunCell(1);

        // what tests before this one left to their finalizers
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = torch.Tensor.TotalCount;
        for (var i = 0; i < 1000; i++)
        {
            // after every cell, because a finalizer would hide a leak from a count at the end
            RunCell(i);
            Assert.Equal(before, torch.Tensor.TotalCount);
        }
    }

    [Fact]
    public void AllocatedBytes_WhenAllIsDisposed_AreZero()
    {
        using var device = new TorchDevice();
        using (var tensor = device.Allocate([3, 5], ElementType.Float64))
        using (device.Prepare(new ArrayMatrix(new float[12], 3, 4)))
        {
            tensor.Slice(1, 2).Dispose();
            Assert.Equal((15 * sizeof(double)) + (12 * sizeof(float)), device.AllocatedBytes);
        }

        Assert.Equal(0, device.AllocatedBytes);
    }

    [Fact]
    public void Prepare_InHalfPrecision_TakesHalfTheBytes()
    {
        using var device = TestDevices.Open("cpu", WeightPrecision.BFloat16);
        using var weight = device.Prepare(new ArrayMatrix(new float[12], 3, 4));
        Assert.Equal(24, device.AllocatedBytes);
    }

    [Fact]
    public void Upload_FromASource_AsksForEachRowOnceAndKeepsItsPlace()
    {
        using var device = new TorchDevice(new TorchDeviceOptions { Threads = 3 });
        var source = new CountedRows(5000, 1100);
        using var tensor = device.Allocate([source.Rows, source.Columns]);
        device.Upload(tensor, source);
        var values = new float[tensor.Length];
        device.Download(tensor, values);
        Assert.All(source.Asked, count => Assert.Equal(1, count));
        Assert.Equal(Enumerable.Range(0, source.Rows).Select(r => (float)r), Enumerable.Range(0, source.Rows).Select(r => values[((long)r * source.Columns) + (r % source.Columns)]));
    }

    [Fact]
    public void Prepare_SourceThatFails_ThrowsItsErrorAndKeepsNothing()
    {
        using var device = new TorchDevice();
        Assert.Throws<InvalidInputException>(() => device.Prepare(new DamagedMatrix()));
        Assert.Equal(0, device.AllocatedBytes);
    }

    [Fact]
    public void Allocate_BeyondTheBudget_SaysWhatIsInUse()
    {
        using var device = new TorchDevice(new TorchDeviceOptions { MemoryBudget = 1000 });
        using var first = device.Allocate([200]);
        Assert.Equal(200, device.FreeBytes);
        var error = Assert.Throws<DeviceMemoryException>(() => device.Allocate([100]));
        Assert.Equal((400, 800, 1000), (error.Requested, error.Allocated, error.Limit));
    }

    /// <summary>The driver refuses the first large tensors: the cell is analysed with smaller batches, to the same result, and that is counted.</summary>
    [Fact]
    public void Cell_DriverOutOfMemory_GoesOnWithHalfTheBatch()
    {
        var halved = 0L;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (string.Equals(instrument.Name, "circuitgrid.batches.halved", StringComparison.Ordinal))
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref halved, value));
        listener.Start();

        var folder = NanoCells.Folder("nano-2l", 1000);
        var refused = 0;
        var counted = false;
        var passing = 0;
        var analyzer = new CellAnalyzer(
            threads => new TorchDevice(new TorchDeviceOptions
            {
                Threads = threads,
                BeforeAllocation = bytes =>
                {
                    if (counted && refused < 2 && bytes > Large && passing-- <= 0)
                    {
                        refused++;
                        throw new RefusedByTheDriverException("CUDA out of memory. Tried to allocate more than there is.");
                    }
                },
            }),
            "torch-cpu-f32",
            "test");
        using var checkpoint = analyzer.Load(folder, [], threads: 2, workingMemory: 64L << 20, CancellationToken.None);
        counted = true;
        var dataset = NanoCells.Task("ioi");
        var analysis = NanoCells.Analysis(new CircuitGraph(analyzer.Inspect(folder, new()).Graph).Edges, dataset);
        var result = checkpoint.Analyze(dataset, analysis, expectedBudget: null, progress: null, CancellationToken.None);
        Assert.Equal(2, refused);
        Assert.Equal(2, Interlocked.Read(ref halved));

        using var other = CellAnalyzer.OnCpu().Load(folder, [], threads: 2, workingMemory: null, CancellationToken.None);
        var expected = other.Analyze(dataset, analysis, expectedBudget: null, progress: null, CancellationToken.None);
        Assert.Equal(expected.Budget, result.Budget);
        Assert.Equal(expected.Edges, result.Edges);
        var largest = expected.Scores.Max(Math.Abs);
        Assert.All(expected.Scores.Zip(result.Scores), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * largest));

        // head scores too, once their weights are there
        refused = 0;
        passing = LargeAllocationsOfALoad(folder);
        var suite = SuiteFolder.Open(NanoCells.Suite);
        var inputs = new FileExperimentSource().BuildHeads(suite, suite.Models.Single(m => string.Equals(m.Name, "nano-2l", StringComparison.Ordinal)), 1000, new());
        var heads = checkpoint.MeasureHeads(inputs, result.Edges, CancellationToken.None);
        Assert.Equal(2, refused);
        Assert.Equal(4, Interlocked.Read(ref halved));
        var expectedHeads = other.MeasureHeads(inputs, expected.Edges, CancellationToken.None);
        Assert.Equal(expectedHeads.Roles.Keys, heads.Roles.Keys);
        Assert.All(expectedHeads.Roles, role => Assert.All(role.Value.Values.Zip(heads.Roles[role.Key].Values), pair => Assert.Equal(pair.First, pair.Second, 1e-4)));
    }

    [Fact]
    public void Load_DriverOutOfMemoryMidway_LetsGoOfWhatWasLoaded()
    {
        var folder = NanoCells.Folder("nano-2l", 1000);
        for (var passing = 0; passing < LargeAllocationsOfALoad(folder); passing++)
        {
            var left = passing;
            using var device = new TorchDevice(new TorchDeviceOptions
            {
                BeforeAllocation = bytes =>
                {
                    if (bytes > Large && left-- == 0)
                    {
                        throw new RefusedByTheDriverException("CUDA out of memory. Tried to allocate more than there is.");
                    }
                },
            });
            using var checkpoint = Checkpoint.Open(folder);
            Assert.Throws<DeviceMemoryException>(() => Transformer.Load(device, checkpoint));
            Assert.Equal(0, device.AllocatedBytes);
        }
    }

    [Fact]
    public void Plan_LittleMemory_ChangesOnlyLastBits()
    {
        using var roomy = new TorchDevice();
        using var narrow = new TorchDevice(new TorchDeviceOptions { MemoryBudget = 60_000 });
        var (expected, actual) = (Scores(roomy), Scores(narrow));
        var largest = expected.Max(Math.Abs);
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * largest));
    }

    private static float[] Scores(IDevice device)
    {
        using var model = Transformer.Load(device, new RandomTensors(Small, seed: 3));
        return EdgeAttribution.Run(model, Examples, MetricKind.LogitDifference, new AttributionOptions { Steps = 4 }).Mean();
    }

    private static void RunCell(int seed)
    {
        using var device = new TorchDevice(new TorchDeviceOptions { Threads = 1 });
        using var model = Transformer.Load(device, new RandomTensors(Small, (ulong)seed));
        var graph = new CircuitGraph(GraphShape.Of(Small));
        var metric = seed % 2 == 0 ? MetricKind.LogitDifference : MetricKind.ProbabilityDifference;
        EdgeAttribution.Run(model, Examples, metric, new AttributionOptions { Steps = 2 });
        using var evaluator = new CircuitEvaluator(model, Examples, metric);
        evaluator.Evaluate([Circuit.Prune(graph, Enumerable.Range(0, graph.Edges).Where(e => e % 3 != 0))]);
    }

    /// <summary>Row r holds r in column r mod columns; counts how often each row is read.</summary>
    private sealed class CountedRows(int rows, int columns) : IMatrixSource
    {
        public int[] Asked { get; } = new int[rows];

        public int Rows => rows;

        public int Columns => columns;

        public void CopyRows(int firstRow, Span<float> destination)
        {
            destination.Clear();
            for (var r = 0; r < destination.Length / columns; r++)
            {
                Interlocked.Increment(ref Asked[firstRow + r]);
                destination[(r * columns) + ((firstRow + r) % columns)] = firstRow + r;
            }
        }
    }

    /// <summary>What TorchSharp throws is of this kind.</summary>
    private static int LargeAllocationsOfALoad(string folder)
    {
        var count = 0;
        using var device = new TorchDevice(new TorchDeviceOptions { BeforeAllocation = bytes => count += bytes > Large ? 1 : 0 });
        using var checkpoint = Checkpoint.Open(folder);
        using var model = Transformer.LoadProcessed(device, checkpoint);
        return count;
    }

    private sealed class RefusedByTheDriverException(string message) : ExternalException(message);

    private sealed class DamagedMatrix : IMatrixSource
    {
        public int Rows => 4;

        public int Columns => 4;

        public void CopyRows(int firstRow, Span<float> destination) => throw new InvalidInputException("model.safetensors", "is cut short");
    }
}
