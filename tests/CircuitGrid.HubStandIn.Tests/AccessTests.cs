using System.Net;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.HubStandIn.Repositories;

namespace CircuitGrid.HubStandIn.Tests;

public sealed class AccessTests
{
    private const string Accepted = "hf_accepted";
    private const string Stranger = "hf_stranger";
    private const string Listing = "/api/models/{0}/tree/main";
    private const string File = "/{0}/resolve/main/model.safetensors";

    [Theory]
    [InlineData(Listing, "lab/open", null, 200, null)]
    [InlineData(Listing, "lab/open", "hf_unknown", 401, null)]
    [InlineData(File, "lab/open", null, 302, null)]
    [InlineData(Listing, "lab/nowhere", null, 401, null)]
    [InlineData(Listing, "lab/nowhere", Stranger, 404, "RepoNotFound")]
    [InlineData(File, "lab/nowhere", null, 401, "RepoNotFound")]
    [InlineData(Listing, "lab/private", null, 401, null)]
    [InlineData(Listing, "lab/private", Stranger, 404, "RepoNotFound")]
    [InlineData(Listing, "lab/private", Accepted, 200, null)]
    [InlineData(File, "lab/private", null, 401, "RepoNotFound")]
    [InlineData(File, "lab/private", Accepted, 302, null)]
    [InlineData(Listing, "lab/gated", null, 200, null)]
    [InlineData(File, "lab/gated", null, 401, "GatedRepo")]
    [InlineData(File, "lab/gated", Stranger, 403, "GatedRepo")]
    [InlineData(File, "lab/gated", Accepted, 302, null)]
    public async Task Access_OfARepository_IsForWhomItIs(string target, string name, string? token, int status, string? code)
    {
        await using var client = await StartAsync();
        using var response = await client.SendAsync(target.Replace("{0}", name, StringComparison.Ordinal), token: token);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(code, response.Headers.TryGetValues("X-Error-Code", out var codes) ? codes.Single() : null);
        Assert.Equal(status >= 400, response.Headers.Contains("X-Error-Message"));
    }

    [Theory]
    [InlineData("/api/models/old/name/refs?include_prs=1", "/api/models/lab/open/refs?include_prs=1")]
    [InlineData("/api/models/old/name", "/api/models/lab/open")]
    [InlineData("/old/name/resolve/main/model.safetensors", "/lab/open/resolve/main/model.safetensors")]
    [InlineData("/bare/resolve/main/bare.json", "/lab/bare/resolve/main/bare.json")]
    [InlineData("/api/models/bare/tree/main?recursive=true", "/api/models/lab/bare/tree/main?recursive=true")]
    public async Task Names_ThatRepositoriesHadBefore_LeadToTheNewOnes(string target, string expected)
    {
        await using var client = await StartAsync();
        using var response = await client.SendAsync(target);
        Assert.Equal((HttpStatusCode.TemporaryRedirect, expected), (response.StatusCode, response.Headers.Location!.OriginalString));
        using var there = await client.SendAsync(expected);
        Assert.True((int)there.StatusCode is 200 or 302 or 307);
    }

    [Fact]
    public async Task Log_OfTokens_SaysWhichHostSawOne()
    {
        await using var client = await StartAsync();
        using var redirect = await client.SendAsync(File.Replace("{0}", "lab/private", StringComparison.Ordinal), token: Accepted);
        var address = redirect.Headers.Location!.OriginalString;
        using var clean = await client.SendAsync(address);
        Assert.Equal(HttpStatusCode.OK, clean.StatusCode);
        Assert.Empty(client.Server.Requests.LeakedTokens);
        using var leak = await client.SendAsync(address, token: Accepted);
        Assert.Equal([2], client.Server.Requests.LeakedTokens.Select(r => r.Number));
        Assert.DoesNotContain(client.Server.Requests.All, r => r.ToString().Contains(Accepted, StringComparison.Ordinal));
    }

    [Fact]
    public async Task RateLimits_OfListingsAndFiles_AreCountedApartInWindows()
    {
        var time = new ManualTime();
        await using var client = await StartAsync(new() { Time = time, ApiQuota = 3, ResolverQuota = 1, RateWindow = TimeSpan.FromSeconds(300) });
        async Task<(int Status, string Limit, string Policy)> AskAsync(string target)
        {
            using var response = await client.SendAsync(target.Replace("{0}", "lab/open", StringComparison.Ordinal));
            return ((int)response.StatusCode, response.Headers.GetValues("RateLimit").Single(), response.Headers.GetValues("RateLimit-Policy").Single());
        }

        const string Api = "\"fixed window\";\"api\";q=3;w=300";
        Assert.Equal((200, "\"api\";r=2;t=300", Api), await AskAsync(Listing));
        time.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal((200, "\"api\";r=1;t=200", Api), await AskAsync(Listing));
        Assert.Equal((200, "\"api\";r=0;t=200", Api), await AskAsync(Listing));
        Assert.Equal((429, "\"api\";r=0;t=200", Api), await AskAsync(Listing));
        Assert.Equal((302, "\"resolvers\";r=0;t=200", "\"fixed window\";\"resolvers\";q=1;w=300"), await AskAsync(File));
        Assert.Equal(429, (await AskAsync(File)).Status);
        time.Advance(TimeSpan.FromSeconds(200));
        Assert.Equal((200, "\"api\";r=2;t=300", Api), await AskAsync(Listing));
    }

    private static async Task<StandInClient> StartAsync(HubStandInOptions? options = null)
    {
        var client = await StandInClient.StartAsync((options ?? new()) with { Tokens = [Stranger] });
        var repositories = client.Server.Repositories;
        var tree = StandInTree.Empty.With("model.safetensors", Hashes.Noise(100)).With("bare.json", "{}");
        repositories.Add("old/name").Commit("main", tree);
        repositories.Rename("old/name", "lab/open");
        repositories.Add("bare").Commit("main", tree);
        repositories.Rename("bare", "lab/bare");
        repositories.Add("lab/private").Commit("main", tree).MakePrivate(Accepted);
        repositories.Add("lab/gated").Commit("main", tree).Gate(Accepted);
        return client;
    }
}
