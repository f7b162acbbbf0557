using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>Checkpoints on a cluster whose files have a key that nobody knows.</summary>
public sealed class UnknownKeyTests
{
    [Fact]
    public async Task Experiment_WithAKeyThatNobodyKnows_FailsThatCheckpoint_AndIgnoresItWhereItSaysSo()
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints: 3);
        suite.Write("model-0", 100, layers: 1, seed: 1, text: FakeAnalyzer.StrangeKey);
        await using var cluster = FakeExperiment.Cluster(suite, silos: 2);
        await cluster.StartAsync();

        var strict = await cluster.EndOfAsync((await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false)).Id);
        Assert.Equal((4, 2), (strict.Progress.Finished, strict.Progress.Failed));

        // every silo that plans, digests or loads it is told
        var started = await cluster.Host.StartAsync($"{FakeExperiment.Yaml}\nignore: {FakeAnalyzer.StrangeKey}", watch: false);
        Assert.NotEqual(strict.Id, started.Id);
        var ended = await cluster.EndOfAsync(started.Id);
        Assert.Equal((HostedPhase.Completed, null), (ended.Phase, ended.Fault));
        Assert.Equal((4, 2, 0), (ended.Progress.Kept, ended.Progress.Finished, ended.Progress.Failed));
    }
}
