using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Grains.Hosting;
using Microsoft.Data.Sqlite;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>Storage that has lost what it had acknowledged.</summary>
public sealed class LostResultsTests : IAsyncDisposable
{
    private readonly FakeSuite suite = FakeSuite.Of(models: 1, checkpoints: 10);
    private readonly GridCluster cluster;

    public LostResultsTests() => cluster = FakeExperiment.Cluster(suite, silos: 2, pause: TimeSpan.FromMilliseconds(60));

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        suite.Dispose();
    }

    /// <summary>What is lost while the experiment runs is there before it says that it is completed.</summary>
    [Fact]
    public async Task Experiment_WhoseResultsAreLostWhileItRuns_IsCompletedWithAll()
    {
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
        await UntilAsync(async () => (await cluster.Host.FindAsync(started.Id))!.Progress.Finished >= 6);
        Assert.Equal(3, Lose(3));

        await EndsAsync(started.Id, computed: 23);
    }

    /// <summary>A completed experiment that is told that the store may have lost something goes on by itself, for that alone.</summary>
    [Fact]
    public async Task CompletedExperiment_WhoseResultsAreLost_GoesOnWhenTold()
    {
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
        await EndsAsync(started.Id, computed: 20);
        var host = (ClusterExperimentHost)cluster.Host;

        // where nothing is lost it stays as it is
        await host.VerifyAsync();
        Assert.Equal(HostedPhase.Completed, (await host.FindAsync(started.Id))!.Phase);

        Assert.Equal(4, Lose(4));
        await host.VerifyAsync();
        var resumed = (await host.FindAsync(started.Id))!;
        await EndsAsync(started.Id, computed: 24);
        Assert.Equal(HostedPhase.Running, resumed.Phase);
        var told = await host.FollowAsync(started.Id, after: 0).Where(e => e.Kind == GridEventKind.Noticed).Select(e => e.Message).ToListAsync();
        Assert.Contains(told, message => message!.StartsWith("4 results aren't in ", StringComparison.Ordinal));
    }

    private int Lose(int results)
    {
        using var connection = new SqliteConnection($"Data Source={cluster.StorePath};Pooling=false;Default Timeout=30");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            BEGIN IMMEDIATE;
            CREATE TEMP TABLE lost AS SELECT key FROM results ORDER BY key LIMIT {results};
            DELETE FROM results WHERE key IN lost;
            DELETE FROM cells WHERE key IN lost;
            COMMIT;
            SELECT count(*) FROM lost;
            """;
        return Convert.ToInt32(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task EndsAsync(string id, int computed)
    {
        var ended = await cluster.EndOfAsync(id);
        Assert.Equal((HostedPhase.Completed, null), (ended.Phase, ended.Fault));
        Assert.Equal((20, 20), (ended.Progress.Total, ended.Progress.Kept + ended.Progress.Finished));
        Assert.Equal(await FakeExperiment.RunLocallyAsync(suite), StoredBytes.Of(cluster.StorePath));
        Assert.Equal(computed, FakeExperiment.Computed(cluster).Length);
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await isSo())
        {
            await Task.Delay(20, patience.Token);
        }
    }
}
