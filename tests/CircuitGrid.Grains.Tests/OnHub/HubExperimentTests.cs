using System.Globalization;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Grains.Tests.Cluster;
using CircuitGrid.HubStandIn.Faults;
using CircuitGrid.HubStandIn.Requests;

namespace CircuitGrid.Grains.Tests.OnHub;

/// <summary>What is on the hub is found as in a folder, each file is fetched once, and names that move change nothing.</summary>
public sealed class HubExperimentTests
{
    private const string Model = "nano-2l";
    private static readonly int[] Steps = [0, 512, 3000];
    private static readonly string All = NanoExperiment.Yaml.Replace("suite: nano", "suite: \"hf:nano-lab/nano-{2l,3l,4l}\"", StringComparison.Ordinal);

    [Fact]
    public async Task Experiment_OnTwoSilosOfOneMachine_EndsWithTheBytesOfTheFolderAndFetchesOnce()
    {
        await using var cluster = await HubCluster.StartAsync(silos: 2, c => c.Nano.Models.ToList().ForEach(m => c.Nano.Add(c.Server, m, steps: Steps)));
        var ended = await cluster.RunAsync(All);

        Assert.Equal((HostedPhase.Completed, 36, 36, 0), (ended.Phase, ended.Progress.Total, ended.Progress.Finished, ended.Progress.Failed));
        var local = await NanoExperiment.RunLocallyAsync(cluster.Grid.Folder);
        Assert.Equal(36, local.Count);
        Assert.Equal(local, StoredBytes.Of(cluster.Grid.StorePath));
        Assert.All(cluster.Analyzers, a => Assert.NotEmpty(a.Computed));
        Assert.Equal(36, cluster.Analyzers.Sum(a => a.Computed.Count));
        Assert.Equal(9, cluster.Downloads.Count);
        Assert.Equal(9, cluster.Downloads.DistinctBy(d => (d.Repository, d.Revision)).Count());

        Assert.True(cluster.IsSent("hf:nano-lab/nano-"), "the jobs weren't recorded");
        Assert.True(cluster.IsSent(cluster.Server.Repositories.All[0].Head("step512").Id));
        Assert.All(["step0", "step512", "step3000", "main"], name => Assert.False(cluster.IsSent(name), name));

        cluster.Server.Requests.Clear();
        var again = await cluster.RunAsync(All);
        Assert.Equal((HostedPhase.Completed, 36), (again.Phase, again.Progress.Kept));
        Assert.Empty(cluster.Downloads);
    }

    [Fact]
    public async Task Branch_ThatMovesBetweenPlanAndJob_IsComputedAsPlanned()
    {
        await using var cluster = await HubCluster.StartAsync(
            silos: 1, c => c.Nano.Add(c.Server, Model, steps: Steps));

        // what comes after the headers is late, so that the last job isn't sent yet when the branch moves
        cluster.Server.Faults.Add(new() { Fault = Fault.Delay(TimeSpan.FromSeconds(2)), Kind = RequestKind.Large, After = Steps.Length, Times = 1 });
        var repository = cluster.Server.Repositories.All[0];
        var planned = repository.Head("step3000").Id;
        var started = await cluster.Grid.Host.StartAsync(Yaml(), watch: false);
        await HubCluster.UntilAsync(() => Task.FromResult(cluster.Downloads.Count > 0));
        Assert.DoesNotContain(cluster.Downloads, d => d.Revision == planned);
        cluster.Nano.AddCopy(repository, Model, 3000, copiedStep: 256);

        Assert.Equal(HostedPhase.Completed, (await cluster.Grid.EndOfAsync(started.Id)).Phase);
        Assert.Contains(cluster.Downloads, d => d.Revision == planned);
        Assert.Equal(await LocallyAsync(cluster), StoredBytes.Of(cluster.Grid.StorePath));
    }

    [Fact]
    public async Task Revisions_OfEqualFiles_AreFetchedAndComputedOnce()
    {
        await using var cluster = await HubCluster.StartAsync(silos: 2, c => c.Nano.AddCopy(c.Nano.Add(c.Server, Model, steps: [0, 3000]), Model, 512, copiedStep: 3000));
        var ended = await cluster.RunAsync(Yaml());

        Assert.Equal((HostedPhase.Completed, 3, 0), (ended.Phase, ended.Progress.Finished, ended.Progress.Failed));
        Assert.Equal(2, cluster.Analyzers.Sum(a => a.Computed.Count));
        Assert.Equal(2, cluster.Downloads.Count);
        var keys = StoredBytes.Of(cluster.Grid.StorePath).Keys.Select(k => k.Split(' ')).ToDictionary(k => k[0], k => k[1]);
        Assert.Equal(keys["nano/nano-2l@3000/sva"], keys["nano/nano-2l@512/sva"]);
        Assert.NotEqual(keys["nano/nano-2l@3000/sva"], keys["nano/nano-2l@0/sva"]);
    }

