using System.Globalization;
using System.Net;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.HubStandIn.Repositories;
using CircuitGrid.HubStandIn.Requests;

namespace CircuitGrid.HubStandIn.Tests;

public sealed class FileTests
{
    private const string Large = "/lab/files/resolve/step%2F1/sub/model.safetensors";
    private static readonly byte[] Weights = Hashes.Noise(200_000);
    private static readonly byte[] Config = "{\"model_type\":\"gpt_neox\"}"u8.ToArray();

    [Theory]
    [InlineData("HEAD")]
    [InlineData("GET")]
    public async Task Resolve_OfALargeFile_NamesItAndSendsToAnotherHost(string method)
    {
        await using var client = await StartAsync();
        using var response = await client.SendAsync(Large, method);
        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Equal(client.Server.Repositories.All[0].Head("step/1").Id, Header(response, "X-Repo-Commit"));
        Assert.Equal($"\"{Hashes.Sha256(Weights)}\"", Header(response, "X-Linked-Etag"));
        Assert.NotEqual($"\"{Hashes.Sha256(Weights)}\"", Header(response, "ETag"));
        Assert.Equal("200000", Header(response, "X-Linked-Size"));
        Assert.Equal("bytes", Header(response, "Accept-Ranges"));
        Assert.NotEqual(client.Server.Endpoint.Host, response.Headers.Location!.Host);

        using var body = await client.SendAsync(response.Headers.Location.OriginalString);
        Assert.Equal(Weights, await body.Content.ReadAsByteArrayAsync());
        Assert.Equal(200_000, client.Server.Requests.BytesOf("lab/files", "sub/model.safetensors"));
        Assert.Equal(200_000, client.Server.Requests.BytesOf("lab/files", "sub/model.safetensors", Header(response, "X-Repo-Commit")));
        Assert.Equal(0, client.Server.Requests.BytesOf("lab/files", "sub/model.safetensors", new string('0', 40)));
    }

    [Fact]
    public async Task Resolve_OfASmallFile_SendsToACacheOfTheSameHost()
    {
        await using var client = await StartAsync();
        using var first = await client.SendAsync("/lab/files/resolve/main/a%20b%2525%20%C3%A9.json", "HEAD");
        Assert.Equal(HttpStatusCode.TemporaryRedirect, first.StatusCode);
        Assert.False(first.Headers.Location!.IsAbsoluteUri);
        foreach (var method in (string[])["HEAD", "GET"])
        {
            using var then = await client.SendAsync(first.Headers.Location.OriginalString, method);
            Assert.Equal(HttpStatusCode.OK, then.StatusCode);
            Assert.Equal($"\"{Hashes.GitBlob(Config)}\"", Header(then, "ETag"));
            Assert.Equal(client.Server.Repositories.All[0].Head("main").Id, Header(then, "X-Repo-Commit"));
            Assert.Equal(Config.Length, then.Content.Headers.ContentLength);
            Assert.Equal(method == "HEAD" ? [] : Config, await then.Content.ReadAsByteArrayAsync());
        }

        Assert.Equal(Config.Length, client.Server.Requests.BytesOf("lab/files", "a b%25 é.json"));
        Assert.Equal([RequestKind.Resolve, RequestKind.ResolveCache, RequestKind.ResolveCache], client.Server.Requests.All.Select(r => r.Kind));
    }

