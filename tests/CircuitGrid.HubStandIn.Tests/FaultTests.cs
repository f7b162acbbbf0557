using System.Net;
using System.Net.Sockets;
using System.Text;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.HubStandIn.Faults;
using CircuitGrid.HubStandIn.Repositories;
using CircuitGrid.HubStandIn.Requests;

namespace CircuitGrid.HubStandIn.Tests;

public sealed class FaultTests
{
    private const string Refs = "/api/models/lab/faulty/refs";
    private const string Config = "/lab/faulty/resolve/main/config.json";
    private const string Large = "/lab/faulty/resolve/main/model.safetensors";
    private static readonly byte[] Weights = Hashes.Noise(200_000);

    [Fact]
    public async Task Next_OfSeveralRequests_MeetTheFaultAndNoMore()
    {
        await using var client = await StartAsync();
        var rule = client.Server.Faults.Next(2, Fault.Answer(503), RequestKind.References);
        var statuses = new List<HttpStatusCode>();
        foreach (var target in (string[])[Refs, "/api/models/lab/faulty", Refs, Refs])
        {
            using var response = await client.SendAsync(target);
            statuses.Add(response.StatusCode);
        }

        Assert.Equal([HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK], statuses);
        Assert.Equal(2, rule.Met);
        Assert.Equal(["answer 503", null, "answer 503", null], client.Server.Requests.All.Select(r => r.Fault));
    }

    [Fact]
    public async Task Rules_WithConditions_AreMetByWhatFitsAllOfThem()
    {
        await using var client = await StartAsync();
        client.Server.Faults.Add(new() { Fault = Fault.Answer(500), Times = 1, After = 1, Path = "^lab/faulty/model[.]safetensors$", Method = "HEAD", Revision = "main" });
        var statuses = new List<int>();
        foreach (var (target, method) in ((string, string)[])[(Large, "HEAD"), (Large, "GET"), (Config, "HEAD"), (Large, "HEAD"), (Large, "HEAD")])
        {
            using var response = await client.SendAsync(target, method);
            statuses.Add((int)response.StatusCode);
        }

        Assert.Equal([302, 302, 307, 500, 302], statuses);
    }

    [Fact]
    public async Task RateLimited_SaysHowLongToWait()
    {
        await using var client = await StartAsync();
        client.Server.Faults.Next(1, Fault.RateLimited(55), RequestKind.References);
        client.Server.Faults.Next(1, Fault.RateLimited(7), RequestKind.Resolve);
        client.Server.Faults.Next(1, Fault.RetryAfter(12), RequestKind.Tree);
        using var api = await client.SendAsync(Refs);
        using var file = await client.SendAsync(Large);
        using var after = await client.SendAsync("/api/models/lab/faulty/tree/main");
        Assert.Equal((429, "\"api\";r=0;t=55"), ((int)api.StatusCode, api.Headers.GetValues("RateLimit").Single()));
        Assert.Equal((429, "\"resolvers\";r=0;t=7"), ((int)file.StatusCode, file.Headers.GetValues("RateLimit").Single()));
        Assert.Equal((429, TimeSpan.FromSeconds(12)), ((int)after.StatusCode, after.Headers.RetryAfter!.Delta));
    }