    [Fact]
    public async Task Weights_ThatAnotherSiloRemovesBeforeTheyAreLoaded_AreFetchedAgain()
    {
        var removed = 0;
        await using var cluster = await HubCluster.StartAsync(
            silos: 1,
            c => c.Nano.Add(c.Server, Model, steps: Steps),
            analyzer: _ => new CountingAnalyzer
            {
                BeforeLoad = files =>
                {
                    if (Interlocked.Increment(ref removed) == 2)
                    {
                        File.Delete(File.ResolveLinkTarget(Path.Combine(files.Folder, "model.safetensors"), returnFinalTarget: true)!.FullName);
                    }
                },
            });
        var ended = await cluster.RunAsync(Yaml());

        Assert.Equal((HostedPhase.Completed, 3, 0), (ended.Phase, ended.Progress.Finished, ended.Progress.Failed));
        Assert.Equal(4, cluster.Downloads.Count);
        Assert.Equal(await LocallyAsync(cluster), StoredBytes.Of(cluster.Grid.StorePath));
    }

    [Fact]
    public async Task FetchedWeights_OverTheLimit_GoWhenTheirCellsAreDone()
    {
        await using var cluster = await HubCluster.StartAsync(silos: 2, c => c.Nano.Add(c.Server, Model, steps: [0, 64, 512, 1000, 3000]), o => o.Fetching = new() { AtATime = 2, Keep = 1 });
        var ended = await cluster.RunAsync(Yaml("[0, 64, 512, 1000, 3000]"));

        // each of the silos keeps what it fetched last: a limit below one checkpoint is one checkpoint
        Assert.Equal((HostedPhase.Completed, 5), (ended.Phase, ended.Progress.Finished));
        var folder = cluster.FolderOf(Model);
        var whole = cluster.Nano.Checkpoint(Model, 0).Files["model.safetensors"].Size;
        await HubCluster.UntilAsync(() => Task.FromResult(Directory.EnumerateFiles(folder.Blobs).Count(b => new FileInfo(b).Length == whole) <= 2));
        Assert.Equal(5, cluster.Downloads.Count);
    }

    [Fact]
    public async Task Watch_OfARepository_AnalysesANewRevisionAndAsksOnlyWhetherThereIsOne()
    {
        await using var cluster = await HubCluster.StartAsync(
            silos: 2, c => c.Nano.Add(c.Server, Model, steps: [0, 512]), o => o.HubInterval = TimeSpan.FromMilliseconds(200));
        var started = await cluster.Grid.Host.StartAsync(Yaml("every"), watch: true);
        await FinishedAsync(cluster, started.Id, 2);
        await HubCluster.UntilAsync(() => Task.FromResult(cluster.Server.Requests.Of(RequestKind.References).Count(r => r is { Status: 304, IfNoneMatch: not null }) >= 3));
        cluster.Server.Requests.Clear();
        await HubCluster.UntilAsync(() => Task.FromResult(cluster.Server.Requests.All.Count >= 3));
        Assert.All(cluster.Server.Requests.All, r => Assert.Equal((RequestKind.References, true), (r.Kind, r.IfNoneMatch is not null)));

        cluster.Nano.AddStep(cluster.Server.Repositories.All[0], Model, 3000);
        await FinishedAsync(cluster, started.Id, 3);
        Assert.Equal(await LocallyAsync(cluster), StoredBytes.Of(cluster.Grid.StorePath));
        Assert.Equal(3, cluster.Analyzers.Sum(a => a.Computed.Count));
        Assert.DoesNotContain(await cluster.EventsAsync(started.Id), e => e.Kind == CircuitGrid.Experiments.Grid.GridEventKind.Noticed);
        Assert.True(await cluster.Grid.Host.CancelAsync(started.Id));
    }

    [Fact]
    public async Task Watch_WhileTheHubIsAway_WaitsAndSaysSo()
    {
        await using var cluster = await HubCluster.StartAsync(
            silos: 1, c => c.Nano.Add(c.Server, Model, steps: [0]), o => o.HubInterval = TimeSpan.FromMilliseconds(300));
        var started = await cluster.Grid.Host.StartAsync(Yaml("every"), watch: true);
        await FinishedAsync(cluster, started.Id, 1);

        cluster.Server.Faults.Always(Fault.Answer(503), RequestKind.Tree);
        cluster.Nano.AddStep(cluster.Server.Repositories.All[0], Model, 512);
        await HubCluster.UntilAsync(async () => (await cluster.EventsAsync(started.Id)).Any(e => e.Kind == CircuitGrid.Experiments.Grid.GridEventKind.Noticed));
        await Task.Delay(1000);
        Assert.EndsWith("; trying again", Assert.Single(await cluster.EventsAsync(started.Id), e => e.Kind == CircuitGrid.Experiments.Grid.GridEventKind.Noticed).Message, StringComparison.Ordinal);
        Assert.Equal(HostedPhase.Running, (await cluster.Grid.Host.FindAsync(started.Id))!.Phase);

        cluster.Server.Faults.Clear();
        await FinishedAsync(cluster, started.Id, 2);
        Assert.True(await cluster.Grid.Host.CancelAsync(started.Id));
    }

