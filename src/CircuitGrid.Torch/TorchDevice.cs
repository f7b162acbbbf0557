using System.Globalization;
using System.Runtime.InteropServices;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Torch.Kernels;
using CircuitGrid.Torch.Memory;
using TorchSharp;
using static TorchSharp.torch;
using Native = TorchSharp.torch.Tensor;
using Tensor = CircuitGrid.Compute.Tensor;

namespace CircuitGrid.Torch;

/// <summary>
/// libtorch as a device: a CUDA GPU, or the processor with libtorch's own kernels. Every kernel runs in inference mode and in a dispose scope,
/// so that only tensors and weights that were handed out outlive a call. Results agree with the reference within rounding; unlike the managed
/// CPU device's they may change in the last bits with threads, batches and the library's version.
/// </summary>
public sealed partial class TorchDevice : IDevice
{
    /// <summary>Share of a GPU's free memory that batches are planned with: kernels need some beside their results, and the allocator rounds.</summary>
    private const double PlannedShare = 0.7;

    /// <summary>Rows from which on a GPU's products of wide models are at full speed: enough to occupy all its cores at 128 × 128 a block.</summary>
    private const int GpuFullSpeedRows = 4096;

    private const int CpuFullSpeedRows = 320;

    /// <summary>cuBLAS says that it isn't initialised where it found no memory for its workspace.</summary>
    private static readonly string[] OutOfMemoryMessages = ["out of memory", "can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUBLAS_STATUS_NOT_INITIALIZED", "bad_alloc"];

    private readonly TorchDeviceOptions options;
    private readonly Device device;
    private readonly ScalarType weightType;
    private readonly SequenceCache sequenceCache = new();
    private readonly int threads;
    private readonly long? budget;
    private long allocatedBytes;

    /// <exception cref="InvalidInputException">There is no such device here.</exception>
    public TorchDevice(TorchDeviceOptions? options = null)
    {
        this.options = options ??= new TorchDeviceOptions();
        device = Libtorch.FindDevice(options.Device);
        threads = options.Threads ?? Environment.ProcessorCount;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads, nameof(options));
        torch.set_num_threads(threads);
        IsGpu = device.type == DeviceType.CUDA;
        if (IsGpu)
        {
            backends.cuda.matmul.allow_tf32 = options.Precision == WeightPrecision.TensorFloat32;
            backends.cuda.matmul.allow_fp16_reduced_precision_reduction = false;
        }

        weightType = options.Precision switch
        {
            WeightPrecision.Float32 => ScalarType.Float32,
            WeightPrecision.TensorFloat32 when IsGpu => ScalarType.Float32,
            WeightPrecision.BFloat16 => ScalarType.BFloat16,
            WeightPrecision.Float16 => ScalarType.Float16,
            _ => throw new InvalidInputException($"device {options.Device}", $"doesn't compute in {options.Precision}"),
        };

        // asked in any case: what was free before is what the GPU's peak is counted from
        var free = IsGpu ? GpuMemory.FreeAtFirstUse(device.index) : null;
        budget = options.MemoryBudget ?? free;
    }

    public string Numerics => DeviceRequest.NumericsOf(IsGpu ? "cuda" : DeviceRequest.TorchCpu, options.Precision);

    public string Description => string.Create(
        CultureInfo.InvariantCulture,
        $"libtorch {Libtorch.Version} on {(IsGpu ? GpuMemory.Describe(device.index) : $"CPU, {threads} thread{(threads == 1 ? "" : "s")}")}, {Numerics}");

    public long AllocatedBytes => Interlocked.Read(ref allocatedBytes);

    public long? FreeBytes => budget is { } bytes ? Math.Max(0, (long)(bytes * (IsGpu ? PlannedShare : 1)) - AllocatedBytes) : null;

    public long? PeakBytes => IsGpu ? GpuMemory.Taken(device.index) : null;

    public int FullSpeedRows => IsGpu ? GpuFullSpeedRows : CpuFullSpeedRows;

    /// <summary>Whether this is a GPU.</summary>
    public bool IsGpu { get; }

    public void Dispose() => sequenceCache.Dispose();

    internal void Track(long bytes) => Interlocked.Add(ref allocatedBytes, bytes);

    private static TorchTensor Own(Tensor tensor) => tensor as TorchTensor
        ?? throw new ArgumentException($"{tensor} belongs to another device.", nameof(tensor));

    private static TorchWeight Own(Weight weight) => weight as TorchWeight
        ?? throw new ArgumentException("The weight belongs to another device.", nameof(weight));

    /// <summary>The elements of a tensor under a shape; valid until the kernel returns.</summary>
    private static Native View(Tensor tensor, params long[] shape)
    {
        var strides = new long[shape.Length];
        var stride = 1L;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= shape[i];
        }

        return Strided(tensor, shape, strides);
    }

    /// <summary>[rows, columns].</summary>
    private static Native Matrix(Tensor tensor) => View(tensor, tensor.Rows, tensor.Columns);

    /// <summary>All elements in a row.</summary>
    private static Native Flat(Tensor tensor) => View(tensor, tensor.Length);

    /// <summary>[blocks, rows, width].</summary>
    private static Native Blocks(Tensor tensor, BlockLayout layout) =>
        Strided(tensor, [layout.Blocks, layout.Rows, layout.Width], [layout.BlockStride, layout.RowStride, 1], layout.Offset);

    /// <summary>[shared, blocks that share one, rows, width].</summary>
    private static Native Groups(Tensor tensor, BlockLayout layout, int shared) => Grouped(Blocks(tensor, layout), shared);

    /// <summary>[blocks, …] as [shared, blocks that share one, …]: neighbours share.</summary>
    private static Native Grouped(Native blocks, int shared) => blocks.unflatten(0, shared, shared == 0 ? 0 : blocks.shape[0] / shared);

    private static Native Strided(Tensor tensor, long[] shape, long[] strides, long offset = 0)
    {
        var own = Own(tensor);
        return own.Flat.as_strided(shape, strides, own.Offset + offset);
    }

    /// <summary>Runs a kernel: what it makes and doesn't detach is disposed when it returns.</summary>
    /// <exception cref="DeviceMemoryException">libtorch found no memory.</exception>
    private void Run(Action kernel)
    {
        using var inference = torch.inference_mode();
        using var scope = torch.NewDisposeScope();
        try
        {
            kernel();
        }
        catch (ExternalException e) when (Array.Exists(OutOfMemoryMessages, m => e.Message.Contains(m, StringComparison.OrdinalIgnoreCase)))
        {
            throw new DeviceMemoryException($"{Description} has no memory beside the {AllocatedBytes:N0} bytes in use: {e.Message.Split('\n')[0]}", e);
        }
    }

    /// <summary>Numbers for a kernel's use on the device.</summary>
    private Native Indices(ReadOnlySpan<int> values)
    {
        var longs = new long[values.Length];
        for (var i = 0; i < longs.Length; i++)
        {
            longs[i] = values[i];
        }

        return HostNumbers.Send(longs, [longs.Length], device);
    }
}