    [Fact]
    public async Task Resolve_WithoutThatCache_SendsTheSmallFileItself()
    {
        await using var client = await StartAsync(new() { RedirectsSmallFiles = false });
        using var response = await client.SendAsync("/lab/files/resolve/main/empty.txt");
        Assert.Equal((HttpStatusCode.OK, "\"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\""), (response.StatusCode, Header(response, "ETag")));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(0, response.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=5-", 5, 199_995)]
    [InlineData("bytes=65530-65545", 65_530, 16)]
    [InlineData("bytes=199990-300000", 199_990, 10)]
    [InlineData("bytes=-3", 199_997, 3)]
    [InlineData("bytes=-300000", 0, 200_000)]
    public async Task Range_WithinAFile_IsThoseBytes(string range, int from, int count)
    {
        await using var client = await StartAsync();
        var address = await client.LocateAsync(Large);
        using var response = await client.SendAsync(address, range: range);
        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{from + count - 1}/200000"), response.Content.Headers.ContentRange!.ToString());
        Assert.Equal(Weights[from..(from + count)], await response.Content.ReadAsByteArrayAsync());
        var logged = client.Server.Requests.Of(RequestKind.Large).Single();
        Assert.Equal((range, 206, count), (logged.Range, logged.Status, logged.BytesSent));
    }

    [Theory]
    [InlineData("bytes=200000-")]
    [InlineData("bytes=-0")]
    public async Task Range_BeyondAFile_IsRefusedWithItsSize(string range)
    {
        await using var client = await StartAsync();
        using var response = await client.SendAsync(await client.LocateAsync(Large), range: range);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, response.StatusCode);
        Assert.Equal("bytes */200000", response.Content.Headers.ContentRange!.ToString());
    }

    [Theory]
    [InlineData("bytes=5-2")]
    [InlineData("bytes=0-1,4-5")]
    [InlineData("lines=0-1")]
    public async Task Range_ThatAServerMayPassOver_IsTheWholeFile(string range)
    {
        await using var client = await StartAsync();
        using var response = await client.SendAsync(await client.LocateAsync(Large), range: range);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Weights, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Range_IfTheFileIsTheOneMeant_OrElseTheWholeFile()
    {
        await using var client = await StartAsync();
        var address = await client.LocateAsync(Large);
        using var whole = await client.SendAsync(address);
        using var same = await client.SendAsync(address, range: "bytes=1-2", header: ("If-Range", Header(whole, "ETag")));
        using var other = await client.SendAsync(address, range: "bytes=1-2", header: ("If-Range", "\"other\""));
        Assert.Equal([HttpStatusCode.PartialContent, HttpStatusCode.OK], [same.StatusCode, other.StatusCode]);
    }

    [Fact]
    public async Task Address_AfterItsTime_OrChanged_IsRefused()
    {
        var time = new ManualTime();
        await using var client = await StartAsync(new() { Time = time, SignedFor = TimeSpan.FromMinutes(10) });
        var address = await client.LocateAsync(Large);
        async Task<int> StatusAsync(string target)
        {
            using var response = await client.SendAsync(target, range: "bytes=0-0");
            return (int)response.StatusCode;
        }

        Assert.Equal(206, await StatusAsync(address));
        Assert.Equal(403, await StatusAsync(address.Replace("&Expires=", "&Expires=1", StringComparison.Ordinal)));
        time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(403, await StatusAsync(address));
        Assert.Equal(206, await StatusAsync(await client.LocateAsync(Large)));
    }

    [Fact]
    public async Task Hosts_ServeOnlyWhatIsTheirs()
    {
        await using var client = await StartAsync();
        var address = new Uri(await client.LocateAsync(Large));
        using var onHub = await client.SendAsync(address.PathAndQuery);
        using var onStorage = await client.SendAsync(new Uri(client.Server.Storage, "/api/models/lab/files/refs").OriginalString);
        Assert.Equal([HttpStatusCode.NotFound, HttpStatusCode.NotFound], [onHub.StatusCode, onStorage.StatusCode]);
        Assert.Equal([StandInHost.Hub, StandInHost.Hub, StandInHost.Storage], client.Server.Requests.All.Select(r => r.Host));
    }

    [Fact]
    public async Task LargeFiles_AreThoseOfAnEndingOrASize()
    {
        await using var client = await StartAsync(new() { LargeSize = Config.Length, LargeExtensions = [".bin"] });
        var entries = (await client.JsonAsync("/api/models/lab/files/tree/main")).EnumerateArray().ToDictionary(e => e.GetProperty("path").GetString()!, e => e.TryGetProperty("lfs", out _), StringComparer.Ordinal);
        Assert.Equal(new Dictionary<string, bool>(StringComparer.Ordinal) { ["a b%25 é.json"] = true, ["empty.txt"] = false, ["tiny.bin"] = true }, entries);
    }

    private static async Task<StandInClient> StartAsync(HubStandInOptions? options = null)
    {
        var client = await StandInClient.StartAsync(options);
        client.Server.Repositories.Add("lab/files")
            .Commit("main", StandInTree.Empty.With("a b%25 é.json", Config).With("empty.txt", "").With("tiny.bin", "1"))
            .Commit("step/1", StandInTree.Empty.With("sub/model.safetensors", Weights));
        return client;
    }

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();
}
