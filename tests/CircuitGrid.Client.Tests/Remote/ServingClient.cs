using System.Globalization;
using System.Text.Json;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Remote;

/// <summary><c>serve</c> in this process, until it is disposed of.</summary>
internal sealed class ServingClient : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Announcement output = new();
    private readonly StringWriter error = new();
    private Task<int> running = Task.FromResult(0);

    /// <summary>Where it listens.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Everything it said.</summary>
    public string Said => output.ToString() + error;

    public static async Task<ServingClient> StartAsync(TemporaryFolder suites, string store, int port = 0, params string[] args)
    {
        var client = new ServingClient();
        string[] line = ["serve", "--json", "--suites", suites.Path, "--store", store, "--port", port.ToString(CultureInfo.InvariantCulture), "--threads", "1", .. args];
        var environment = new ClientEnvironment
        {
            Console = ClientRun.ConsoleOn(client.output, 160, terminal: false),
            Diagnostics = ClientRun.ConsoleOn(client.error, 160, terminal: false),
            Output = client.output,
            Error = client.error,
        };
        client.running = Task.Run(() => ClientApplication.RunAsync(line, environment, client.stop.Token));
        await Task.WhenAny(client.output.Line, client.running);
        Assert.True(client.output.Line.IsCompleted, client.error.ToString());
        using var json = JsonDocument.Parse(await client.output.Line);
        client.Address = json.RootElement.GetProperty("address").GetString()!;
        return client;
    }

    /// <summary>Follows the only experiment up to its first result.</summary>
    public async Task WaitForFirstResultAsync()
    {
        using var http = new HttpClient { BaseAddress = new Uri(Address) };
        var id = "";
        while (id.Length == 0)
        {
            using var list = JsonDocument.Parse(await http.GetStringAsync(new Uri("/api/v1/experiments", UriKind.Relative)));
            id = list.RootElement.EnumerateArray().Select(e => e.GetProperty("id").GetString()!).FirstOrDefault("");
        }

        using var reader = new StreamReader(await http.GetStreamAsync(new Uri($"/api/v1/experiments/{id}/events", UriKind.Relative)));
        while (await reader.ReadLineAsync() is { } line && !line.Contains("\"kind\":\"finished\"", StringComparison.Ordinal))
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        Assert.Equal((int)ExitCode.Stopped, await running);
        stop.Dispose();
    }

    /// <summary>Tells of the first line written to it.</summary>
    private sealed class Announcement : StringWriter
    {
        private readonly TaskCompletionSource<string> line = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Line => line.Task;

        public override void Flush()
        {
            if (ToString() is { Length: > 0 } text)
            {
                line.TrySetResult(text);
            }
        }
    }
}
