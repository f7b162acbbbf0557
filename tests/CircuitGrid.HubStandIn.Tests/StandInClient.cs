using System.Text.Json;

namespace CircuitGrid.HubStandIn.Tests;

/// <summary>A plain HTTP client of a stand-in of its own. It follows no redirect by itself.</summary>
internal sealed class StandInClient : IAsyncDisposable
{
    private readonly HttpClient http;

    private StandInClient(HubStandInServer server)
    {
        Server = server;
        http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = server.Endpoint, Timeout = TimeSpan.FromSeconds(60) };
    }

    public HubStandInServer Server { get; }

    public static async Task<StandInClient> StartAsync(HubStandInOptions? options = null) => new(await HubStandInServer.StartAsync(options));

    /// <summary>Sends a request; the target may be a path of the hub or any address.</summary>
    public Task<HttpResponseMessage> SendAsync(string target, string method = "GET", string? token = null, string? range = null, (string Name, string Value)? header = null, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(new(method), new Uri(Server.Endpoint, target)) { Content = content };
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }

        if (range is not null)
        {
            request.Headers.TryAddWithoutValidation("Range", range);
        }

        if (header is var (name, value))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public async Task<JsonElement> JsonAsync(string target, string? token = null)
    {
        using var response = await SendAsync(target, token: token);
        response.EnsureSuccessStatusCode();
        return await ReadJsonAsync(response);
    }

    public static async Task<JsonElement> ReadJsonAsync(HttpResponseMessage response)
    {
        using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        return json.RootElement.Clone();
    }

    /// <summary>Where a large file lies.</summary>
    public async Task<string> LocateAsync(string resolve)
    {
        using var response = await SendAsync(resolve, "HEAD");
        return response.Headers.Location!.OriginalString;
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await Server.DisposeAsync();
    }
}
