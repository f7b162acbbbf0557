namespace CircuitGrid.Hub.Tests.Hubs;

/// <summary>Connections that answer as a test says, to hosts that nothing on this machine can be.</summary>
internal sealed class ScriptedClients(Func<HttpRequestMessage, HttpResponseMessage> answer) : IHttpClientFactory
{
    private readonly List<string> asked = [];

    /// <summary>The addresses that were asked, each behind <c>+</c> where a token was sent.</summary>
    public IReadOnlyList<string> Asked => asked;

    public HttpClient CreateClient(string name) => new(new Handler(this));

    private sealed class Handler(ScriptedClients clients) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            clients.asked.Add((request.Headers.Authorization is null ? "" : "+") + request.RequestUri!.AbsoluteUri);
            return Task.FromResult(clients.Answer(request));
        }
    }

    private HttpResponseMessage Answer(HttpRequestMessage request)
    {
        var given = answer(request);
        given.RequestMessage = request;
        return given;
    }
}
