using System.Diagnostics;
using System.Globalization;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;

namespace CircuitGrid.ClusterTrials;

/// <summary>
/// Runs real experiments on real silos, which are killed (SIGKILL), drained (SIGTERM) and added at random moments; the emulator is stopped
/// for a while once a round. A round passes if the experiment ends by itself with the very bytes of one machine, none missing or more, and
/// no cell was begun more often than once and once again for every kill or failed process that hit it.
/// </summary>
/// <param name="silo">The silo program.</param>
/// <param name="emulatorFolder">Where the emulator is installed; <see langword="null"/> for SQLite.</param>
/// <param name="suites">Folder of the suites.</param>
/// <param name="port">The first of the thousand and three ports that silos and emulator take.</param>
internal sealed class ChaosTrial(string silo, string? emulatorFolder, string suites, int port)
{
    private const int Silos = 3;
    private const int MostSilos = 5;
    private const int PortsOfSilos = 1000;

    /// <summary>Silos killed, drained and added in a round: however slow the machine, a round comes to its end.</summary>
    private const int MostDisturbances = 12;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(30);

    private const string Small = """
        name: chaos
        suite: nano
        models: [nano-2l, nano-3l]
        checkpoints: [0, 256, 640, 1500, 3000]
        analysis: {steps: 30}
        tasks: [ioi, gendered-pronoun, greater-than, sva]
        """;

    private const string Whole = """
        name: the whole nano experiment
        suite: nano
        heads: true
        tasks: [ioi, gendered-pronoun, greater-than, sva]
        """;

    public async Task<int> RunAsync(int rounds, int seed, CancellationToken cancellation)
    {
        var expected = await RunLocallyAsync(Small, suites, cancellation);
        Console.WriteLine($"one machine: {expected.Count} cells; storage: {(emulatorFolder is null ? "SQLite" : "Azure emulator")}");
        Console.WriteLine("round  kills  drains  added  outages  seconds  cells  begun  again  allowed  equal");
        var failures = 0;
        for (var round = 0; round < rounds; round++)
        {
            var outcome = await RoundAsync(Small, seed + round, isQuiet: false, expected, cancellation);
            failures += outcome.Passed ? 0 : 1;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{round + 1,5}  {outcome.Kills,5}  {outcome.Drains,6}  {outcome.Added,5}  {outcome.Outages,7}  {outcome.Seconds,7:0}  {outcome.Cells,5}  {outcome.Begun,5}  {outcome.Again,5}  {outcome.Allowed,7}  {(outcome.Passed ? "yes" : "NO: " + outcome.Fault)}"));
        }

        return failures == 0 ? 0 : 1;
    }

    public async Task<int> RunWholeAsync(CancellationToken cancellation)
    {
        var expected = await RunLocallyAsync(Whole, suites, cancellation);
        var outcome = await RoundAsync(Whole, seed: 0, isQuiet: true, expected, cancellation);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{expected.Count} cells on {Silos} silos in {outcome.Seconds:0} s: {outcome.Cells} results, {outcome.Begun} begun; {(outcome.Passed ? "all equal to one machine's" : "NO: " + outcome.Fault)}"));
        return outcome.Passed ? 0 : 1;
    }

    private async Task<Outcome> RoundAsync(string yaml, int seed, bool isQuiet, SortedDictionary<string, string> expected, CancellationToken cancellation)
    {
        var random = new Random(seed);
        var folder = Directory.CreateTempSubdirectory("circuitgrid-chaos-").FullName;
        using var emulator = emulatorFolder is null ? null : new Emulator(emulatorFolder, Path.Combine(folder, "emulator"), port + PortsOfSilos);
        using var cluster = new SiloCluster(silo, folder, suites, emulator, port);
        var watch = Stopwatch.StartNew();
        var outages = 0;
        var disturbances = 0;
        try
        {
            for (var i = 0; i < Silos; i++)
            {
                cluster.Add();
            }

            await cluster.ReadyAsync(cancellation);
            watch.Restart();
            var id = await cluster.StartAsync(yaml, cancellation);
            var outageAt = TimeSpan.FromSeconds(5 + random.Next(15));
            var nextAt = TimeSpan.FromSeconds(3 + random.Next(4));
            while (await cluster.PhaseOfAsync(id, cancellation) is var phase && phase != "completed")
            {
                if (phase is "failed" or "cancelled" || watch.Elapsed > Patience)
                {
                    throw new InvalidOperationException(phase is null or "running" ? "it didn't end" : $"it {phase}");
                }

                await Task.Delay(250, cancellation);
                if (isQuiet)
                {
                    continue;
                }

                if (emulator is not null && outages == 0 && watch.Elapsed > outageAt)
                {
                    outages++;
                    emulator.Stop();
                    await Task.Delay(Outage, cancellation);
                    emulator.Start();
                    nextAt = watch.Elapsed + TimeSpan.FromSeconds(2);
                }
                else if (watch.Elapsed > nextAt && disturbances < MostDisturbances)
                {
                    disturbances++;
                    nextAt = watch.Elapsed + TimeSpan.FromSeconds(3 + random.Next(8));
                    cluster.Disturb(random, MostSilos);
                }
            }
        }
        catch (InvalidOperationException e)
        {
            return cluster.Outcome(outages, watch.Elapsed, cells: 0, e.Message);
        }

        var found = emulator is null ? StoredResults.OfFile(cluster.StorePath) : await StoredResults.OfEmulatorAsync(emulator.ConnectionString, SiloCluster.Container, cancellation);
        var fault = found.Count != expected.Count ? $"{found.Count} results"
            : !found.SequenceEqual(expected) ? "other bytes"
            : null;
        var outcome = cluster.Outcome(outages, watch.Elapsed, found.Count, fault);
        if (outcome.Passed)
        {
            Directory.Delete(folder, recursive: true);
        }

        return outcome;
    }

    /// <summary>The bytes of all results of an experiment that one machine has run, by key.</summary>
    public static async Task<SortedDictionary<string, string>> RunLocallyAsync(string yaml, string suites, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("circuitgrid-local-").FullName;
        try
        {
            var path = Path.Combine(folder, "local.sqlite");
            using (var store = SqliteCellStore.Open(path))
            {
                await using var grid = new LocalGrid(store, store, CellAnalyzer.OnCpu(), new FileExperimentSource());
                await grid.RunAsync(ExperimentSpec.Parse(yaml, "experiment", suites), progress: null, cancellation);
            }

            return StoredResults.OfFile(path);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

/// <summary>What came of a round.</summary>
/// <param name="Kills">Silos killed.</param>
/// <param name="Drains">Silos asked to end.</param>
/// <param name="Added">Silos added.</param>
/// <param name="Outages">Times the emulator was away.</param>
/// <param name="Seconds">From the start to the end of the experiment.</param>
/// <param name="Cells">Results found.</param>
/// <param name="Begun">Computations begun.</param>
/// <param name="Again">Those of cells that had been begun before.</param>
/// <param name="Allowed">Computations that a process took with it when it died.</param>
/// <param name="Fault">What is wrong.</param>
internal sealed record Outcome(int Kills, int Drains, int Added, int Outages, double Seconds, int Cells, int Begun, int Again, int Allowed, string? Fault)
{
    public bool Passed => Fault is null;
}