    [Fact]
    public async Task Job_WhoseFilesCantBeReached_IsTriedAgain()
    {
        await using var cluster = await HubCluster.StartAsync(silos: 2, c => c.Nano.Add(c.Server, Model, steps: Steps));
        var rule = cluster.Server.Faults.Add(new() { Fault = Fault.Answer(503), Kind = RequestKind.Large, After = Steps.Length, Times = null });
        var started = await cluster.Grid.Host.StartAsync(Yaml(), watch: false);
        await HubCluster.UntilAsync(async () => (await cluster.EventsAsync(started.Id)).Any(e => e.Kind == CircuitGrid.Experiments.Grid.GridEventKind.Noticed));
        cluster.Server.Faults.Remove(rule);
        var ended = await cluster.Grid.EndOfAsync(started.Id);

        Assert.Equal((HostedPhase.Completed, 3, 0), (ended.Phase, ended.Progress.Finished, ended.Progress.Failed));
        Assert.Equal(await LocallyAsync(cluster), StoredBytes.Of(cluster.Grid.StorePath));
    }

    [Fact]
    public async Task Start_WhileTheHubIsAway_IsAnError()
    {
        await using var cluster = await HubCluster.StartAsync(silos: 1, c => c.Nano.Add(c.Server, Model, steps: Steps));
        cluster.Server.Faults.Always(Fault.Answer(503), RequestKind.References);
        await Assert.ThrowsAsync<HubUnreachableException>(() => cluster.Grid.Host.StartAsync(Yaml(), watch: false));
        Assert.Empty(await cluster.Grid.Host.ListAsync());
    }

    [Fact]
    public async Task Follower_OfAFetch_HearsHowFarItIsAndNothingOfItIsKept()
    {
        await using var cluster = await HubCluster.StartAsync(silos: 1, c => c.Nano.Add(c.Server, Model, steps: [3000]));
        cluster.Server.BytesPerSecond = 120_000;
        var started = await cluster.Grid.Host.StartAsync(Yaml("[3000]"), watch: false);
        var heard = new List<HostedEvent>();
        await foreach (var happened in cluster.Grid.Host.FollowAsync(started.Id, after: 0))
        {
            heard.Add(happened);
        }

        var told = heard.Where(h => h.Kind == CircuitGrid.Experiments.Grid.GridEventKind.Fetching).ToList();
        Assert.NotEmpty(told);
        Assert.All(told, t => Assert.Matches(@"^nano/nano-2l@3000: [\d.]+ of 395 kB at [\d.]+ \w+/s; the run waits for it$", t.Message));
        Assert.Equal("nano/nano-2l@3000: 395 kB", Assert.Single(heard, h => h.Kind == CircuitGrid.Experiments.Grid.GridEventKind.Fetched).Message);
        Assert.True((await cluster.EventsAsync(started.Id)).Count(e => e.Kind == CircuitGrid.Experiments.Grid.GridEventKind.Fetching) <= 1);
    }

    private static string Yaml(string checkpoints = "[0, 512, 3000]") => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        name: small
        suite: "hf:nano-lab/{Model}"
        suiteName: nano
        checkpoints: {checkpoints}
        tasks: [{"{"}name: sva, count: 12{"}"}]
        """).Replace("checkpoints: every\n", "", StringComparison.Ordinal);

    /// <summary>What one machine finds in the shipped folder.</summary>
    private static async Task<SortedDictionary<string, string>> LocallyAsync(HubCluster cluster)
    {
        var path = Path.Combine(cluster.Grid.Folder, "local.sqlite");
        using (var store = SqliteCellStore.Open(path))
        {
            await using var grid = new LocalGrid(store, store, CellAnalyzer.OnCpu(), new FileExperimentSource());
            var yaml = Yaml().Replace($"suite: \"hf:nano-lab/{Model}\"\nsuiteName: nano", $"suite: nano\nmodels: [{Model}]", StringComparison.Ordinal);
            Assert.Equal(3, (await grid.RunAsync(ExperimentSpec.Parse(yaml, "experiment", NanoExperiment.Suites))).Finished);
        }

        return StoredBytes.Of(path);
    }

    private static Task FinishedAsync(HubCluster cluster, string id, int cells) =>
        HubCluster.UntilAsync(async () => (await cluster.Grid.Host.FindAsync(id))!.Progress is var now && now.Finished == cells && now.Total == cells);
}
