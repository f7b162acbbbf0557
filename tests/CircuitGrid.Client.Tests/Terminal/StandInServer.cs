using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CircuitGrid.Client.Tests.Terminal;

/// <summary>A server that answers whatever a test makes up.</summary>
internal sealed class StandInServer : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly Func<string, (int Status, string Type, string Body)> answer;
    private readonly Task serving;

    /// <param name="answer">From method and path, e.g. <c>POST /api/v1/plans</c>, to status, content type and body.</param>
    public StandInServer(Func<string, (int Status, string Type, string Body)> answer)
    {
        this.answer = answer;
        Address = $"http://127.0.0.1:{FreePort()}";
        listener.Prefixes.Add(Address + "/");
        listener.Start();
        serving = Task.Run(ServeAsync);
    }

    public string Address { get; }

    public void Dispose()
    {
        listener.Stop();
        serving.Wait();
        listener.Close();
    }

    private async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            try
            {
                var context = await listener.GetContextAsync();
                var (status, type, body) = answer($"{context.Request.HttpMethod} {context.Request.Url!.AbsolutePath}");
                context.Response.StatusCode = status;
                context.Response.ContentType = type;
                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private static int FreePort()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }
}
