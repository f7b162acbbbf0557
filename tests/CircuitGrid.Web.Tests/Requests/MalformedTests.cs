using System.Globalization;
using System.Net;
using System.Text;

namespace CircuitGrid.Web.Tests.Requests;

/// <summary>What is no request is refused as such: never by an error of the server's, and never by silence.</summary>
public sealed class MalformedTests : IAsyncLifetime
{
    private const string Plan = "POST /api/v1/identities HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/yaml\r\n";
    private StuckHost host = null!;
    private BareServer server = null!;

    public async ValueTask InitializeAsync()
    {
        host = new StuckHost(Stuck.No, Stuck.No);
        var brief = TimeSpan.FromMilliseconds(300);
        server = await BareServer.StartAsync(host, new() { SilentTimeout = brief, HeaderTimeout = brief, IdleTimeout = brief, DataGrace = TimeSpan.FromMilliseconds(1500) }, api => api.Deadlines = new());
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await host.DisposeAsync();
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nx", 400)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n7FFFFFFF\r\nx", 408)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n80000000\r\nx", 400)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n-1\r\nx", 400)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nzz\r\nx", 400)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n\r\nx", 400)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\nxyz\r\n0\r\n\r\n", 400)]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400)]
    [InlineData("Transfer-Encoding: gzip\r\n\r\n", 400)]
    [InlineData("Content-Length: -1\r\n\r\n", 400)]
    [InlineData("Content-Length: 99999999999999999999\r\n\r\n", 400)]
    [InlineData("Content-Length: 2000000\r\n\r\n", 413)]
    [InlineData("Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400)]
    [InlineData("Content-Length: 5\r\n\r\na: \0b", 400)]
    [InlineData("Content-Length: 2\r\n\r\n\u00FF\u00FE", 400)]
    public async Task Body_ThatIsMalformed_IsTheClientsFault(string rest, int expected)
    {
        var answer = await AskAsync(Plan + rest);
        Assert.StartsWith($"HTTP/1.1 {expected} ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChunkHeader_WithoutEnd_IsTheClientsFault()
    {
        var answer = await AskAsync(Plan + "Transfer-Encoding: chunked\r\n\r\n1;" + new string('x', 200_000));
        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
    }

    /// <summary>Every answer to bytes at random, and to sound requests with some of their bytes changed, cut or doubled, is 2xx to 4xx, or that HTTP has no such version.</summary>
    [Fact]
    public async Task Request_OfBytesAtRandom_NeverFailsTheServer()
    {
        string[] sound =
        [
            Plan + "Content-Length: 27\r\n\r\nsuite: small\ntasks: [ioi]\n\n", Plan + "Transfer-Encoding: chunked\r\n\r\n1b\r\nsuite: small\ntasks: [ioi]\n\n\r\n0\r\n\r\n",
            "GET /login?to=%2Fexperiments%2F0123456789abcdef HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n", "GET /api/v1/experiments HTTP/1.1\r\nHost: localhost\r\nCookie: a=b\r\n\r\n",
            "POST /api/v1/identities HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n{\"yaml\": \"suite: small\\ntasks: [ioi]\\n\" }",
        ];
        var random = new Random(21);
        var answers = new List<string>();
        for (var round = 0; round < 6; round++)
        {
            var bytes = Enumerable.Range(0, 70).Select(i => Change(sound[random.Next(sound.Length)], random)).ToList();
            answers.AddRange(await Task.WhenAll(bytes.Select(AskAsync)));
        }

        var statuses = answers.Where(a => a.Length > 0).Select(a => (Status: int.Parse(a.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture), Text: a)).ToList();
        Assert.Equal([], statuses.Where(s => s.Status is >= 500 and not 505).Select(s => s.Text));
        Assert.True(statuses.Select(s => s.Status).Distinct().Count() > 3, "the changes are no challenge");
        using var well = await server.Client.GetAsync(new Uri("/health/live", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, well.StatusCode);
        Assert.DoesNotContain(server.Log, line => line.Contains("Exception", StringComparison.Ordinal));
    }

    private static byte[] Change(string sound, Random random)
    {
        var bytes = Encoding.Latin1.GetBytes(sound).ToList();
        if (random.Next(8) == 0)
        {
            random.NextBytes(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes));
        }

        for (var i = random.Next(4); i >= 0; i--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, bytes.Count - at);
                    bytes.Add((byte)'G');
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 30), bytes.Count - at)));
                    break;
                default:
                    bytes.InsertRange(at, Enumerable.Repeat((byte)random.Next(256), random.Next(1, 3000)));
                    break;
            }
        }

        return [.. bytes];
    }

    private Task<string> AskAsync(string request) => AskAsync(Encoding.Latin1.GetBytes(request));

    private async Task<string> AskAsync(byte[] request)
    {
        using var socket = await RawClient.ConnectAsync(server.Address);
        await RawClient.SendAsync(socket, request);
        return await RawClient.ReadToEndAsync(socket);
    }
}
