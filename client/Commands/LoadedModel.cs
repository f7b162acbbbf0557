using System.Collections.Immutable;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Pairs;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Tokenization;
using CircuitGrid.Models.Transformers;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary>A checkpoint on a device, with the memory that is left beside its weights.</summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly string folder;
    private readonly ForeignKeys foreign;
    private readonly IDevice device;

    private LoadedModel(string folder, ForeignKeys foreign, IDevice device, Transformer transformer, BatchMemory batches)
    {
        this.folder = folder;
        this.foreign = foreign;
        this.device = device;
        Transformer = transformer;
        Batches = batches;
    }

    public Transformer Transformer { get; }

    public BatchMemory Batches { get; }

    /// <summary>The nearest <c>tokenizer.json</c>; <see langword="null"/> where there is none.</summary>
    public string? TokenizerPath => FindTokenizer();

    /// <summary>Opens a checkpoint folder and loads its weights.</summary>
    /// <param name="environment">The world around.</param>
    /// <param name="folder">The folder; where it is a step of a suite, what its <c>suite.json</c> says to ignore is ignored too.</param>
    /// <param name="ignored">Keys of other tools' files to ignore.</param>
    /// <param name="settings">What to compute with.</param>
    /// <param name="kind">Which of its weights to read where there are several; <see langword="null"/> for the usual.</param>
    /// <exception cref="InvalidInputException">The checkpoint can't be used, or doesn't fit the memory allowed.</exception>
    public static LoadedModel Open(ClientEnvironment environment, string folder, ImmutableSortedSet<string> ignored, ComputeSettings settings, WeightKind? kind = null)
    {
        var suite = Above(folder).LastOrDefault();
        var foreign = new ForeignKeys(suite is not null && File.Exists(Path.Combine(suite, SuiteFolder.SuiteName)) ? SuiteFolder.Open(suite, ignored).Ignored : ignored);
        using var checkpoint = Checkpoint.Open(folder, foreign, kind);
        var device = environment.OpenDevice(settings);
        try
        {
            var transformer = Transformer.Load(device, checkpoint);
            var batches = BatchMemory.Of(device, settings);
            return batches.IsEnough
                ? new LoadedModel(folder, foreign, device, transformer, batches)
                : throw TooLittle(settings, folder, device.AllocatedBytes);
        }
        catch (DeviceMemoryException e) when (settings.Memory is not null)
        {
            device.Dispose();
            throw TooLittle(settings, folder, e.Allocated + e.Requested);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>Reads examples for this model. Its tokenizer is only read where the examples need one.</summary>
    /// <param name="path">A pairs file, or a pipe or device that gives one.</param>
    /// <param name="metric">What to measure.</param>
    /// <param name="options">How to read it, but for what the model says.</param>
    /// <param name="cancellation">Ends the waiting for a pipe.</param>
    /// <exception cref="InvalidInputException">The file can't be used, or a prompt doesn't fit the model.</exception>
    public TaskDataset ReadPairs(string path, MetricKind metric, PairsOptions options, CancellationToken cancellation)
    {
        var config = Transformer.Config;
        return PairsFile.LoadNamed(
            path,
            metric,
            options with
            {
                Tokenizer = FindTokenizer() is { } file ? new Lazy<Tokenizer>(() => LoadTokenizer(file)) : null,
                ConfiguredBegin = options.PrependBos ? CheckpointFolder.ReadBeginTokens(folder) : [],
                Limits = new(config.Vocabulary, config.ContextLength),
            },
            cancellation);
    }

    /// <summary>Reads a tokenizer of this model.</summary>
    /// <param name="path">Its <c>tokenizer.json</c>.</param>
    /// <exception cref="InvalidInputException">It can't be used.</exception>
    public Tokenizer LoadTokenizer(string path) => Tokenizer.Load(path, foreign);

    /// <summary>Says what was passed over in the checkpoint's files.</summary>
    public void ShowNotes(IAnsiConsole console) => ForeignNotes.Show(console, foreign);

    public void Dispose()
    {
        Transformer.Dispose();
        device.Dispose();
    }

    /// <summary>The checkpoint's own tokenizer; where it is a step of a suite, else the model's or the suite's.</summary>
    private string? FindTokenizer() =>
        TokenizerFiles.FindIn(folder) ?? Above(folder).Select(TokenizerFiles.FindIn).FirstOrDefault(file => file is not null);

    /// <summary>The folders of the model and the suite that a checkpoint is a step of; none where it isn't one.</summary>
    private static string[] Above(string folder)
    {
        var path = Path.GetFullPath(folder);
        return Path.GetDirectoryName(path) is { } model && Path.GetDirectoryName(model) is { } suite && Path.GetFileName(path).StartsWith("step", StringComparison.Ordinal)
            ? [model, suite]
            : [];
    }

    private static InvalidInputException TooLittle(ComputeSettings settings, string folder, long needed) =>
        new($"--memory {ByteSize.Format(settings.Memory ?? 0)}", $"the weights of {folder} alone take {ByteSize.Format(needed)}; allow at least {ByteSize.Format((needed * 3 / 2) + BatchMemory.Smallest)}");
}
