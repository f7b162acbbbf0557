using System.Buffers.Binary;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Hub.Tests.Hubs;
using CircuitGrid.HubStandIn.Faults;
using CircuitGrid.HubStandIn.Repositories;
using CircuitGrid.HubStandIn.Requests;

namespace CircuitGrid.Hub.Tests.Cache;

/// <summary>What is in a safetensors file is read of its first bytes.</summary>
public sealed class HeaderTests
{
    private const string Weights = "model.safetensors";
    private const int FirstBytes = 100_001;

    [Theory]
    [InlineData(10, 400_000, 1)]
    [InlineData(FirstBytes - 8, 400_000, 1)]
    [InlineData(FirstBytes - 7, 400_000, 2)]
    [InlineData(300_000, 400_000, 2)]
    [InlineData(2, 0, 1)]
    public async Task Header_IsKeptToItsLastByte(int header, int elements, int requests)
    {
        await using var hub = await TestHub.StartAsync();
        var file = File(header, elements);
        await FetchAsync(hub, file);

        Assert.Equal(file[..(8 + header)], await KeptAsync(hub));
        var log = hub.Server.Requests.Of(RequestKind.Large);
        Assert.Equal(requests, log.Count);
        Assert.Equal($"bytes=0-{Math.Min(FirstBytes, file.Length) - 1}", log[0].Range);
        Assert.Equal(requests == 1 ? Math.Min(FirstBytes, file.Length) : 8 + header, log.Sum(r => r.BytesSent));
    }

    [Fact]
    public async Task Header_IsNotAskedFor_WhereItOrTheFileIsHere()
    {
        await using var hub = await TestHub.StartAsync();
        await FetchAsync(hub, File(1000, 5000));
        hub.Server.Requests.Clear();
        using var store = hub.Store();
        var snapshot = hub.Snapshot(store, "weights");
        var file = (await store.ReadTreeAsync(snapshot.Repository, snapshot.Commit, CancellationToken.None)).Find(Weights)!;
        await store.FetchHeaderAsync(snapshot, file, CancellationToken.None);
        Assert.Empty(hub.Server.Requests.All);

        // one that was cut short is no header
        await System.IO.File.WriteAllBytesAsync(snapshot.Repository.Header(file.Digest), File(1000, 0)[..900]);
        await store.FetchHeaderAsync(snapshot, file, CancellationToken.None);
        Assert.Single(hub.Server.Requests.Of(RequestKind.Large));

        await store.FetchAsync(snapshot, file, null, CancellationToken.None);
        System.IO.File.Delete(snapshot.Repository.Header(file.Digest));
        hub.Server.Requests.Clear();
        await store.FetchHeaderAsync(snapshot, file, CancellationToken.None);
        Assert.Empty(hub.Server.Requests.All);
        Assert.False(System.IO.File.Exists(snapshot.Repository.Header(file.Digest)));
    }

    [Fact]
    public async Task Header_OfAServerWithoutRanges_IsReadFromTheBeginning()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Always(Fault.IgnoreRange(), RequestKind.Large);
        var file = File(150_000, 2_000_000);
        await FetchAsync(hub, file);
        Assert.Equal(file[..150_008], await KeptAsync(hub));
    }

    [Fact]
    public async Task Header_ThatBreaksOff_IsAskedForAgain()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Next(1, Fault.Truncate(500), RequestKind.Large);
        var file = File(1000, 5000);
        await FetchAsync(hub, file);
        Assert.Equal(file[..1008], await KeptAsync(hub));
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    public async Task Header_LongerThanTheFile_IsAnError(long claimed)
    {
        await using var hub = await TestHub.StartAsync();
        var file = File(1000, 5000);
        BinaryPrimitives.WriteInt64LittleEndian(file, claimed);
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => FetchAsync(hub, file));
        Assert.Equal($"its header says it is {(ulong)claimed} bytes long, where the file has 6008 and a header at most 100000000; it is no safetensors file", error.Reason);
        Assert.DoesNotContain(hub.Listing(), line => line.Contains("/headers/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Header_OfAFileThatIsTooShort_IsAnErrorWithoutARequest()
    {
        await using var hub = await TestHub.StartAsync();
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => FetchAsync(hub, [1, 2, 3]));
        Assert.EndsWith("is 3 bytes long, too short for a safetensors file", error.Message, StringComparison.Ordinal);
        Assert.Empty(hub.Server.Requests.Of(RequestKind.Resolve));
    }

    [Fact]
    public async Task Header_Offline_IsSaidToBeMissing()
    {
        await using var hub = await TestHub.StartAsync();
        using var store = hub.Store(o => o with { IsOffline = true });
        var file = new Models.Hub.HubFile(Weights, 100, new string('a', 40), new string('b', 64));
        await Assert.ThrowsAsync<HubUnreachableException>(() => store.FetchHeaderAsync(hub.Snapshot(store), file, CancellationToken.None));
    }

    /// <summary>A file of the format's form, as far as its beginning goes: elements are bytes that aren't of the header.</summary>
    private static byte[] File(int header, int elements)
    {
        var file = new byte[8 + header + elements];
        BinaryPrimitives.WriteInt64LittleEndian(file, header);
        Encoding.ASCII.GetBytes("{}".PadRight(header)).CopyTo(file, 8);
        TestHub.Bytes(elements, seed: 2).CopyTo(file, 8 + header);
        return file;
    }

    private static async Task FetchAsync(TestHub hub, byte[] bytes)
    {
        hub.Repository().Commit("weights", StandInTree.Empty.With(Weights, bytes));
        using var store = hub.Store();
        var snapshot = hub.Snapshot(store, "weights");
        var file = (await store.ReadTreeAsync(snapshot.Repository, snapshot.Commit, CancellationToken.None)).Find(Weights)!;
        await store.FetchHeaderAsync(snapshot, file, CancellationToken.None);
    }

    private static async Task<byte[]> KeptAsync(TestHub hub) =>
        await System.IO.File.ReadAllBytesAsync(Directory.GetFiles(Path.Combine(hub.Cache, "models--lab--tiny/.circuitgrid/headers")).Single());
}
