using System.Net;
using System.Net.Sockets;
using CircuitGrid.Compute;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.Hub.Tests.Hubs;
using CircuitGrid.HubStandIn.Faults;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Tests.Protocol;

/// <summary>What the hub refuses is said in plain words, with the way out.</summary>
public sealed class RefusalTests
{
    private static readonly HubFile s_weights = new("model.safetensors", 300_000, "00000000000000000000000000000000000000aa", "180d39be7a0c560e055d513533cd42ffd6500b79f6b8fe4101e300a184210a07");

    [Fact]
    public async Task Repository_ThatIsNotThere_OrPrivate_IsSaid()
    {
        await using var hub = await TestHub.StartAsync(new() { Tokens = ["hf_known"] });
        hub.Repository().MakePrivate("hf_other");
        using var unknown = hub.Store();
        using var known = hub.Store(o => o with { Token = HubToken.Parse("hf_known", "test") });
        foreach (var name in (string[])["lab/nothing", TestHub.Tiny])
        {
            Assert.Equal(
                $"hf:{name}: there is no such repository, or it is private; set HF_TOKEN if it is yours",
                (await Assert.ThrowsAsync<InvalidInputException>(() => unknown.ReadRefsAsync(name, CancellationToken.None))).Message);
            Assert.Equal(
                $"hf:{name}: there is no such repository, or it is private and the token doesn't open it",
                (await Assert.ThrowsAsync<InvalidInputException>(() => known.ReadRefsAsync(name, CancellationToken.None))).Message);
        }
    }

