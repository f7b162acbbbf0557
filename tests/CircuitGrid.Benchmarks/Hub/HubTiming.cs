using System.Diagnostics;
using System.Globalization;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Hub.Cache;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.Hub.Suites;
using CircuitGrid.HubStandIn;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Benchmarks.Hub;

/// <summary>
/// How well fetching hides behind compute: a run of checkpoints that take about as long to fetch as to analyse, against fetching them alone and analysing them when
/// they are here, in turn within one run. Everything is in this process, the stand-in with its limited rate included.
/// </summary>
/// <param name="server">Serves the suite.</param>
/// <param name="suite">The suite.</param>
/// <param name="folder">A folder for caches and stores.</param>
internal sealed class HubTiming(HubStandInServer server, GeneratedSuite suite, string folder)
{
    private const int Checkpoints = 32;
    private const long BytesPerSecond = 20_000_000;

    /// <summary>Examples by which it is found out how many take as long as the download.</summary>
    private const int Calibrating = 16;

    /// <summary>Examples come in blocks, which are to be even.</summary>
    private const int Step = 8;

    private int stores;

    /// <summary>Prints the table.</summary>
    public static async Task<int> RunAsync()
    {
        var root = Directory.CreateTempSubdirectory("circuitgrid-bench-").FullName;
        try
        {
            await using var server = await HubStandInServer.StartAsync();
            var suite = new GeneratedSuite(root);
            suite.Publish(server, Checkpoints);
            var timing = new HubTiming(server, suite, root);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores; {Checkpoints} checkpoints of {GeneratedSuite.Shape}; {BytesPerSecond / 1e6:F0} MB/s"));

            await timing.DownloadAsync("warm");
            var few = await timing.AnalyseAsync("warm", Calibrating);
            few = await timing.AnalyseAsync("warm", Calibrating);
            server.BytesPerSecond = BytesPerSecond;
            var download = await timing.DownloadAsync("alone");
            var examples = Math.Max(1, (int)Math.Round(Calibrating * download / few / Step)) * Step;
            var compute = await timing.AnalyseAsync("alone", examples);
            var both = await timing.AnalyseAsync("both", examples);
            Console.WriteLine("| examples | download alone, s | compute alone, s | both, s | over the longer |");
            Console.WriteLine("|---|---|---|---|---|");
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {examples} | {download.TotalSeconds:F2} | {compute.TotalSeconds:F2} | {both.TotalSeconds:F2} | {both / (download > compute ? download : compute):F2} |"));
            return 0;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>Fetches all weights into a cache of its own, as many at a time as a run does.</summary>
    public async Task<TimeSpan> DownloadAsync(string cache)
    {
        using var store = Hub(cache);
        var hub = new HubSuites(store);
        var opened = await hub.OpenAsync(Load(Calibrating), CancellationToken.None);
        var start = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(opened.Models.Single().Checkpoints, new ParallelOptions { MaxDegreeOfParallelism = new FetchOptions().AtATime }, async (checkpoint, cancellation) =>
        {
            var known = await hub.LookAsync(opened.Models.Single(), checkpoint, cancellation);
            foreach (HubFile file in known.FilesOf(known.Kind))
            {
                await hub.FetchAsync(known.Snapshot, file, received: null, cancellation);
            }
        });
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Runs the experiment with a store of its own and what a cache has.</summary>
    public async Task<TimeSpan> AnalyseAsync(string cache, int examples)
    {
        using var hub = Hub(cache);
        using var cells = SqliteCellStore.Open(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{stores++}.db")));
        await using var grid = new LocalGrid(cells, cells, CellAnalyzer.OnCpu(), new FileExperimentSource(new HubSuites(hub)), new() { Fetching = new() { Keep = FetchOptions.KeepAll } });
        var experiment = Load(examples);
        var start = Stopwatch.GetTimestamp();
        var progress = await grid.RunAsync(experiment);
        var time = Stopwatch.GetElapsedTime(start);
        return progress.Failed == 0 && progress.Finished == progress.Total ? time : throw new InvalidOperationException($"{progress.Failed} of {progress.Total} cells failed.");
    }

    private HubStore Hub(string cache) => new(new HubOptions { Endpoint = server.Endpoint, CacheFolder = Path.Combine(folder, "cache-" + cache) });

    private ExperimentSpec Load(int examples) => ExperimentSpec.Load(suite.WriteExperiment(examples), CancellationToken.None);
}
