using System.Diagnostics;
using System.Globalization;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Grains.Comparisons;

namespace CircuitGrid.ClusterTrials;

/// <summary>
/// What one more checkpoint costs a cluster that watches a trajectory, by the trajectory's length: from the stored result to the comparison
/// that has it in a client's hands, from the checkpoint's file to the stored result, and what is written.
/// </summary>
internal static class GrowthTrial
{
    private const int Added = 9;
    private const int Silos = 3;
    private const int Layers = 8;
    private const string Model = "model-0";
    private const string Task = "ioi";
    private const string Yaml = $$"""
        name: growth
        suite: fake
        tasks: [{name: {{Task}}, count: 12}]
        """;

    public static async Task RunAsync(int[] lengths, CancellationToken cancellation)
    {
        Console.WriteLine($"one more checkpoint of one task, {Silos} silos over SQLite, cells that take no time; medians of {Added}");
        Console.WriteLine("checkpoints  result to comparison (ms)  file to result (ms)  rows written  bytes written  a client's look at the comparison (ms)");
        foreach (var length in lengths)
        {
            await RunAsync(length, cancellation);
        }
    }

    private static async Task RunAsync(int length, CancellationToken cancellation)
    {
        using var suite = new FakeSuite();
        for (var i = 0; i < length; i++)
        {
            Write(suite, i);
        }

        using var cluster = new ElasticTrial.StandInCluster(suite.Root, Silos, TimeSpan.Zero);
        await using var client = await TrialClient.ConnectAsync(suite.Root, cancellation);
        await cluster.ReadyAsync(client, cancellation);
        var started = await client.Experiments.StartAsync(Yaml, watch: true, cancellation);
        var trajectory = client.Grains.GetGrain<ITrajectoryGrain>(TrajectoryKey.Of(started.Id, Model, Task));
        await UntilAsync(trajectory, length, TimeSpan.FromMilliseconds(200), cancellation);

        var (toComparison, toResult, looks) = (new double[Added], new double[Added], new double[Added]);
        var before = StoredRows.Of(suite.Root);
        for (var i = 0; i < Added; i++)
        {
            var written = DateTimeOffset.UtcNow;
            Write(suite, length + i);
            looks[i] = await UntilAsync(trajectory, length + i + 1, TimeSpan.Zero, cancellation);
            var seen = DateTimeOffset.UtcNow;
            var fingerprint = (await client.Store.HistoryAsync(new CellId("fake", Model, StepOf(length + i), Task), cancellation)).Single();
            var stored = (await client.Store.ReadProvenanceAsync(fingerprint.Key, cancellation))!.Finished;
            (toComparison[i], toResult[i]) = ((seen - stored).TotalMilliseconds, (stored - written).TotalMilliseconds);
        }

        var after = StoredRows.Of(suite.Root);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{length,11}  {Median(toComparison),26:0.0}  {Median(toResult),19:0}  {(after.Rows - before.Rows) / (double)Added,12:0.0}  {(after.Bytes - before.Bytes) / (double)Added,13:0}  {Median(looks),39:0.00}"));
    }

    /// <returns>Milliseconds that the last look took.</returns>
    private static async Task<double> UntilAsync(ITrajectoryGrain trajectory, int length, TimeSpan pause, CancellationToken cancellation)
    {
        while (true)
        {
            var watch = Stopwatch.StartNew();
            var view = await trajectory.ViewAsync();
            if (view.Steps.Length >= length)
            {
                return watch.Elapsed.TotalMilliseconds;
            }

            await System.Threading.Tasks.Task.Delay(pause, cancellation);
        }
    }

    private static int StepOf(int index) => 100 * index;

    private static void Write(FakeSuite suite, int index) => suite.Write(Model, StepOf(index), Layers, seed: index);

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
