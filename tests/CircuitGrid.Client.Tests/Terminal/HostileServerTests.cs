using System.Text.Encodings.Web;
using System.Text.Json;
using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Terminal;

/// <summary>What a server says is foreign text too: its errors, its experiments' names, its events.</summary>
public sealed class HostileServerTests : IDisposable
{
    private const string Id = "0123456789abcdef";
    private const string Problem = "application/problem+json";
    private const string Json = "application/json";

    private static readonly string[] Verbs = ["run", "watch", "status", "report", "cancel"];

    private static readonly JsonSerializerOptions Raw = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TemporaryFolder folder = new();

    public HostileServerTests() => File.WriteAllText(Experiment, "suite: nano\ntasks: ioi\n");

    private string Experiment => folder["experiment.yaml"];

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(500)]
    public async Task Commands_OnAServerThatRefuses_ShowItsReasonVisibly(int status)
    {
        using var server = new StandInServer(_ => (status, Problem, Text(new { detail = Hostile.Text })));
        foreach (var verb in Verbs)
        {
            var run = await RunAsync(verb, server, json: false);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains("\\u202e", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("text/plain", Hostile.Text)]
    [InlineData(Json, "{\"\u001b[31m\u202e\": 1}")]
    [InlineData(Json, "\"\u001b[31m\u202e\"")]
    [InlineData(Json, "")]
    public async Task Commands_OnNoServerOfOurs_SayNothingOfIt(string type, string body)
    {
        using var server = new StandInServer(_ => (200, type, body));
        foreach (var verb in (string[])["status", "cancel"])
        {
            await RunAsync(verb, server, json: false);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Commands_OnAServerOfHostileExperiments_ShowThemVisibly(bool json)
    {
        using var server = new StandInServer(Answer);
        foreach (var verb in Verbs)
        {
            var run = await RunAsync(verb, server, json);
            Assert.True(run.ExitCode is 0 or 1 or 2, $"{verb}: {run.Error}");
            if (verb is "run" or "status")
            {
                Assert.Contains("\\u202e", run.Output + run.Error, StringComparison.OrdinalIgnoreCase);
            }
        }
    }

    /// <summary>A hint is copied into a shell: what a server calls an experiment is one word of it.</summary>
    [Fact]
    public async Task Run_ThatIsStopped_QuotesTheServersId()
    {
        using var stop = new CancellationTokenSource();
        using var server = new StandInServer(request =>
        {
            if (!request.EndsWith("/events", StringComparison.Ordinal))
            {
                return Answer(request.Replace("$(touch%20x)", Id, StringComparison.Ordinal), "$(touch x)");
            }

            stop.Cancel();
            return (503, Problem, Text(new { detail = "later" }));
        });
        var run = await ClientRun.OfAsync(["run", Experiment, "--server", server.Address], width: 160, cancellation: stop.Token);
        Assert.Contains($"circuitgrid cancel '$(touch x)' --server {server.Address} ends it", run.Error, StringComparison.Ordinal);
    }

    private async Task<ClientRun> RunAsync(string verb, StandInServer server, bool json)
    {
        string[] args = [verb, Experiment, "--server", server.Address, .. json ? (string[])["--json"] : []];
        await using var output = new StringWriter();
        var terminal = await ClientRun.OfAsync(args, 160, terminal: true, environment => environment with { Console = Hostile.Terminal(output), Diagnostics = Hostile.Terminal(output) });
        Hostile.AssertVisible(terminal, args);
        Hostile.AssertVisible(output.ToString(), args);
        var run = await ClientRun.OfAsync(args, width: 160);
        Hostile.AssertVisible(run, args);
        Assert.NotEqual(3, run.ExitCode);
        return run;
    }

    private static (int Status, string Type, string Body) Answer(string request) => Answer(request, Id);

    private static (int Status, string Type, string Body) Answer(string request, string id)
    {
        var cell = HostileSuite.Cell(7);
        var progress = new { total = 2, kept = 0, finished = 1, failed = 1, running = 0, waiting = 0, elapsed_seconds = 1.0, left_seconds = (double?)null };
        var experiment = new { id, name = Hostile.Text, phase = "failed", watching = false, started = DateTimeOffset.UnixEpoch, progress, fault = Hostile.Text, yaml = Hostile.Text };
        object Event(int sequence, string kind, object? outcome = null) => new { sequence, kind, cell, message = Hostile.Text, progress, outcome };
        object[] events =
        [
            Event(1, "planned"),
            Event(2, "loading"),
            Event(3, "started"),
            Event(4, "finished", new { status = "reached", edges = 3, nodes = 2, faithfulness = 0.9 }),
            Event(5, "failed"),
            Event(6, "completed"),
        ];
        return request switch
        {
            "POST /api/v1/plans" => (200, Json, Text(new
            {
                id,
                experiment = Hostile.Text,
                cells = 2,
                done = 1,
                missing = 1,
                failed = 1,
                forecast_seconds = 1,
                cells_per_checkpoint = 2,
                notes = new[] { Hostile.Text },
                checkpoints = new[] { new { model = Hostile.Text, step = 7, done = 1, total = 2, tasks = new[] { Hostile.Name } } },
                failures = new[] { new { cell = Hostile.Text, reason = Hostile.Text } },
            })),
            "POST /api/v1/experiments" => (201, Json, Text(experiment)),
            "POST /api/v1/identities" => (200, Json, Text(new { id, name = Hostile.Text })),
            $"GET /api/v1/experiments/{Id}" => (200, Json, Text(experiment)),
            $"POST /api/v1/experiments/{Id}/cancel" => (200, Json, Text(new { id, was_running = true })),
            $"GET /api/v1/experiments/{Id}/events" => (200, "text/event-stream", string.Concat(events.Select((e, i) => $"id: {i}\ndata: {Text(e)}\n\n")) + $"event: end\ndata: {Text(experiment)}\n\n"),
            _ => (404, Problem, Text(new { detail = Hostile.Text })),
        };
    }

    private static string Text(object value) => JsonSerializer.Serialize(value, Raw);
}
