using CircuitGrid.Client.Tests.Experiments;
using CircuitGrid.Client.Tests.Hosting;
using CircuitGrid.Experiments.Hosting;

namespace CircuitGrid.Client.Tests.Remote;

/// <summary>A server of its own process or this one, and the commands that speak to it.</summary>
public sealed class ServeTests : IDisposable
{
    private static readonly string[] Places =
    [
        "/api/v1/experiments/{id}", "/api/v1/experiments/{id}/plan", "/api/v1/experiments/{id}/cells", "/api/v1/experiments/{id}/trajectories", "/api/v1/experiments/{id}/scale",
        "/api/v1/experiments/{id}/report", "/api/v1/experiments/{id}/events", "/experiments/{id}",
    ];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Run_OnAServer_ShowsAndReturnsWhatALocalRunDoes()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 2, "eap-ig");
        await using var server = await ServingClient.StartAsync(folder, folder["served.db"]);
        var remote = (await ClientRun.OfAsync("run", experiment, "--server", server.Address)).Succeeded();
        var local = (await ClientRun.OfAsync("run", experiment)).Succeeded();
        Assert.Equal(Checkpoints(local), Checkpoints(remote));
        Assert.Contains("4 cells computed", remote.Output, StringComparison.Ordinal);

        var again = (await ClientRun.OfAsync("run", experiment, "--server", server.Address, "--json")).Succeeded().Json;
        var names = (await ClientRun.OfAsync("run", experiment, "--json")).Succeeded().Json.EnumerateObject().Select(p => p.Name);
        Assert.Equal(names, again.EnumerateObject().Select(p => p.Name));
        Assert.Equal((4, 4, 0), (again.GetProperty("cells").GetInt32(), again.GetProperty("kept").GetInt32(), again.GetProperty("finished").GetInt32()));

        var status = (await ClientRun.OfAsync("status", experiment, "--server", server.Address, "--json")).Succeeded().Json;
        var localStatus = (await ClientRun.OfAsync("status", experiment, "--json")).Succeeded().Json;
        Assert.Equal(localStatus.EnumerateObject().Select(p => p.Name), status.EnumerateObject().Select(p => p.Name));
        Assert.Equal(localStatus.GetProperty("checkpoints").GetRawText(), status.GetProperty("checkpoints").GetRawText());

        var report = (await ClientRun.OfAsync("report", experiment, "--server", server.Address, "--out", folder["remote.html"])).Succeeded();
        Assert.Equal($"4 cells in {folder["remote.html"]}", report.Output.Trim());
    }

    [Fact]
    public async Task Run_WhileTheServerIsStartedAnew_SaysSoAndEndsAsEver()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 12, "exact");
        var first = await ServingClient.StartAsync(folder, folder["served.db"]);
        var running = ClientRun.OfAsync(["run", experiment, "--server", first.Address, "--json"], width: 160);
        await first.WaitForFirstResultAsync();
        await first.DisposeAsync();
        await using var second = await ServingClient.StartAsync(folder, folder["served.db"], new Uri(first.Address).Port);
        var run = await running;
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("can't be reached", run.Error, StringComparison.Ordinal);
        Assert.Equal((24, 0), (run.Json.GetProperty("kept").GetInt32() + run.Json.GetProperty("finished").GetInt32(), run.Json.GetProperty("failed").GetInt32()));
    }

    [Fact]
    public async Task Run_ThatIsLeft_GoesOnUntilItIsCancelled()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 40, "exact");
        await using var server = await ServingClient.StartAsync(folder, folder["served.db"]);
        using var stop = new CancellationTokenSource();
        var running = ClientRun.OfAsync(["run", experiment, "--server", server.Address], width: 160, cancellation: stop.Token);
        await server.WaitForFirstResultAsync();
        await stop.CancelAsync();
        var left = await running;
        Assert.Equal(130, left.ExitCode);
        Assert.Contains("stopped: the experiment goes on; 'circuitgrid cancel ", Assert.Single(left.ErrorLines), StringComparison.Ordinal);
        var cancelled = (await ClientRun.OfAsync("cancel", experiment, "--server", server.Address, "--json")).Succeeded().Json;
        Assert.True(cancelled.GetProperty("was_running").GetBoolean());
    }

    /// <summary>Ids are taken wherever they are printed, and so are the addresses of pages, today's and those of former versions.</summary>
    [Fact]
    public async Task Commands_OnAServer_TakeTheIdsThatArePrinted()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 2, "eap");
        await using var server = await ServingClient.StartAsync(folder, folder["served.db"]);
        var spec = new ExperimentTexts(folder.Path).Parse(File.ReadAllText(experiment));
        var (id, former) = (ExperimentTexts.IdOf(spec), ExperimentTexts.FormerIdOf(spec));
        Assert.NotEqual(id, former);
        (await ClientRun.OfAsync("run", experiment, "--server", server.Address)).Succeeded();
        var page = (await ClientRun.OfAsync("run", experiment, "--server", server.Address, "--json")).Succeeded().Json.GetProperty("store").GetString()!;
        Assert.Equal($"{server.Address}/experiments/{id}", page);

        foreach (var named in new[] { experiment, id, former, page })
        {
            var run = (await ClientRun.OfAsync("run", named, "--server", server.Address, "--json")).Succeeded().Json;
            Assert.Equal((4, 4, page), (run.GetProperty("cells").GetInt32(), run.GetProperty("kept").GetInt32(), run.GetProperty("store").GetString()));
            Assert.Equal(4, (await ClientRun.OfAsync("status", named, "--server", server.Address, "--json")).Succeeded().Json.GetProperty("done").GetInt32());
            var report = (await ClientRun.OfAsync("report", named, "--server", server.Address, "--out", folder["page.html"])).Succeeded();
            Assert.Equal($"4 cells in {folder["page.html"]}", report.Output.Trim());
            Assert.False((await ClientRun.OfAsync("cancel", named, "--server", server.Address, "--json")).Succeeded().Json.GetProperty("was_running").GetBoolean());

            using var stop = new CancellationTokenSource();
            var watching = ClientRun.OfAsync(["watch", named, "--server", server.Address], width: 160, cancellation: stop.Token);
            while (!(await ClientRun.OfAsync("cancel", named, "--server", server.Address, "--json")).Succeeded().Json.GetProperty("was_running").GetBoolean())
            {
                await Task.Delay(50);
            }

            Assert.EndsWith("was cancelled on the server; the same command goes on from there", (await watching).ErrorLines[^1], StringComparison.Ordinal);
        }

        using var http = new HttpClient { BaseAddress = new Uri(server.Address) };
        foreach (var (named, at) in new[] { id, former }.SelectMany(n => Places.Select(p => (n, p))))
        {
            using var response = await http.GetAsync(new Uri(at.Replace("{id}", named, StringComparison.Ordinal), UriKind.Relative));
            Assert.True(response.IsSuccessStatusCode, $"{at}: {response.StatusCode}");
        }
    }

    /// <summary>Whoever asks for results gets them, and takes the watch from nobody; whoever watches hears why that ended.</summary>
    [Fact]
    public async Task Run_OfWhatAnotherConsoleWatches_EndsWithItsResults_AndLeavesTheWatch()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 2, "eap");
        await using var server = await ServingClient.StartAsync(folder, folder["served.db"]);
        var watching = ClientRun.OfAsync(["watch", experiment, "--server", server.Address], width: 160);
        await server.WaitForFirstResultAsync();
        for (var i = 0; i < 2; i++)
        {
            var run = await ClientRun.OfAsync(["run", experiment, "--server", server.Address], width: 160);
            Assert.True(run.ExitCode == 0, run.Error);
            Assert.Contains(run.ErrorLines, line => line.Contains("is watched: it goes on with new checkpoints; 'circuitgrid cancel ", StringComparison.Ordinal));
        }

        Assert.False(watching.IsCompleted);
        Assert.True((await ClientRun.OfAsync("cancel", experiment, "--server", server.Address, "--json")).Succeeded().Json.GetProperty("was_running").GetBoolean());
        Assert.EndsWith("was cancelled on the server; the same command goes on from there", (await watching).ErrorLines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_IdWithoutAServer_SaysWhatItIs()
    {
        var run = await ClientRun.OfAsync(["run", "0123456789abcdef"], width: 160);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("is the id of an experiment on a server; name its file here, or the server with --server", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("error: --server nowhere: is no address of a server; it looks like http://127.0.0.1:5480", "--server", "nowhere")]
    public async Task Run_OnNoServer_SaysWhy(string expected, params string[] args)
    {
        var run = await ClientRun.OfAsync(["run", SmallSuite.Write(folder, checkpoints: 1, "eap"), .. args], width: 160);
        Assert.Equal((2, expected), (run.ExitCode, Assert.Single(run.ErrorLines)));
    }

    [Fact]
    public async Task Serve_ToOthersWithoutAToken_IsRefused()
    {
        var run = await ClientRun.OfAsync("serve", "--suites", folder.Path, "--address", "0.0.0.0", "--port", "0");
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("error: 0.0.0.0: can be reached from other machines, so a token is needed", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_LeadOutOfTheSuites_WhereTheOperatorAllowsIt()
    {
        using var cache = new TemporaryFolder();
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap");
        File.Move(folder["first.jsonl"], cache["blob"]);
        File.CreateSymbolicLink(folder["first.jsonl"], cache["blob"]);
        await using (var server = await ServingClient.StartAsync(folder, folder["served.db"]))
        {
            var refused = await ClientRun.OfAsync("status", experiment, "--server", server.Address);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains("'pairs' names 'first.jsonl', which leads out of the server's folder of suites through a link", Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
        }

        using var unused = new TemporaryFolder();
        await using var generous = await ServingClient.StartAsync(folder, folder["served.db"], args: ["--links-into", unused.Path, "--links-into", cache.Path]);
        Assert.Equal(2, (await ClientRun.OfAsync("run", experiment, "--server", generous.Address, "--json")).Json.GetProperty("finished").GetInt32());
        var missing = await ClientRun.OfAsync("serve", "--suites", folder.Path, "--links-into", cache["absent"]);
        Assert.Equal((2, $"error: {cache["absent"]}: is no folder; name one that links in the folder of suites may lead into"), (missing.ExitCode, Assert.Single(missing.ErrorLines)));
    }

    [Fact]
    public async Task Token_IsAskedForAndNeverSaid()
    {
        const string secret = "a-token-of-enough-letters";
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap");
        await File.WriteAllTextAsync(folder["token"], secret + "\n");
        await using var server = await ServingClient.StartAsync(folder, folder["served.db"], args: ["--token-file", folder["token"]]);
        var refused = await ClientRun.OfAsync("status", experiment, "--server", server.Address);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("Show the server's token", Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
        (await ClientRun.OfAsync("status", experiment, "--server", server.Address, "--token-file", folder["token"])).Succeeded();
        Assert.DoesNotContain(secret, server.Said, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Checkpoints(ClientRun run) =>
        run.Output.Split('\n').Where(l => l.StartsWith("tiny@", StringComparison.Ordinal)).Select(l => l[..l.LastIndexOf('(')]).Order(StringComparer.Ordinal);
}
