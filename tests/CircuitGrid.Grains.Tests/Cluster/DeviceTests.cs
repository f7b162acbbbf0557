using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Grains.Hosting;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>Silos with other devices than one processor.</summary>
public sealed class DeviceTests
{
    private const string OnTorch = FakeExperiment.Yaml + "\nnumerics: torch-cpu-f32";

    [Fact]
    public async Task Experiment_OfOtherNumerics_RunsWhereTheyAreAndIsReadAnywhere()
    {
        using var suite = FakeSuite.Of(models: 2, checkpoints: 5);
        var made = 0;
        await using var cluster = new GridCluster(
            suite.Root, silos: 3, () => new FakeAnalyzer { Numerics = Interlocked.Increment(ref made) == 2 ? "torch-cpu-f32" : "cpu-f32" }, () => new FakeSource());
        await cluster.StartAsync();
        var onTorch = await cluster.Host.StartAsync(OnTorch, watch: false);
        var onCpu = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
        Assert.NotEqual(onCpu.Id, onTorch.Id);
        Assert.Equal((HostedPhase.Completed, null), await EndAsync(cluster, onTorch));
        Assert.Equal((HostedPhase.Completed, null), await EndAsync(cluster, onCpu));

        var analyzers = cluster.Analyzers.Cast<FakeAnalyzer>().ToLookup(a => a.Numerics, StringComparer.Ordinal);
        Assert.Equal(20, Assert.Single(analyzers["torch-cpu-f32"]).Computed.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(20, analyzers["torch-cpu-f32"].Single().Computed.Count);
        Assert.Equal(20, analyzers["cpu-f32"].Sum(a => a.Computed.Count));
        Assert.Equal(await LocallyAsync(suite), StoredBytes.Of(cluster.StorePath));

        var spec = ExperimentSpec.Parse(OnTorch, "experiment", suite.Root);
        foreach (var silo in cluster.Silos.Silos)
        {
            var comparisons = await cluster.HostOf(silo.SiloAddress).Grid.CompareAsync(spec);
            Assert.Equal([5, 5, 5, 5], comparisons.Read((trajectories, _) => trajectories.Values.Select(t => t.Points.Count).ToArray()));
        }
    }

    [Fact]
    public async Task Experiment_OfNumericsThatNoSiloHas_FailsAndSaysWhichThereAre()
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints: 2);
        await using var cluster = FakeExperiment.Cluster(suite, silos: 2);
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml + "\nnumerics: cuda-bf16", watch: false);
        var (phase, fault) = await EndAsync(cluster, started);
        Assert.Equal(HostedPhase.Failed, phase);
        Assert.Equal("fake: asks for numerics cuda-bf16; the cluster's silos compute with cpu-f32", fault);
        Assert.Empty(FakeExperiment.Computed(cluster));
    }

    [Fact]
    public async Task Silo_WithTwoDevices_ComputesOneCheckpointOnEachAtATime()
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints: 12);
        using var both = new Barrier(2);
        var met = 0;
        FakeAnalyzer[] devices = [Device(), Device()];
        await using var cluster = TwoDevices(suite, devices);
        await cluster.StartAsync();
        Assert.Equal((HostedPhase.Completed, null), await EndAsync(cluster, await cluster.Host.StartAsync(OnTorch, watch: false)));

        Assert.All(devices, d => Assert.NotEmpty(d.Computed));
        Assert.Equal(24, devices.Sum(d => d.Computed.Count));
        Assert.Empty(Checkpoints(devices[0]).Intersect(Checkpoints(devices[1]), StringComparer.Ordinal));
        Assert.All(devices, d => Assert.Equal(Checkpoints(d), d.Loads.Order(StringComparer.Ordinal)));
        Assert.Equal(2, met);

        FakeAnalyzer Device()
        {
            var inside = 0;
            var isFirst = true;
            return new()
            {
                Numerics = "torch-cpu-f32",
                During = (_, cancellation) =>
                {
                    Assert.Equal(1, Interlocked.Increment(ref inside));
                    if (isFirst)
                    {
                        isFirst = false;
                        Interlocked.Add(ref met, both.SignalAndWait(TimeSpan.FromMinutes(1), cancellation) ? 1 : 0);
                    }

                    Interlocked.Decrement(ref inside);
                },
            };
        }
    }

    [Fact]
    public async Task Device_WithRoomForOneCheckpoint_LetsGoOfTheOneItKept()
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints: 4);
        FakeAnalyzer[] devices = [new() { Numerics = "torch-cpu-f32", Room = 1 }];
        await using var cluster = TwoDevices(suite, devices);
        await cluster.StartAsync();
        Assert.Equal((HostedPhase.Completed, null), await EndAsync(cluster, await cluster.Host.StartAsync(OnTorch, watch: false)));
        Assert.Equal((8, 1), (devices[0].Computed.Count, devices[0].MostLoaded));
        Assert.InRange(devices[0].Loads.Count, 5, 7);
    }

    [Fact]
    public async Task Checkpoint_ThatADeviceHasLoaded_ReturnsToIt()
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints: 2);
        using var both = new Barrier(2);
        FakeAnalyzer[] devices = [Device(), Device()];
        await using var cluster = TwoDevices(suite, devices);
        await cluster.StartAsync();
        foreach (var steps in (int[])[5, 7, 9])
        {
            var yaml = $"{OnTorch}\nanalysis: {{steps: {steps}}}";
            Assert.Equal((HostedPhase.Completed, null), await EndAsync(cluster, await cluster.Host.StartAsync(yaml, watch: false)));
        }

        Assert.All(devices, d => Assert.Equal(6, d.Computed.Count));
        Assert.All(devices, d => Assert.Single(d.Loads));

        // whoever has one checkpoint waits for the other to have the other one
        FakeAnalyzer Device() => new() { Numerics = "torch-cpu-f32", During = (_, cancellation) => both.SignalAndWait(TimeSpan.FromMinutes(1), cancellation) };
    }

    [Fact]
    public async Task Pairs_WhileTheOnlySlotIsBusy_AreJudgedLater()
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints: 3);
        using var busy = new ManualResetEventSlim();
        using var free = new ManualResetEventSlim();
        var isHeld = false;
        await using var cluster = new GridCluster(
            suite.Root, silos: 1, () => new FakeAnalyzer { During = (_, cancellation) => Hold(cancellation) }, () => new FakeSource());
        await cluster.StartAsync();
        Assert.Equal(HostedPhase.Completed, (await EndAsync(cluster, await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false))).Phase);
        var spec = ExperimentSpec.Parse(FakeExperiment.Yaml, "experiment", suite.Root);
        var checkpoints = (await cluster.Host.Grid.PlanAsync(spec)).Checkpoints;
        CellPair[] pair = [new(new(checkpoints[0], checkpoints[0].Cells[0]), new(checkpoints[1], checkpoints[1].Cells[0]))];

        isHeld = true;
        var other = await cluster.Host.StartAsync(FakeExperiment.Yaml + "\nanalysis: {steps: 7}", watch: false);
        Assert.True(busy.Wait(TimeSpan.FromMinutes(1)));
        Assert.Equal(new JudgedPair(null, "no device has room for the checkpoint now", IsForNow: true), (await cluster.Host.Grid.JudgeAsync(spec, pair, long.MaxValue))[0]);
        free.Set();
        Assert.Equal(HostedPhase.Completed, (await EndAsync(cluster, other)).Phase);

        var elsewhere = (await cluster.Host.Grid.JudgeAsync(spec with { Numerics = "cuda-f32" }, pair, long.MaxValue))[0];
        Assert.Contains("this silo computes with cpu-f32, the experiment asks for cuda-f32", elsewhere.Why, StringComparison.Ordinal);
        Assert.False(elsewhere.IsForNow);

        // the slot comes back, or the second experiment would find none
        Assert.NotNull((await cluster.Host.Grid.JudgeAsync(spec, pair, long.MaxValue))[0].Cross);
        Assert.Equal(HostedPhase.Completed, (await EndAsync(cluster, await cluster.Host.StartAsync(FakeExperiment.Yaml + "\nanalysis: {steps: 9}", watch: false))).Phase);

        void Hold(CancellationToken cancellation)
        {
            if (isHeld)
            {
                busy.Set();
                free.Wait(cancellation);
            }
        }
    }

    [Fact]
    public async Task Silo_WhoseDevicesDifferInNumerics_IsRefused()
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints: 1);
        await using var cluster = TwoDevices(suite, [new FakeAnalyzer(), new FakeAnalyzer { Numerics = "cuda-f32" }]);
        var refusal = await Assert.ThrowsAnyAsync<Exception>(cluster.StartAsync);
        Assert.Contains("devices cuda:0,cuda:1: compute with cpu-f32 and cuda-f32; a silo has one numerics", refusal.ToString(), StringComparison.Ordinal);
    }

    private static GridCluster TwoDevices(FakeSuite suite, FakeAnalyzer[] devices) => new(
        suite.Root,
        silos: 1,
        () => devices[0],
        () => new FakeSource(),
        options =>
        {
            options.Devices = [.. devices.Select((d, i) => new SiloDevice($"cuda:{i}", d) { Threads = 1 })];
            options.KeepWeights = TimeSpan.FromMinutes(10);
        });

    private static IEnumerable<string> Checkpoints(FakeAnalyzer device) =>
        device.Computed.Select(c => Path.GetDirectoryName(c)!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static async Task<(HostedPhase Phase, string? Fault)> EndAsync(GridCluster cluster, HostedExperiment started)
    {
        var ended = await cluster.EndOfAsync(started.Id);
        return (ended.Phase, ended.Fault);
    }

    /// <summary>The bytes that one machine finds with each numerics.</summary>
    private static async Task<SortedDictionary<string, string>> LocallyAsync(FakeSuite suite)
    {
        using (var store = SqliteCellStore.Open(suite.StorePath))
        {
            foreach (var (yaml, numerics) in (ValueTuple<string, string>[])[(FakeExperiment.Yaml, "cpu-f32"), (OnTorch, "torch-cpu-f32")])
            {
                await using var grid = new LocalGrid(store, store, new FakeAnalyzer { Numerics = numerics }, new FakeSource());
                await grid.RunAsync(ExperimentSpec.Parse(yaml, "experiment", suite.Root));
            }
        }

        return StoredBytes.Of(suite.StorePath);
    }
}