    [Fact]
    public async Task Repository_ThatIsPrivate_OpensToItsToken()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Repository().MakePrivate("hf_mine");
        using var store = hub.Store(o => o with { Token = HubToken.Parse(" hf_mine\n", "test") });
        Assert.Equal(2, (await store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None)).Revisions.Length);
    }

    [Fact]
    public async Task Token_ThatTheHubDoesNotKnow_IsSaidAndNotShown()
    {
        await using var hub = await TestHub.StartAsync();
        using var store = hub.Store(o => o with { Token = HubToken.Parse("hf_old", "test") });
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None));
        Assert.Equal("hf:lab/tiny: the hub doesn't know the token; set HF_TOKEN to a valid one, or to nothing", error.Message);
    }

    [Fact]
    public async Task Repository_ThatIsGated_SaysWhereItsTermsAre()
    {
        await using var hub = await TestHub.StartAsync(new() { Tokens = ["hf_known"] });
        hub.Repository().Gate("hf_other");
        using var unknown = hub.Store();
        using var known = hub.Store(o => o with { Token = HubToken.Parse("hf_known", "test") });
        var page = $"{hub.Server.Endpoint.AbsoluteUri}lab/tiny";
        Assert.Equal(
            $"hf:lab/tiny: is gated: accept its terms at {page} and set HF_TOKEN",
            (await Assert.ThrowsAsync<InvalidInputException>(() => unknown.FetchAsync(hub.Snapshot(unknown), s_weights, null, CancellationToken.None))).Message);
        Assert.Equal(
            $"hf:lab/tiny: is gated: accept its terms at {page} and use a token of the account that did",
            (await Assert.ThrowsAsync<InvalidInputException>(() => known.FetchHeaderAsync(hub.Snapshot(known), s_weights, CancellationToken.None))).Message);
    }

    [Fact]
    public async Task Revision_AndFile_ThatAreNotThere_AreSaid()
    {
        await using var hub = await TestHub.StartAsync();
        using var store = hub.Store();
        Assert.Equal(
            "hf:lab/tiny: has no revision step/7",
            (await Assert.ThrowsAsync<InvalidInputException>(() => store.FindCommitAsync(TestHub.Tiny, "step/7", CancellationToken.None))).Message);
        Assert.Equal(
            "hf:lab/tiny: has no revision 00000000000000000000000000000000000000aa",
            (await Assert.ThrowsAsync<InvalidInputException>(() => store.ReadTreeAsync(store.FolderOf(TestHub.Tiny), "00000000000000000000000000000000000000aa", CancellationToken.None))).Message);
        var main = hub.Snapshot(store, "main");
        Assert.Equal(
            $"hf:lab/tiny@{main.Commit}: model.safetensors: isn't in the repository at that commit",
            (await Assert.ThrowsAsync<InvalidInputException>(() => store.FetchAsync(main, s_weights, null, CancellationToken.None))).Message);
    }

    [Fact]
    public async Task AnotherRefusal_IsShownWithTheHubsWords()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Next(1, Fault.Answer(403, headers: ("X-Error-Message", "Your IP is\tblocked.")));
        hub.Server.Faults.Next(1, Fault.Answer(204));
        using var store = hub.Store();
        var forbidden = await Assert.ThrowsAsync<InvalidInputException>(() => store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None));
        Assert.Equal($"hf:lab/tiny: {hub.Server.Endpoint}api/models/lab/tiny/refs answers 403 (Forbidden): Your IP is\\u0009blocked.", forbidden.Message);
        var empty = await Assert.ThrowsAsync<InvalidInputException>(() => store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None));
        Assert.EndsWith("answers 204 (NoContent)", empty.Message, StringComparison.Ordinal);
    }

    /// <summary>Who deals with a checkpoint has to tell its faults from the network's.</summary>
    [Fact]
    public async Task Failures_OfNetworkAndHub_AreOfAKindOfTheirOwn()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Always(Fault.Answer(502));
        using var store = hub.Store();
        var failing = await Assert.ThrowsAsync<HubUnreachableException>(() => store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None));
        Assert.Equal($"hf:lab/tiny: {hub.Server.Endpoint}api/models/lab/tiny/refs goes on answering 502 (BadGateway); run again later", failing.Message);
        Assert.Equal(6, hub.Server.Requests.All.Count);

        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        using var away = hub.Store(o => o with { Endpoint = new($"http://127.0.0.1:{port}"), MostRetries = 1 });
        var unreachable = await Assert.ThrowsAsync<HubUnreachableException>(() => away.ReadRefsAsync(TestHub.Tiny, CancellationToken.None));
        Assert.Equal($"hf:lab/tiny: http://127.0.0.1:{port}/api/models/lab/tiny/refs can't be reached: Connection refused", unreachable.Message);

        using var nameless = hub.Store(o => o with { Endpoint = new("http://nowhere.invalid"), MostRetries = 0 });
        await Assert.ThrowsAsync<HubUnreachableException>(() => nameless.ReadRefsAsync(TestHub.Tiny, CancellationToken.None));
    }

    [Fact]
    public async Task Warnings_OfTheHub_ReachPeopleOnce()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Always(Fault.Headers(h => h["X-HF-Warning"] = "deprecation; This repository moves\tsoon."));
        using var store = hub.Store();
        await store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None);
        await store.FindCommitAsync(TestHub.Tiny, "step1", CancellationToken.None);

        Assert.Equal(["127.0.0.1 says: This repository moves\\u0009soon."], hub.Notices);
    }

    /// <summary>Neither token nor signature is in anything that a person or a log could see.</summary>
    [Fact]
    public async Task Secrets_AreInNoMessage()
    {
        await using var hub = await TestHub.StartAsync(new() { Tokens = ["hf_secret"] });
        var options = hub.Options with { Token = HubToken.Parse("hf_secret", "test"), MostRetries = 1 };
        var texts = new List<string> { options.ToString(), options.Token!.ToString(), System.Text.Json.JsonSerializer.Serialize(options) };
        using var store = hub.Store(_ => options);
        (Fault Fault, RequestKind Kind)[] faults =
        [
            (Fault.Answer(500), RequestKind.Large), (Fault.Truncate(10), RequestKind.Large), (Fault.Answer(403), RequestKind.Large), (Fault.Reset(), RequestKind.Large),
            (Fault.Headers(h => h.ContentEncoding = "gzip"), RequestKind.Large), (Fault.RedirectToItself(), RequestKind.Large), (Fault.Bytes("nonsense"u8.ToArray()), RequestKind.Large),
            (Fault.Answer(401), RequestKind.Resolve), (Fault.RetryAfter(100_000), RequestKind.Resolve), (Fault.WrongBytes(), RequestKind.Large),
        ];
        foreach (var (fault, kind) in faults)
        {
            var rule = hub.Server.Faults.Always(fault, kind);
            foreach (var fetch in (Func<Task>[])[() => store.FetchAsync(hub.Snapshot(store), s_weights, null, CancellationToken.None), () => store.FetchHeaderAsync(hub.Snapshot(store), s_weights, CancellationToken.None)])
            {
                if (await Record.ExceptionAsync(fetch) is { } error)
                {
                    Assert.IsAssignableFrom<InvalidInputException>(error);
                    texts.Add(error.ToString());
                }
            }

            hub.Server.Faults.Remove(rule);
        }

        texts.AddRange(hub.Notices);
        Assert.Equal(3 + (2 * faults.Length), texts.Count);
        Assert.All(texts, text => Assert.DoesNotContain("hf_secret", text, StringComparison.Ordinal));
        var signatures = hub.Server.Requests.Of(RequestKind.Large).Select(r => r.Target[(r.Target.IndexOf('?', StringComparison.Ordinal) + 1)..]).Distinct().ToList();
        Assert.NotEmpty(signatures);
        Assert.All(texts, text => Assert.DoesNotContain("?", text, StringComparison.Ordinal));
        Assert.All(signatures, signature => Assert.All(texts, text => Assert.DoesNotContain(signature, text, StringComparison.Ordinal)));
    }
}
