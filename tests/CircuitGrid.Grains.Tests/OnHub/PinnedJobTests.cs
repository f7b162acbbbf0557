using System.Net;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Grains.Checkpoints;
using CircuitGrid.Grains.Hosting;
using CircuitGrid.Grains.Silos;
using CircuitGrid.Hub.Cache;
using CircuitGrid.Hub.Suites;
using CircuitGrid.HubStandIn;
using CircuitGrid.HubStandIn.Suites;
using CircuitGrid.Models.Checkpoints;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace CircuitGrid.Grains.Tests.OnHub;

/// <summary>What a job says of its checkpoint arrives as it was sent, and a silo that finds something else there says so.</summary>
public sealed class PinnedJobTests : IDisposable
{
    private const string Model = "nano-2l";
    private const string Yaml = """
        name: small
        suite: "hf:nano-lab/nano-2l"
        checkpoints: [512]
        heads: true
        tasks: [{name: ioi, count: 12}, {name: sva, count: 12}]
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-pin-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Job_OverTheWire_IsTheSame()
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer>();
        var pin = new CheckpointPin("org/name", new string('a', 40), "part/of", new string('b', 40), [new("model-1.safetensors", new string('c', 64)), new("model-2.safetensors", new string('d', 64))], new string('e', 64));
        var job = Job(pin) with { Weights = WeightKind.SafetensorsShards };
        var there = serializer.Deserialize<CheckpointJob>(serializer.SerializeToArray(job))!;
        Assert.Equal((job.Id, job.Model, job.Step, job.Weights), (there.Id, there.Model, there.Step, there.Weights));
        Assert.Equal((pin.Repository, pin.Commit, pin.Part, pin.Shared, pin.Content), (there.Pin!.Repository, there.Pin.Commit, there.Pin.Part, there.Pin.Shared, there.Pin.Content));
        Assert.Equal(pin.Files, there.Pin.Files);
        Assert.Equal(pin.Files, CheckpointPin.Of(there.Pin.ToHub(), pin.Content).Files);
        Assert.Null(serializer.Deserialize<CheckpointJob>(serializer.SerializeToArray(Job(pin: null)))!.Pin);

        var state = new JobState("j", "e", Model, 512, ["sva"], [new() { Task = "sva", Kind = CellReportKind.Returned, IsHindered = true }], Ended: true) { Content = "c", Known = new("o", "d"), Fetch = new(1, 2, IsEnded: false) };
        var heard = serializer.Deserialize<JobState>(serializer.SerializeToArray(state))!;
        Assert.Equal(("c", new FoundWeights("o", "d"), new FetchProgress(1, 2, IsEnded: false)), (heard.Content, heard.Known, heard.Fetch));
        Assert.True(heard.Reports[0].IsHindered);
    }

    [Fact]
    public async Task Job_PlannedBeforeAndAfterItsWeightsWereRead_IsTheSameCells()
    {
        await using var server = await HubStandInServer.StartAsync();
        var (planner, job, planned) = await PlannedAsync(server, pin => pin);
        var orders = job.Job.Cells;
        Assert.False(planned.Known!.IsRead);
        var before = await planner.PlanAsync(CancellationToken.None);
        Assert.Equal(orders.Select(o => o.Key), before!.Cells.Select(c => c.Cell.Fingerprint!.Key.Value));
        Assert.Null(job.State.Known);

        foreach (var file in before.Checkpoint.Hub!.FilesOf(before.Checkpoint.Weights!.Value))
        {
            await Source(server).Hub.FetchAsync(before.Checkpoint.Hub.Snapshot, file, received: null, CancellationToken.None);
        }

        var after = await planner.PlanAsync(CancellationToken.None);
        Assert.True(after!.Checkpoint.Known!.IsRead);
        Assert.Equal(orders, after.Cells.Select(c => c.Order));
        Assert.Equal(after.Checkpoint.Known.Own, job.State.Known!.Own);
        Assert.Empty(job.State.Reports);

        // under the keys of the weights, head scores those of the circuit's included
        Assert.Equal(after.Checkpoint.Cells.Select(c => c.Fingerprint), planned.Under(after.Checkpoint.Known).Cells.Select(c => c.Fingerprint));
        Assert.DoesNotContain(after.Checkpoint.Cells, c => orders.Any(o => o.Key == c.Fingerprint!.Key.Value));
    }

    [Fact]
    public async Task Job_WithOtherDigestsThanTheHubLists_Fails()
    {
        await using var server = await HubStandInServer.StartAsync();
        var (planner, job, _) = await PlannedAsync(server, pin => pin with { Files = [pin.Files[0] with { Digest = new string('0', 64) }] });
        Assert.Null(await planner.PlanAsync(CancellationToken.None));
        Assert.All(job.State.Reports, r => Assert.Equal(CellReportKind.Failed, r.Kind));
        Assert.Equal(3, job.State.Reports.Length);
        Assert.Contains($"was planned with model.safetensors of the digest {new string('0', 64)}; this silo finds ", job.State.Reports[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Job_WithAnotherConfigurationThanTheHubLists_Fails()
    {
        await using var server = await HubStandInServer.StartAsync();
        var (planner, job, _) = await PlannedAsync(server, pin => pin with { Content = new string('0', 64) });
        Assert.Null(await planner.PlanAsync(CancellationToken.None));
        Assert.Contains("another configuration", job.State.Reports[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Job_OfARepositoryThatNobodyMayRead_FailsInPlainWords()
    {
        await using var server = await HubStandInServer.StartAsync();
        var (planner, job, _) = await PlannedAsync(server, pin => pin with { Repository = "nano-lab/secret" });
        server.Repositories.Add("nano-lab/secret").MakePrivate("hf_others");
        Assert.Null(await planner.PlanAsync(CancellationToken.None));
        Assert.All(job.State.Reports, r => Assert.Equal(CellReportKind.Failed, r.Kind));
        Assert.StartsWith("hf:nano-lab/secret", job.State.Reports[0].Message, StringComparison.Ordinal);
    }

    private static CheckpointJob Job(CheckpointPin? pin, params CellOrder[] cells) => new()
    {
        Id = "j",
        Experiment = "e",
        Yaml = Yaml,
        Model = Model,
        Step = 512,
        Cells = cells,
        Lease = new(SiloAddress.New(IPAddress.Loopback, 1, 1), Guid.Empty),
        Pin = pin,
    };

    private FileExperimentSource Source(HubStandInServer server) => new(new HubSuites(new HubStore(new() { Endpoint = server.Endpoint, CacheFolder = Path.Combine(folder, "cache") })));

    /// <summary>What an experiment plans, and what another silo makes of the job.</summary>
    private async Task<(JobPlanner Planner, RunningJob Job, PlannedCheckpoint Planned)> PlannedAsync(HubStandInServer server, Func<CheckpointPin, CheckpointPin> change)
    {
        NanoHub.OfWorkingTree().Add(server, Model, steps: [512]);
        var options = new ClusterOptions { ReadExperiment = yaml => ExperimentSpec.Parse(yaml, "experiment", folder) };
        var store = SqliteCellStore.OpenInMemory("pin");
        var source = Source(server);
        var plan = await new PlanBuilder(store, CellAnalyzer.OnCpu(), source, new()).BuildAsync(options.ReadExperiment(Yaml), isReady: null, CancellationToken.None);
        var planned = Assert.Single(plan.Checkpoints);
        var pin = CheckpointPin.Of(source.Hub.Pin(planned.Hub!, planned.Weights!.Value), planned.Content!);
        Assert.Equal(server.Repositories.All.First(r => r.Name.EndsWith(Model, StringComparison.Ordinal)).Head("step512").Id, pin.Commit);
        var job = new RunningJob(Job(change(pin), [.. planned.Cells.Select(c => new CellOrder(c.Id.Task, c.Fingerprint!.Key.Value, ExpectedBudget: null))]) with { Weights = planned.Weights });
        return (new(job, CellAnalyzer.OnCpu(), options, store, Source(server), new()), job, planned);
    }
}
