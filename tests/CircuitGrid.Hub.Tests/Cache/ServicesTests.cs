using CircuitGrid.Hub.Cache;
using CircuitGrid.Hub.Tests.Hubs;
using Microsoft.Extensions.DependencyInjection;

namespace CircuitGrid.Hub.Tests.Cache;

/// <summary>A host's services hold one store, whose connections are the host's.</summary>
public sealed class ServicesTests
{
    [Fact]
    public async Task AddHubStore_GivesAStoreThatRepeatsAndWaitsLikeAnyOther()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Next(1, HubStandIn.Faults.Fault.RateLimited(5));
        await using var services = new ServiceCollection().AddLogging().AddHubStore(hub.Options, hub.Time).BuildServiceProvider();
        var store = services.GetRequiredService<HubStore>();

        Assert.Same(store, services.GetRequiredService<HubStore>());
        Assert.Equal(2, (await store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None)).Revisions.Length);
        Assert.Equal([TimeSpan.FromSeconds(6)], hub.Time.Pauses);
    }

    /// <summary>A folder of another machine's cache, as a message of a cluster could bring it, isn't written to by mistake.</summary>
    [Fact]
    public async Task Store_RefusesFoldersOfAnotherCache()
    {
        await using var hub = await TestHub.StartAsync();
        using var store = hub.Store();
        var folder = store.FolderOf(TestHub.Tiny) with { Cache = hub.Cache + "2" };
        Assert.Throws<ArgumentException>(() => store.WriteRef(folder, "main", new('a', 40)));
        await Assert.ThrowsAsync<ArgumentException>(() => store.ReadTreeAsync(folder, new('a', 40), CancellationToken.None));
        Assert.Empty(hub.Listing());
    }
}
