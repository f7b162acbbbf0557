using System.Diagnostics;
using System.Globalization;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.ClusterTrials;

/// <summary>Many cells that take no time, on three silos: what is left is the grid's own.</summary>
internal static class OverheadTrial
{
    private const int Models = 5;
    private const int Tasks = 4;

    private const string Yaml = """
        name: overhead
        suite: fake
        tasks: [{name: ioi, count: 12}, {name: sva, count: 12}, {name: greater-than, count: 12}, {name: gendered-pronoun, count: 12}]
        """;

    public static async Task RunAsync(int cells, CancellationToken cancellation)
    {
        using var suite = FakeSuite.Of(Models, cells / Models / Tasks);
        using var cluster = new ElasticTrial.StandInCluster(suite.Root, silos: 3, TimeSpan.Zero);
        await using var client = await TrialClient.ConnectAsync(suite.Root, cancellation);
        await cluster.ReadyAsync(client, cancellation);
        var watch = Stopwatch.StartNew();
        var started = await client.Experiments.StartAsync(Yaml, watch: false, cancellation);
        var reported = TimeSpan.Zero;
        HostedExperiment now;
        do
        {
            await Task.Delay(250, cancellation);
            now = (await client.Experiments.FindAsync(started.Id, cancellation))!;
            if (watch.Elapsed - reported > TimeSpan.FromSeconds(10))
            {
                reported = watch.Elapsed;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{reported.TotalSeconds,6:0} s: {now.Progress.Finished} cells, silos at most {string.Join(", ", cluster.Processes.Select(p => p.PeakMebibytes))} MiB"));
            }
        }
        while (now.Phase == HostedPhase.Running);

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{now.Phase}: {now.Progress.Finished} cells in {watch.Elapsed.TotalSeconds:0.0} s, {watch.Elapsed.TotalMilliseconds / now.Progress.Finished:0.00} ms a cell; silos at most {string.Join(", ", cluster.Processes.Select(p => p.PeakMebibytes))} MiB"));
    }
}
