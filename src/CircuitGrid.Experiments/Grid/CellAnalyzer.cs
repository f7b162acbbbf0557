using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Experiments.Grid;

/// <summary>The real thing: checkpoints from disk on a device.</summary>
/// <param name="createDevice">Makes a device that computes with so many threads; every checkpoint loaded gets its own.</param>
/// <param name="numerics">What <see cref="IDevice.Numerics"/> those devices have.</param>
/// <param name="device">What they are, for people.</param>
/// <param name="memory">Bytes of the device's own memory there are for weights and batches; called when they are first asked for.</param>
public sealed class CellAnalyzer(Func<int, IDevice> createDevice, string numerics, string device, Func<long?>? memory = null) : ICellAnalyzer
{
    /// <summary>
    /// Raised whenever the same weights, examples and analysis give other bytes than before. A test compares the bytes of a small cell.
    /// </summary>
    public const int CurrentAlgorithm = 5;

    private readonly Lazy<long?> bytes = new(memory ?? (() => null));

    /// <summary>Analyses on this machine's processor.</summary>
    public static CellAnalyzer OnCpu()
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        return new(threads => new CpuDevice(new CpuDeviceOptions { Threads = threads }), device.Numerics, $"CPU, {Environment.ProcessorCount} cores");
    }

    public string Numerics => numerics;

    public int AlgorithmVersion => CurrentAlgorithm;

    public string Device => device;

    public long? Memory => bytes.Value;

    public CheckpointInfo Inspect(CheckpointFiles files, ForeignKeys foreign)
    {
        var config = CheckpointFolder.ReadConfig(files.Folder, foreign, files.Kind);
        return new(GraphShape.Of(config), config.ParameterCount, config.NonEmbeddingParameterCount, new(config.Vocabulary, config.ContextLength))
        {
            ElementBytes = DeviceRequest.ElementBytesOf(numerics),
            Settings = config.ToSettings(),
        };
    }

    public CheckpointExamination Examine(CheckpointFiles files, ImmutableSortedSet<string> ignored, CancellationToken cancellation)
    {
        using var checkpoint = Checkpoint.Open(files.Folder, new(ignored), files.Kind);
        var (digest, print) = checkpoint.Examine(cancellation);
        return new(digest, print);
    }

    public ILoadedCheckpoint Load(CheckpointFiles files, ImmutableSortedSet<string> ignored, int threads, long? workingMemory, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var checkpoint = Checkpoint.Open(files.Folder, new(ignored), files.Kind);
        var target = createDevice(threads);
        try
        {
            return new LoadedCheckpoint(files, ignored, target, Transformer.Load(target, checkpoint), workingMemory);
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }
}
