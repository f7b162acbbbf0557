using System.Collections.Immutable;
using System.Diagnostics;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Client.Commands.Bench;

/// <summary>How long a checkpoint in the page cache takes to load, and how long its files take to be read and nothing else.</summary>
/// <param name="FileBytes">Bytes of its weight files.</param>
/// <param name="LoadSeconds">Opening the folder, reading, converting, folding and laying out the weights on a device.</param>
/// <param name="ReadSeconds">Reading the files in turn, on one thread, into memory of that size that was used before.</param>
/// <param name="PassSeconds">The same into one small buffer over and over, which never leaves the processor's cache.</param>
internal sealed record LoadTimes(long FileBytes, double LoadSeconds, double ReadSeconds, double PassSeconds)
{
    public double FractionOfRead => ReadSeconds / LoadSeconds;
}

/// <summary>Times the load of a checkpoint against plain reads of its files.</summary>
internal static class LoadBench
{
    private const int ReadBytes = 1 << 20;

    /// <summary>Memory that plain reads fill, from the start again where the files are larger: far more than any cache.</summary>
    private const int TargetBytes = 1 << 28;

    private static readonly TimeSpan LeastTime = TimeSpan.FromSeconds(5);

    /// <summary>Times a checkpoint folder, or a model that is no folder yet: it is written as F16 and removed.</summary>
    /// <param name="createDevice">Makes a device for every load.</param>
    /// <param name="source">The model.</param>
    /// <param name="ignored">Keys of other tools' files to ignore.</param>
    /// <param name="repetitions">Least number of loads.</param>
    /// <param name="progress">Hears of every load.</param>
    /// <param name="cancellation">Checked between tensors and loads.</param>
    /// <exception cref="InvalidInputException">The model can't be written or loaded.</exception>
    public static LoadTimes Run(Func<IDevice> createDevice, ITensorSource source, ImmutableSortedSet<string> ignored, int repetitions, IProgress<BenchProgress>? progress, CancellationToken cancellation)
    {
        progress?.Report(new("load", 0));
        if (source is Checkpoint checkpoint)
        {
            return Run(createDevice, checkpoint.Folder, ignored, repetitions, progress, cancellation);
        }

        DirectoryInfo? folder = null;
        try
        {
            folder = Directory.CreateTempSubdirectory("circuitgrid-bench-");
            CheckpointWriter.Write(folder.FullName, new CancellableTensors(source, cancellation), ElementKind.F16);
            return Run(createDevice, folder.FullName, ignored, repetitions, progress, cancellation);
        }
        catch (IOException e)
        {
            throw new InvalidInputException(Path.GetTempPath(), "has no room for a checkpoint to load: " + e.Message, e);
        }
        finally
        {
            folder?.Delete(recursive: true);
        }
    }

    private static LoadTimes Run(Func<IDevice> createDevice, string folder, ImmutableSortedSet<string> ignored, int repetitions, IProgress<BenchProgress>? progress, CancellationToken cancellation)
    {
        string[] files;
        using (var checkpoint = Checkpoint.Open(folder, new(ignored)))
        {
            files = [.. checkpoint.Tensors.Select(t => t.File).Distinct(StringComparer.Ordinal)];
        }

        var bytes = files.Sum(f => new FileInfo(f).Length);
        var target = new byte[(int)Math.Min(bytes, TargetBytes)];
        var (load, read, pass) = (double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity);

        // In turn, so that a disturbance meets all; the first round brings files and memory where the others find them. Short loads need more rounds
        // until the runtime has compiled them well.
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i <= repetitions || Stopwatch.GetElapsedTime(start) < LeastTime; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            load = Math.Min(load, Load(createDevice, folder, ignored));
            read = Math.Min(read, Read(files, target));
            pass = Math.Min(pass, Read(files, target.AsSpan(0, Math.Min(ReadBytes / 4, target.Length))));
            progress?.Report(new("load", Math.Min(1, Math.Min((i + 1.0) / (repetitions + 1), Stopwatch.GetElapsedTime(start) / LeastTime))));
        }

        return new LoadTimes(bytes, load, read, pass);
    }

    private static double Load(Func<IDevice> createDevice, string folder, ImmutableSortedSet<string> ignored)
    {
        // on a device of its own, as a grid loads one checkpoint after the other
        using var device = createDevice();
        var start = Stopwatch.GetTimestamp();
        using var checkpoint = Checkpoint.Open(folder, new(ignored));
        using var model = Transformer.Load(device, checkpoint);
        BenchRun.Wait(device);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Read(string[] files, Span<byte> target)
    {
        var start = Stopwatch.GetTimestamp();
        foreach (var path in files)
        {
            using var file = File.OpenHandle(path);
            var (at, count) = (0L, 1);
            while (count > 0)
            {
                var place = (int)(at % target.Length);
                count = RandomAccess.Read(file, target.Slice(place, Math.Min(ReadBytes, target.Length - place)), at);
                at += count;
            }
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Tensors that nobody waits for any more once they are cancelled.</summary>
    private sealed class CancellableTensors(ITensorSource source, CancellationToken cancellation) : ITensorSource
    {
        public ModelConfig Config => source.Config;

        public bool Contains(string name) => source.Contains(name);

        public void Read(string name, Span<float> destination)
        {
            cancellation.ThrowIfCancellationRequested();
            source.Read(name, destination);
        }

        public void ReadRows(string name, int firstRow, Span<float> destination) => source.ReadRows(name, firstRow, destination);
    }
}
