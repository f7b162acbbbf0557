using System.Diagnostics;
using System.Globalization;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.ClusterTrials;

/// <summary>How the grid follows the number of its silos. Cells only take time, so that one machine can stand for several.</summary>
internal static class ElasticTrial
{
    private const int FirstPort = 21000;
    private const int Tasks = 2;

    private const string Yaml = """
        name: elastic
        suite: fake
        tasks: [{name: ioi, count: 12}, {name: sva, count: 12}]
        """;

    public static async Task RunAsync(TimeSpan pause, CancellationToken cancellation)
    {
        Console.WriteLine($"cells that take {pause.TotalMilliseconds} ms, {Tasks} to a checkpoint, one slot a silo");
        var single = 0.0;
        for (var silos = 1; silos <= 3; silos++)
        {
            var rate = await RateAsync(silos, 40 * silos, pause, cancellation);
            single = silos == 1 ? rate : single;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{silos} silos: {rate:0.00} cells/s, {rate / single:0.00} of one"));
        }

        await JoinAsync(pause, cancellation);
        await DrainAsync(pause, cancellation);
    }

    private static async Task<double> RateAsync(int silos, int checkpoints, TimeSpan pause, CancellationToken cancellation)
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints);
        using var cluster = new StandInCluster(suite.Root, silos, pause);
        await using var client = await TrialClient.ConnectAsync(suite.Root, cancellation);
        await cluster.ReadyAsync(client, cancellation);
        var watch = Stopwatch.StartNew();
        var started = await client.Experiments.StartAsync(Yaml, watch: false, cancellation);
        var ended = await client.EndOfAsync(started.Id, cancellation);
        return Require(ended, checkpoints * Tasks).Progress.Finished / watch.Elapsed.TotalSeconds;
    }

    private static async Task JoinAsync(TimeSpan pause, CancellationToken cancellation)
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints: 120);
        using var cluster = new StandInCluster(suite.Root, silos: 1, pause);
        await using var client = await TrialClient.ConnectAsync(suite.Root, cancellation);
        await cluster.ReadyAsync(client, cancellation);
        var started = await client.Experiments.StartAsync(Yaml, watch: false, cancellation);
        await Task.Delay(TimeSpan.FromSeconds(3), cancellation);
        var watch = Stopwatch.StartNew();
        var port = cluster.Add();
        while (!File.Exists(StandInSilo.LogOf(suite.Root, port)))
        {
            await Task.Delay(20, cancellation);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"a silo that joins: first cell {watch.Elapsed.TotalSeconds:0.0} s after its process was started"));
        Require(await client.EndOfAsync(started.Id, cancellation), 120 * Tasks);
    }

    private static async Task DrainAsync(TimeSpan pause, CancellationToken cancellation)
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints: 60);
        using var cluster = new StandInCluster(suite.Root, silos: 3, pause);
        await using var client = await TrialClient.ConnectAsync(suite.Root, cancellation);
        await cluster.ReadyAsync(client, cancellation);
        var started = await client.Experiments.StartAsync(Yaml, watch: false, cancellation);
        await Task.Delay(TimeSpan.FromSeconds(4), cancellation);
        var watch = Stopwatch.StartNew();
        await cluster.DrainAsync(0, cancellation);
        var drained = watch.Elapsed;
        Require(await client.EndOfAsync(started.Id, cancellation), 60 * Tasks);
        var computed = cluster.Computed();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"a silo that drains: gone after {drained.TotalSeconds:0.0} s; {computed.Length} computations of {computed.Distinct(StringComparer.Ordinal).Count()} cells in all"));
    }

    private static HostedExperiment Require(HostedExperiment ended, int cells) =>
        ended.Phase == HostedPhase.Completed && ended.Progress.Kept + ended.Progress.Finished == cells
            ? ended
            : throw new InvalidOperationException($"The experiment ended {ended.Phase} with {ended.Progress}. {ended.Fault}");

    /// <summary>Silos of a trial.</summary>
    internal sealed class StandInCluster : IDisposable
    {
        private readonly List<(int Port, SiloProcess Process)> silos = [];
        private readonly string folder;
        private readonly TimeSpan pause;

        public StandInCluster(string folder, int silos, TimeSpan pause)
        {
            this.folder = folder;
            this.pause = pause;
            for (var i = 0; i < silos; i++)
            {
                Add();
            }
        }

        public IEnumerable<SiloProcess> Processes => silos.Select(s => s.Process);

        public int Add()
        {
            var port = FirstPort + silos.Count;
            silos.Add((port, SiloProcess.StandIn(folder, port, pause)));
            return port;
        }

        /// <summary>Waits until every silo is part of the cluster.</summary>
        public async Task ReadyAsync(TrialClient client, CancellationToken cancellation)
        {
            while (await client.ActiveSilosAsync() < silos.Count)
            {
                await Task.Delay(100, cancellation);
            }
        }

        public async Task DrainAsync(int index, CancellationToken cancellation)
        {
            silos[index].Process.Drain();
            await silos[index].Process.ExitAsync(cancellation);
        }

        public string[] Computed() => [.. silos.Select(s => StandInSilo.LogOf(folder, s.Port)).Where(File.Exists).SelectMany(File.ReadAllLines)];

        public void Dispose() => silos.ForEach(s => s.Process.Dispose());
    }
}
