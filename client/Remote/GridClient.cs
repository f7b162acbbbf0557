using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Web.Api;
using Polly;
using Polly.Retry;

namespace CircuitGrid.Client.Remote;

/// <summary>Speaks to a server's HTTP API.</summary>
internal sealed class GridClient : IDisposable
{
    private const int Attempts = 4;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private readonly HttpClient http;
    private readonly TimeProvider time;
    private readonly ResiliencePipeline brief;

    /// <param name="address">The server.</param>
    /// <param name="secret">Its token; <see langword="null"/> for none.</param>
    /// <param name="time">Clock of the pauses between attempts.</param>
    /// <param name="handler">What carries requests; the network by default.</param>
    public GridClient(Uri address, string? secret, TimeProvider? time = null, HttpMessageHandler? handler = null)
    {
        this.time = time ?? TimeProvider.System;
        Address = address.GetLeftPart(UriPartial.Authority);

        // a redirection could carry the token elsewhere
        http = new HttpClient(handler ?? new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10) })
        {
            BaseAddress = new Uri(Address),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        http.DefaultRequestHeaders.Authorization = secret is null ? null : new AuthenticationHeaderValue("Bearer", secret);
        brief = Pipeline(Attempts - 1, TimeSpan.FromMilliseconds(200), onRetry: null);
    }

    /// <summary>The server, as people write it.</summary>
    public string Address { get; }

    /// <summary>Starts an experiment.</summary>
    /// <returns>The experiment, and whether it ran already.</returns>
    /// <exception cref="InvalidInputException">The server refuses it, or can't be reached.</exception>
    public Task<(ExperimentResource Experiment, bool Ran)> StartAsync(string yaml, bool watch, CancellationToken cancellation) => SendAsync(
        () => Post("/api/v1/experiments", JsonContent.Create(new ExperimentRequest(yaml, watch), options: ApiJson.Options)),
        async response => (await ReadAsync<ExperimentResource>(response, cancellation), response.StatusCode == HttpStatusCode.OK),
        cancellation);

    /// <summary>What the server calls an experiment.</summary>
    public Task<IdentityResource> IdentifyAsync(string yaml, CancellationToken cancellation) => PostAsync<IdentityResource>("/api/v1/identities", yaml, cancellation);

    /// <summary>Which results of an experiment are there and which are missing.</summary>
    public Task<PlanResource> PlanAsync(string yaml, CancellationToken cancellation) => PostAsync<PlanResource>("/api/v1/plans", yaml, cancellation);

    /// <summary>The data of an experiment's report, as JSON in UTF-8.</summary>
    public Task<byte[]> ReportAsync(string yaml, CancellationToken cancellation) => SendAsync(
        () => Post("/api/v1/reports", Yaml(yaml)), response => response.Content.ReadAsByteArrayAsync(cancellation), cancellation);

    /// <summary>An experiment of an id.</summary>
    public Task<ExperimentResource> FindAsync(string id, CancellationToken cancellation) => SendAsync(
        () => new(HttpMethod.Get, $"/api/v1/experiments/{id}"), response => ReadAsync<ExperimentResource>(response, cancellation), cancellation);

    /// <summary>Ends an experiment.</summary>
    public Task<CancelResource> CancelAsync(string id, CancellationToken cancellation) => SendAsync(
        () => Post($"/api/v1/experiments/{id}/cancel", content: null), response => ReadAsync<CancelResource>(response, cancellation), cancellation);

    /// <summary>
    /// What happens to an experiment until it ends. A lost connection is made again for as long as it takes, and a server that has forgotten the
    /// experiment, because it was started anew, is asked for it again.
    /// </summary>
    /// <param name="id">The experiment.</param>
    /// <param name="yaml">Its text.</param>
    /// <param name="watch">Whether it watches.</param>
    /// <param name="lost">Hears that the connection is lost, once each time.</param>
    /// <param name="cancellation">Ends the listening.</param>
    public async IAsyncEnumerable<HostedEvent> FollowAsync(
        string id, string yaml, bool watch, Action<string> lost, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string? last = null;
        var isLost = false;
        while (true)
        {
            var patient = Pipeline(int.MaxValue, TimeSpan.FromMilliseconds(500), fault => Lose(fault));
            using var response = await patient.ExecuteAsync(async token => await ListenAsync(id, yaml, watch, last, token), cancellation);
            isLost = false;
            await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
            await using var events = SseParser.Create(stream).EnumerateAsync(cancellation).GetAsyncEnumerator(cancellation);
            while (await NextAsync(events) is { } item)
            {
                if (string.Equals(item.EventType, "end", StringComparison.Ordinal))
                {
                    yield break;
                }

                last = item.EventId ?? last;
                yield return JsonSerializer.Deserialize<EventResource>(item.Data, ApiJson.Options)!.ToEvent();
            }

            Lose("the connection was closed");
        }

        void Lose(string reason)
        {
            if (!isLost)
            {
                isLost = true;
                lost(reason);
            }
        }
    }

    public void Dispose() => http.Dispose();

    private static async ValueTask<SseItem<string>?> NextAsync(IAsyncEnumerator<SseItem<string>> events)
    {
        try
        {
            return await events.MoveNextAsync() ? events.Current : null;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return null;
        }
    }

    private async Task<HttpResponseMessage> ListenAsync(string id, string yaml, bool watch, string? last, CancellationToken cancellation)
    {
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/experiments/{id}/events");
            if (last is not null)
            {
                request.Headers.TryAddWithoutValidation("Last-Event-ID", last);
            }

            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (response.StatusCode != HttpStatusCode.NotFound)
            {
                return await CheckedAsync(response, cancellation);
            }

            response.Dispose();
            using var again = Post("/api/v1/experiments", JsonContent.Create(new ExperimentRequest(yaml, watch), options: ApiJson.Options));
            using var started = await CheckedAsync(await http.SendAsync(again, cancellation), cancellation);
        }
    }

    private Task<T> PostAsync<T>(string path, string yaml, CancellationToken cancellation) =>
        SendAsync(() => Post(path, Yaml(yaml)), response => ReadAsync<T>(response, cancellation), cancellation);

    private async Task<T> SendAsync<T>(Func<HttpRequestMessage> make, Func<HttpResponseMessage, Task<T>> read, CancellationToken cancellation)
    {
        try
        {
            return await brief.ExecuteAsync(
                async token =>
                {
                    using var request = make();
                    using var response = await CheckedAsync(await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token), token);
                    return await read(response);
                },
                cancellation);
        }
        catch (HttpRequestException e)
        {
            throw new InvalidInputException(Address, $"{(e.StatusCode is null ? "can't be reached" : "can't do that now")}: {e.Message.TrimEnd('.')}", e);
        }
        catch (IOException e)
        {
            throw new InvalidInputException(Address, $"broke its answer off: {e.Message.TrimEnd('.')}", e);
        }
        catch (JsonException e)
        {
            throw new InvalidInputException(Address, "doesn't answer as a CircuitGrid server does", e);
        }
    }

    /// <exception cref="InvalidInputException">The server refuses the request.</exception>
    /// <exception cref="HttpRequestException">It may take it later.</exception>
    private async Task<HttpResponseMessage> CheckedAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            var detail = await DetailAsync(response, cancellation);
            throw response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout or HttpStatusCode.TooManyRequests
                ? new HttpRequestException(detail, inner: null, response.StatusCode)
                : new InvalidInputException(Address, detail);
        }
    }

    private static async Task<string> DetailAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            using var problem = JsonDocument.Parse(await response.Content.ReadAsStreamAsync(cancellation));
            if (problem.RootElement.TryGetProperty("detail", out var detail) && detail.GetString() is { } text)
            {
                return text.TrimEnd('.');
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // whatever answers there doesn't explain itself
        }

        return $"answers with status {(int)response.StatusCode}";
    }

    /// <summary>
    /// Members of an answer that aren't known are passed over, unlike everything that a person writes: the server may be newer than this program, and what it tells
    /// beside what was asked changes no meaning.
    /// </summary>
    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellation) =>
        await response.Content.ReadFromJsonAsync<T>(ApiJson.Options, cancellation) ?? throw new JsonException("The answer is null.");

    private static HttpRequestMessage Post(string path, HttpContent? content) => new(HttpMethod.Post, path) { Content = content };

    private static StringContent Yaml(string text) => new(text, Encoding.UTF8, "application/yaml");

    private ResiliencePipeline Pipeline(int retries, TimeSpan pause, Action<string>? onRetry) =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = retries,
                Delay = pause,
                MaxDelay = LongestPause,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = new PredicateBuilder().Handle<HttpRequestException>().Handle<IOException>(),
                OnRetry = retried =>
                {
                    onRetry?.Invoke(retried.Outcome.Exception?.Message ?? "");
                    return default;
                },
            })
            .Build();
}
