using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Grains.Tests.Cluster;
using CircuitGrid.HubStandIn;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.HubStandIn.Suites;

namespace CircuitGrid.Silo.Tests;

/// <summary>Silos as programs that fetch from a stand-in for the hub: one dies while it fetches, and nobody learns the token.</summary>
public sealed class HubSiloTests : IDisposable
{
    private const string Token = "hf_aSecretThatNobodyElseKnows";
    private static readonly int[] Steps = [0, 64, 256, 512, 1000, 3000];
    private static readonly string Checkpoints = $"checkpoints: [{string.Join(", ", Steps)}]";

    private static readonly string OnHub = $$"""
        name: small
        suite: "hf:nano-lab/nano-2l"
        suiteName: nano
        {{Checkpoints}}
        tasks: [{name: sva, count: 12}]
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-hub-silos-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Silo_KilledWhileItFetches_LosesAndRepeatsNothing()
    {
        await using var server = await HubStandInServer.StartAsync(new() { Tokens = [Token] });
        var weights = NanoHub.OfWorkingTree().Checkpoint("nano-2l", 0).Files["model.safetensors"].Size;
        NanoHub.OfWorkingTree().Add(server, "nano-2l", steps: Steps);
        using var silos = Silos(server);
        RunningSilo[] members = [silos.Start(), silos.Start()];
        await silos.ActiveAsync(members[0], 2);
        await silos.ActiveAsync(members[1], 2);

        // each silo fetches one at a time: two that are under way are one of each, and a half of each takes ten seconds
        server.BytesPerSecond = 40_000;
        var id = await silos.BeginAsync(members[0], OnHub);
        await RunningSilos.UntilAsync(members[0], () => Task.FromResult(Downloads(server).Count(d => d.BytesSent > 0 && d.BytesSent < weights / 2) >= 2));
        members[1].Process.Kill();
        var begun = Computing(members[1]);
        server.BytesPerSecond = null;
        var ended = await silos.EndOfAsync(members[0], id);

        Assert.Equal("completed", ended.GetProperty("phase").GetString());
        Assert.Equal(await LocallyAsync(), StoredBytes.Of(silos.StorePath));
        var twice = Computing(members[0]).Concat(begun).GroupBy(c => c).Where(c => c.Count() > 1).Select(c => c.Key);
        Assert.All(twice, cell => Assert.Contains(cell, begun));
        Assert.Equal(Steps.Length, Computing(members[0]).Union(begun).Count());
        Assert.All(Downloads(server).GroupBy(d => d.Revision), d => Assert.Equal(1, d.Count(r => r.BytesSent == weights)));
        Assert.True(Downloads(server).Count > Steps.Length, "nothing was under way at the killed silo");
    }

    [Fact]
    public async Task Silos_WithAToken_ShowItToTheHubAlone()
    {
        await using var server = await HubStandInServer.StartAsync(new() { Tokens = [Token] });
        NanoHub.OfWorkingTree().Add(server, "nano-2l", steps: Steps).Gate(Token);
        using var silos = Silos(server);
        RunningSilo[] members = [silos.Start(), silos.Start("--fetch", "2", "--keep", "1MB")];
        await silos.ActiveAsync(members[0], 2);
        await silos.ActiveAsync(members[1], 2);
        server.Faults.Next(2, HubStandIn.Faults.Fault.Answer(503), RequestKind.Large);
        var ended = await silos.RunAsync(members[1], OnHub);

        Assert.Equal("completed", ended.GetProperty("phase").GetString());
        Assert.Equal(await LocallyAsync(), StoredBytes.Of(silos.StorePath));
        Assert.Contains(server.Requests.All, r => r.HadAuthorization);
        Assert.Empty(server.Requests.LeakedTokens);
        Assert.All(members, m => Assert.Contains("Computing ", m.Log, StringComparison.Ordinal));
        Assert.All(members, m => Assert.DoesNotMatch($"{Token}|Signature=|Bearer", m.Log));
        foreach (var path in Directory.EnumerateFiles(Path.GetDirectoryName(silos.StorePath)!, "*", SearchOption.AllDirectories))
        {
            Assert.True((await File.ReadAllBytesAsync(path)).AsSpan().IndexOf("hf_aSecret"u8) < 0, path);
        }
    }

    private static IReadOnlyList<LoggedRequest> Downloads(HubStandInServer server) => [.. server.Requests.Of(RequestKind.Large).Where(r => r.Range is null && r.Status == 200)];

    private static HashSet<string> Computing(RunningSilo silo) =>
        [.. silo.Process.Lines.Where(l => l.Contains("Computing ", StringComparison.Ordinal)).Select(l => l[l.IndexOf("Computing ", StringComparison.Ordinal)..].Split(' ')[1])];

    private RunningSilos Silos(HubStandInServer server) => new()
    {
        Variables =
        {
            ["HF_ENDPOINT"] = server.Endpoint.ToString(),
            ["HF_HOME"] = folder,
            ["HF_TOKEN"] = Token,
        },
    };

    /// <summary>What one machine finds in the shipped folder.</summary>
    private async Task<SortedDictionary<string, string>> LocallyAsync()
    {
        var path = Path.Combine(folder, "local.sqlite");
        using (var store = SqliteCellStore.Open(path))
        {
            await using var grid = new LocalGrid(store, store, CellAnalyzer.OnCpu(), new FileExperimentSource());
            var yaml = OnHub.Replace("suite: \"hf:nano-lab/nano-2l\"\nsuiteName: nano", "suite: nano\nmodels: [nano-2l]", StringComparison.Ordinal);
            Assert.Equal(Steps.Length, (await grid.RunAsync(ExperimentSpec.Parse(yaml, "experiment", NanoExperiment.Suites))).Finished);
        }

        return StoredBytes.Of(path);
    }
}