    [Fact]
    public async Task IgnoreRange_SendsTheWholeFileWith200()
    {
        await using var client = await StartAsync();
        client.Server.Faults.Next(1, Fault.IgnoreRange(), path: "model");
        client.Server.Faults.Always(Fault.IgnoreRange(), RequestKind.Large);
        using var response = await client.SendAsync(await client.LocateAsync(Large), range: "bytes=100-");
        Assert.Equal((HttpStatusCode.OK, 200_000), (response.StatusCode, response.Content.Headers.ContentLength));
        Assert.Equal(Weights, await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(150_001)]
    public async Task Truncate_EndsTheConnectionAfterThoseBytes(int after)
    {
        await using var client = await StartAsync();
        client.Server.Faults.Next(1, Fault.Truncate(after), RequestKind.Large);
        var address = await client.LocateAsync(Large);
        using var response = await client.SendAsync(address);
        Assert.Equal(200_000, response.Content.Headers.ContentLength);
        await using var body = await response.Content.ReadAsStreamAsync();
        var got = new MemoryStream();
        var failure = await Record.ExceptionAsync(() => body.CopyToAsync(got));
        Assert.IsType<HttpIOException>(failure);
        Assert.Equal(Weights[..after], got.ToArray());
        Assert.Equal(after, client.Server.Requests.Of(RequestKind.Large).Single().BytesSent);

        using var again = await client.SendAsync(address);
        Assert.Equal(Weights, await again.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData(null, 70_000, 0)]
    [InlineData("bytes=65000-", 70_000, 65_000)]
    [InlineData("bytes=70000-70000", 70_000, 70_000)]
    [InlineData("bytes=0-69999", null, 0)]
    public async Task WrongBytes_AtAnOffsetOfTheFile_AreWrongInRangesThatHaveIt(string? range, int? wrong, int from)
    {
        await using var client = await StartAsync();
        client.Server.Faults.Next(1, Fault.WrongBytes(70_000), RequestKind.Large);
        using var response = await client.SendAsync(await client.LocateAsync(Large), range: range);
        var got = await response.Content.ReadAsByteArrayAsync();
        var differing = Enumerable.Range(0, got.Length).Where(i => got[i] != Weights[from + i]).Select(i => from + i);
        Assert.Equal(wrong is null ? [] : [wrong.Value], differing);
    }

    [Fact]
    public async Task WrongBytes_OfAll_AreAllWrong()
    {
        await using var client = await StartAsync();
        client.Server.Faults.Next(1, Fault.WrongBytes(), RequestKind.Large);
        using var response = await client.SendAsync(await client.LocateAsync(Large));
        var got = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(Weights.Length, got.Length);
        Assert.DoesNotContain(Enumerable.Range(0, got.Length), i => got[i] == Weights[i]);
    }

    [Fact]
    public async Task Stall_StopsTheBodyUntilItsTimeIsOver()
    {
        var time = new ManualTime();
        await using var client = await StartAsync(new() { Time = time, SignedFor = TimeSpan.FromDays(1) });
        client.Server.Faults.Next(1, Fault.Stall(TimeSpan.FromMinutes(5), after: 100_000), RequestKind.Large);
        using var response = await client.SendAsync(await client.LocateAsync(Large));
        await using var body = await response.Content.ReadAsStreamAsync();
        var got = new byte[200_000];
        await body.ReadExactlyAsync(got.AsMemory(0, 100_000));
        var rest = body.ReadExactlyAsync(got.AsMemory(100_000)).AsTask();
        await Task.Delay(100);
        Assert.False(rest.IsCompleted);
        Assert.Equal(100_000, client.Server.Requests.Of(RequestKind.Large).Single().BytesSent);

        await time.UntilAsync(rest, TimeSpan.FromMinutes(5));
        Assert.Equal(Weights, got);
    }

    [Fact]
    public async Task Stall_AtTheBeginning_HasSentTheHeaders()
    {
        await using var client = await StartAsync();
        client.Server.Faults.Always(Fault.Stall(TimeSpan.FromDays(1)), RequestKind.Large);
        using var response = await client.SendAsync(await client.LocateAsync(Large));
        Assert.Equal(200_000, response.Content.Headers.ContentLength);
        await client.Server.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answers_AfterALatencyOrADelay_AreTheOnesThereAre(bool always)
    {
        var time = new ManualTime();
        await using var client = await StartAsync(new() { Time = time, Latency = TimeSpan.FromSeconds(always ? 20 : 0) });
        if (!always)
        {
            client.Server.Faults.Next(1, Fault.Delay(TimeSpan.FromSeconds(20)), RequestKind.References);
        }

        var answer = client.SendAsync(Refs);
        var moved = await time.UntilAsync(answer, TimeSpan.FromSeconds(4));
        Assert.True(moved >= TimeSpan.FromSeconds(20));
        using var response = await answer;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Redirects_InACircle_GoOnForAsLongAsTheyAreAsked()
    {
        await using var client = await StartAsync();
        client.Server.Faults.Next(3, Fault.RedirectToItself(), RequestKind.Resolve);
        var target = Config + "?x=%2F";
        for (var i = 0; i < 3; i++)
        {
            using var response = await client.SendAsync(target);
            Assert.Equal(target, response.Headers.Location!.OriginalString);
        }

        using var last = await client.SendAsync(target);
        Assert.NotEqual(target, last.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task RedirectElsewhere_LeadsToAHostOfTheSameNameThatServesIt()
    {
        await using var client = await StartAsync();
        client.Server.Faults.Next(1, Fault.RedirectElsewhere(), RequestKind.Resolve);
        using var first = await client.SendAsync(Large, token: "hf_a");
        var second = first.Headers.Location!;
        Assert.Equal((client.Server.Endpoint.Host, client.Server.Elsewhere.Port), (second.Host, second.Port));
        using var there = await client.SendAsync(second.OriginalString);
        Assert.Equal(client.Server.Elsewhere.Port, there.Headers.Location!.Port);
        using var body = await client.SendAsync(there.Headers.Location!.OriginalString);
        Assert.Equal(Weights, await body.Content.ReadAsByteArrayAsync());
        Assert.Empty(client.Server.Requests.LeakedTokens);
        using var leak = await client.SendAsync(second.OriginalString, token: "hf_a");
        Assert.Single(client.Server.Requests.LeakedTokens);
    }

    [Fact]
    public async Task HeadersAndBodies_CanBeAnything()
    {
        await using var client = await StartAsync();
        client.Server.Faults.Next(1, Fault.Headers(h => h["X-Linked-Size"] = "-5\u00e9"), RequestKind.Resolve);
        client.Server.Faults.Next(1, Fault.Body(bytes => [.. bytes.Take(10)]), RequestKind.References);
        using var head = await client.SendAsync(Large, "HEAD");
        using var refs = await client.SendAsync(Refs);
        Assert.StartsWith("-5", head.Headers.GetValues("X-Linked-Size").Single(), StringComparison.Ordinal);
        Assert.Equal($"\"{Hashes.Sha256(Weights)}\"", head.Headers.GetValues("X-Linked-Etag").Single());
        Assert.Equal("{\"tags\":[]", await refs.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Body_OfAFile_IsEditedToo()
    {
        await using var client = await StartAsync();
        client.Server.Faults.Next(1, Fault.Body(_ => "{"u8.ToArray()), RequestKind.ResolveCache);
        using var redirect = await client.SendAsync(Config);
        using var response = await client.SendAsync(redirect.Headers.Location!.OriginalString);
        Assert.Equal("{", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Bytes_AreAllThatTheConnectionHas()
    {
        await using var client = await StartAsync();
        var sent = Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\nETag: \u0001\xff\r\n\r\nhello");
        client.Server.Faults.Next(1, Fault.Bytes(sent), RequestKind.References);
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, client.Server.Endpoint.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {Refs} HTTP/1.1\r\nHost: x\r\n\r\n"));
        var got = new MemoryStream();
        await stream.CopyToAsync(got);
        Assert.Equal(sent, got.ToArray());

        using var after = await client.SendAsync(Refs);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    [Fact]
    public async Task Reset_GivesNoAnswer()
    {
        await using var client = await StartAsync();
        client.Server.Faults.Next(1, Fault.Reset(), RequestKind.References, method: "POST");
        client.Server.Faults.Next(1, Fault.Reset(), RequestKind.Model);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync("/api/models/lab/faulty"));
        Assert.Equal((0, "reset"), (client.Server.Requests.All[0].Status, client.Server.Requests.All[0].Fault));
    }

    private static async Task<StandInClient> StartAsync(HubStandInOptions? options = null)
    {
        var client = await StandInClient.StartAsync((options ?? new()) with { Tokens = ["hf_a"] });
        client.Server.Repositories.Add("lab/faulty").Commit("main", StandInTree.Empty.With("config.json", "{}").With("model.safetensors", Weights));
        return client;
    }
}
