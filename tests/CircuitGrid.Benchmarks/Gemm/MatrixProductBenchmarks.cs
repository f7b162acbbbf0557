using BenchmarkDotNet.Attributes;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;

namespace CircuitGrid.Benchmarks.Gemm;

/// <summary>The products of one transformer block at Pythia's shapes, with 16 examples of 20 positions.</summary>
public class MatrixProductBenchmarks : IDisposable
{
    private const int Rows = 320;
    private const int Heads = 25;
    private const int HeadWidth = 64;

    private CpuDevice device = null!;
    private Weight weight = null!;
    private Tensor x = null!;
    private Tensor y = null!;
    private Tensor slots = null!;
    private Tensor heads = null!;
    private Tensor gradient = null!;
    private Weight projection = null!;
    private int[] firstOutputs = [];

    [Params(1, 2)]
    public int Threads { get; set; }

    [Params(512, 768)]
    public int Width { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        device = new CpuDevice(new CpuDeviceOptions { Threads = Threads });
        weight = Prepare(4 * Width, 1);
        projection = Prepare(Heads * HeadWidth, 2);
        x = Tensors.Random(device, 3, Rows, Width);
        y = Tensors.Random(device, 4, Rows, 4 * Width);
        slots = Tensors.Random(device, 5, Heads, Rows, Width);
        heads = Tensors.Random(device, 6, Rows, Heads * HeadWidth);
        gradient = device.Allocate([4 * Width, Width]);
        firstOutputs = [.. Enumerable.Range(0, Heads).Select(h => h * HeadWidth)];
    }

    [GlobalCleanup]
    public void Dispose()
    {
        device.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public void Linear() => device.Linear(y, x, weight);

    [Benchmark]
    public void LinearTransposed() => device.LinearTransposed(x, y, weight);

    [Benchmark]
    public void WeightGradient() => device.MatrixProduct(gradient, y, transposeA: true, x, transposeB: false);

    [Benchmark]
    public void GroupedLinear() =>
        device.GroupedLinear(heads, BlockLayout.Columns(Heads, Rows, HeadWidth, Heads * HeadWidth), slots, BlockLayout.Stacked(Heads, Rows, Width), projection, firstOutputs, bias: null);

    [Benchmark]
    public void GroupedLinearTransposed() =>
        device.GroupedLinearTransposed(slots, BlockLayout.Stacked(Heads, Rows, Width), heads, BlockLayout.Columns(Heads, Rows, HeadWidth, Heads * HeadWidth), projection, firstOutputs);

    private Weight Prepare(int outputs, int seed)
    {
        var values = new float[outputs * Width];
        Tensors.Fill(values, seed);
        return device.Prepare(new ArrayMatrix(values, outputs, Width));
    }
}
