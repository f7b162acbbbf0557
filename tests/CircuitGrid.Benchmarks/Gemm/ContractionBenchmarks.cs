using BenchmarkDotNet.Attributes;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;

namespace CircuitGrid.Benchmarks.Gemm;

/// <summary>The dot products of attribution scores at the last layer of Pythia-70m and 160m, with 8 examples of 20 positions.</summary>
public class ContractionBenchmarks : IDisposable
{
    private const int Examples = 8;
    private const int Positions = 20;
    private const int Points = 5;

    private readonly Sequences sequences = new(Enumerable.Repeat(Positions, Examples));
    private CpuDevice device = null!;
    private Tensor deltas = null!;
    private Tensor gradients = null!;
    private Tensor scores = null!;
    private Tensor normalized = null!;
    private Tensor dots = null!;

    [Params(1, 2)]
    public int Threads { get; set; }

    [Params("70m", "160m")]
    public string Shape { get; set; } = "70m";

    [GlobalSetup]
    public void Setup()
    {
        var (layers, heads, width) = Shape == "70m" ? (6, 8, 512) : (12, 12, 768);
        var (sources, slots, rows) = (1 + ((layers - 1) * (heads + 1)), (3 * heads) + 1, Examples * Positions);
        device = new CpuDevice(new CpuDeviceOptions { Threads = Threads });
        deltas = Tensors.Random(device, 1, sources, rows, width);
        gradients = Tensors.Random(device, 2, slots, rows, width);
        normalized = Tensors.Random(device, 3, Points * rows, width);
        scores = device.Allocate([Examples, sources, slots], ElementType.Float64);
        device.Fill(scores, 0);
        dots = device.Allocate([sources, Points * rows]);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        device.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public void Contract() => device.Contract(scores, deltas, gradients, sequences, centre: true);

    [Benchmark]
    public void SourceDots() => device.SourceDots(dots, deltas, normalized);
}
