using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Experiments.Audit;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Models.Files;
using CircuitGrid.Web.Api;
using Spectre.Console;

namespace CircuitGrid.Client.Experiments;

/// <summary>An experiment with its open store and the grid that runs it.</summary>
internal sealed class GridSession : IAsyncDisposable
{
    private readonly SqliteCellStore store;
    private readonly TimeProvider time;
    private readonly LocalGridOptions options;
    private readonly IExperimentSource source;

    private GridSession(ExperimentSpec experiment, SqliteCellStore store, CellAnalyzer analyzer, LocalGrid grid, TimeProvider time, bool hasStore, LocalGridOptions options, IExperimentSource source)
    {
        this.options = options;
        this.source = source;
        HasStore = hasStore;
        Experiment = experiment;
        this.store = store;
        Analyzer = analyzer;
        Grid = grid;
        this.time = time;
    }

    public ExperimentSpec Experiment { get; }

    public IGrid Grid { get; }

    /// <summary>Loads checkpoints for what isn't in the store.</summary>
    public ICellAnalyzer Analyzer { get; }

    /// <summary>Path of the store.</summary>
    public string Store => store.Location;

    /// <summary>Whether there is a store at its path.</summary>
    public bool HasStore { get; }

    /// <summary>Opens the store of an experiment to add to it, a new one where there is none.</summary>
    /// <param name="context">The running command.</param>
    /// <param name="experiment">The experiment.</param>
    /// <param name="storePath">The store's file.</param>
    /// <param name="device">In the words of <c>--device</c>; where <see langword="null"/>, a device that has the experiment's numerics.</param>
    /// <param name="rehash">Whether the bytes of all checkpoints are read, whatever is known of them.</param>
    /// <param name="fetching">How weights on the hub are fetched and kept.</param>
    /// <exception cref="Compute.InvalidInputException">The store can't be used.</exception>
    public static GridSession Open(CommandContext context, ExperimentSpec experiment, string storePath, string? device = null, bool rehash = false, FetchOptions? fetching = null)
    {
        var analyzer = CreateAnalyzer(context.Environment, experiment, device);
        return Create(context, experiment, Wait(context, () => SqliteCellStore.Open(storePath, context.Environment.Time)), analyzer, rehash, hasStore: true, fetching);
    }

    /// <summary>
    /// Opens the store of an experiment for a look. Nothing is made where there is none: what is missing is everything then. Where it can only be
    /// read, that is said.
    /// </summary>
    /// <param name="context">The running command.</param>
    /// <param name="experiment">The experiment.</param>
    /// <param name="storePath">The store's file.</param>
    /// <param name="rehash">Whether the bytes of all checkpoints are read, whatever is known of them.</param>
    /// <param name="fetching">How weights on the hub are fetched and kept.</param>
    /// <exception cref="Compute.InvalidInputException">The store can't be used.</exception>
    public static GridSession OpenForReading(CommandContext context, ExperimentSpec experiment, string storePath, bool rehash = false, FetchOptions? fetching = null)
    {
        var time = context.Environment.Time;
        var analyzer = CreateAnalyzer(context.Environment, experiment, device: null);

        // an empty file is what a run leaves that found no room for a store
        var hasStore = FileStatus.Of(storePath) is not null and not { Kind: FileKind.Plain, Length: 0 };
        var store = Wait(context, () => hasStore ? SqliteCellStore.OpenForReading(storePath, time) : SqliteCellStore.OpenInMemory(storePath, time));
        if (store.IsReadOnly)
        {
            context.Environment.Diagnostics.WriteLine($"The store {VisibleText.OnOneLine(store.Location)} can only be read; what is found out isn't kept.");
        }

        return Create(context, experiment, store, analyzer, rehash, hasStore, fetching);
    }

    /// <summary>Waits for a store that another program has locked, unless the command is stopped.</summary>
    private static SqliteCellStore Wait(CommandContext context, Func<SqliteCellStore> open) =>
        Task.Run(open).WaitAsync(context.Cancellation).GetAwaiter().GetResult();

    private static GridSession Create(CommandContext context, ExperimentSpec experiment, SqliteCellStore store, CellAnalyzer analyzer, bool rehash, bool hasStore, FetchOptions? fetching)
    {
        var time = context.Environment.Time;
        var options = new LocalGridOptions { Program = ProgramVersion.Text, Time = time, Rehash = rehash, Fetching = fetching ?? new() };
        var source = context.Environment.Source;
        return new(experiment, store, analyzer, new LocalGrid(store, store, analyzer, source, options), time, hasStore, options, source);
    }

    /// <summary>A GPU is opened when the first checkpoint is loaded, so that results made on one can be looked at anywhere.</summary>
    private static CellAnalyzer CreateAnalyzer(ClientEnvironment environment, ExperimentSpec experiment, string? device)
    {
        var asked = DeviceRequest.OfNumerics(experiment.Numerics)!;
        var name = device is null ? asked.Device : environment.Devices.Resolve(device)[0];
        var settings = new ComputeSettings(experiment.Threads, experiment.Memory) { Device = name, Precision = asked.Precision };
        var ofOne = settings with { Memory = null };
        CellAnalyzer Of(string description, Func<long?>? memory = null) =>
            new(threads => environment.OpenDevice(ofOne with { Threads = threads }), settings.Request.Numerics, description, memory);
        if (!string.Equals(name, DeviceRequest.Cpu, StringComparison.Ordinal))
        {
            return Of(name, FreeBytes);
        }

        using var processor = environment.OpenDevice(settings);
        return Of(processor.Description);

        long? FreeBytes()
        {
            using var opened = environment.OpenDevice(ofOne);
            return opened.FreeBytes;
        }
    }

    /// <summary>Computes what is missing and shows how it goes.</summary>
    /// <exception cref="Models.Files.UnknownKeyException">A checkpoint's files have a key that nobody knows.</exception>
    public async Task<RunOutcome> RunAsync(CommandContext context)
    {
        context.WhenStopped = $"finished cells are kept in {Store}; the same command goes on from there";
        var failures = new FailureLog();
        var plan = await Grid.PlanAsync(Experiment, context.Cancellation);
        if (plan.Refusal is { } refusal)
        {
            throw refusal;
        }

        var map = new GridMap(plan);
        var progress = await GridDisplay.RunAsync(context, map, display => Grid.RunAsync(Experiment, failures.Before(display), context.Cancellation));
        return RunOutcome.Of(progress, Store, failures.Faults, PlanResource.Of(plan));
    }

    /// <summary>An audit of the suite.</summary>
    public async Task<SuiteAudit> AuditAsync(AuditOptions how, IProgress<double>? progress, CancellationToken cancellation) =>
        await new SuiteAuditor(Analyzer, new(store, Analyzer, source, options), new(source.Hub, options.Fetching)).RunAsync(await source.OpenSuiteAsync(Experiment, cancellation), how, progress, cancellation);

    /// <summary>A report of all results there are, with a bar.</summary>
    public Task<ReportDocument> ReportAsync(CommandContext context) =>
        ShareBar.RunAsync(context, "report", progress => new ReportBuilder(Grid, ProgramVersion.Text, time) { Progress = progress }.BuildAsync(Experiment, context.Cancellation));

    /// <summary>A report of all results there are, while others are computed: it loads no model beside theirs.</summary>
    public Task<ReportDocument> ReportAsync() => new ReportBuilder(Grid, ProgramVersion.Text, time) { MaxWeightBytes = 0 }.BuildAsync(Experiment);

    public async ValueTask DisposeAsync()
    {
        await Grid.DisposeAsync();
        store.Dispose();
    }
}
