using System.Runtime.Intrinsics;
using CircuitGrid.Compute.Cpu.Memory;
using CircuitGrid.Compute.Cpu.Simd;
using CircuitGrid.Compute.Cpu.Threading;

namespace CircuitGrid.Compute.Cpu;

/// <summary>
/// The processor as a device: managed SIMD, no native library. Results are the same to the last bit for any number of threads, any cut
/// of a batch and any vector width: sums run in 16 lanes (element i in lane i mod 16) that are folded in one fixed order, every
/// multiply-add is rounded once, and exp, tanh and erf are the program's own. Calls may come from several threads.
/// </summary>
public sealed unsafe partial class CpuDevice : IDevice
{
    private readonly long grain;
    private readonly NativePool pool;
    private readonly WorkerPool workers;

    public CpuDevice(CpuDeviceOptions? options = null)
    {
        options ??= new CpuDeviceOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Threads, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Grain, nameof(options));
        Threads = options.Threads;
        grain = options.Grain;
        pool = new NativePool(options.MemoryBudget);
        workers = new WorkerPool(options.Threads);
    }

    /// <summary>Threads that compute, the caller's included.</summary>
    public int Threads { get; }

    public string Numerics => "cpu-f32";

    public string Description => $"CPU, {Threads} thread{(Threads == 1 ? "" : "s")}, {VectorBits}-bit vectors";

    public long AllocatedBytes => pool.AllocatedBytes;

    private static int VectorBits => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    /// <summary>Gives memory that is kept for coming tensors back to the operating system.</summary>
    public void Trim() => pool.Trim();

    public void Dispose()
    {
        workers.Dispose();
        pool.Dispose();
    }

    /// <summary>Scratch memory with undefined contents, 64-byte aligned; counts as allocated until it is disposed.</summary>
    internal NativeBlock Rent(long bytes) => pool.Rent(bytes);

    /// <summary>Calls <paramref name="body"/> once for every number below <paramref name="items"/>, on any threads in any order.</summary>
    internal void ParallelFor(int items, Action<int> body) => workers.Run(items, body);

    /// <summary>
    /// Calls <paramref name="body"/> with ranges [first, last) that cut <paramref name="count"/> items, each worth <paramref name="cost"/>
    /// elements of a cheap kernel, into pieces worth a thread. The cut depends on the number of threads: an item's result must not.
    /// </summary>
    internal void ParallelRanges(long count, long cost, Action<long, long> body)
    {
        if (count == 0)
        {
            return;
        }

        var pieces = (int)Math.Min(Math.Min(count, Threads * 4L), count * Math.Max(cost, 1) / grain);
        if (pieces <= 1 || Threads == 1)
        {
            body(0, count);
            return;
        }

        workers.Run(pieces, i => body(count * i / pieces, count * (i + 1) / pieces));
    }

    /// <summary><see cref="ParallelRanges"/> over elements, cut at whole vectors.</summary>
    internal void ParallelElements(long count, long cost, Action<long, long> body) =>
        ParallelPanels(count, 1024, cost, body);

    /// <summary><see cref="ParallelRanges"/> over the columns of <paramref name="rows"/> rows, cut at cache lines.</summary>
    internal void ParallelColumns(int columns, long rows, Action<int, int> body) =>
        ParallelPanels(columns, Lanes.Count, rows, (first, last) => body((int)first, (int)last));

    private void ParallelPanels(long count, int panel, long cost, Action<long, long> body) =>
        ParallelRanges((count + panel - 1) / panel, panel * cost, (first, last) => body(first * panel, Math.Min(last * panel, count)));

    /// <summary>First element of a float32 tensor of this kind of device.</summary>
    internal static float* Pointer(Tensor tensor) => Own(tensor).Pointer;

    private static CpuTensor Own(Tensor tensor) => tensor as CpuTensor
        ?? throw new ArgumentException($"{tensor} belongs to another device.", nameof(tensor));
}
