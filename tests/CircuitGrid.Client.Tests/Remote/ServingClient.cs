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

    public static Task<ServingClient> StartAsync(TemporaryFolder suites, string store, int port = 0, params string[] args) => StartAsync(suites.Path, store, e => e, port, args);

    /// <param name="suites">The folder of suites.</param>
    /// <param name="store">The store.</param>
    /// <param name="change">Changes the environment.</param>
    /// <param name="port">Where to listen; 0 for any port that is free.</param>
    /// <param name="args">Further arguments.</param>
    public static async Task<ServingClient> StartAsync(string suites, string store, Func<ClientEnvironment, ClientEnvironment> change, int port = 0, params string[] args)
    {
        var client = new ServingClient();
        string[] line = ["serve", "--json", "--suites", suites, "--store", store, "--port", port.ToString(CultureInfo.InvariantCulture), "--threads", "1", .. args];
        var environment = new ClientEnvironment
        {
            Console = ClientRun.ConsoleOn(client.output, 160, terminal: false),
            Diagnostics = ClientRun.ConsoleOn(client.error, 160, terminal: false),
            Output = client.output,
            Error = client.error,
        };
        client.running = Task.Run(() => ClientApplication.RunAsync(line, change(environment), client.stop.Token));
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
