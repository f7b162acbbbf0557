using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.ClusterTrials;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using Microsoft.Extensions.Logging.Abstractions;

namespace CircuitGrid.Azure.Tests;

public sealed class BlobCellStoreTests : IDisposable
{
    private static readonly GraphShape Shape = new(2, 2, Parallel: true, 8);

    private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-azure-").FullName;

    /// <summary>What a store must do, asked of both homes in turn.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Store_KeepsWhatItIsGiven(bool isCloud)
    {
        using var emulator = isCloud ? StorageEmulator.Start(folder) : null;
        using ICellStore store = emulator is null ? SqliteCellStore.Open(Path.Combine(folder, "cells.sqlite")) : Open(emulator);
        var id = new CellId("süite", "model", 100, "ioi");
        var print = Print("a");
        var result = FakeResults.Make(Shape, seed: 1);
        var provenance = FakeResults.Provenance with { Seconds = 0.1 + 0.2, Host = "häuschen", Started = DateTimeOffset.UnixEpoch.AddMilliseconds(12345) };

        Assert.Null(await store.ReadAsync(print.Key));
        Assert.Empty(await store.FindAsync([print.Key]));
        Assert.Empty(await store.HistoryAsync(id));
        await store.SaveFailureAsync(id, print, "once");
        await store.SaveFailureAsync(id, print, "twice");
        var failure = await store.ReadFailureAsync(print.Key);
        Assert.Equal(("twice", 2), (failure!.Reason, failure.Attempts));

        await store.SaveAsync(id, print, result, provenance);
        await store.SaveAsync(id, print, FakeResults.Make(Shape, seed: 2), provenance with { Seconds = 9 });
        Assert.Equal(CellResultCodec.Encode(result), CellResultCodec.Encode((await store.ReadAsync(print.Key))!));
        Assert.Equal(provenance, await store.ReadProvenanceAsync(print.Key));
        Assert.Null(await store.ReadHeadsAsync(print.Key));
        Assert.Null(await store.ReadFailureAsync(print.Key));

        var heads = Print("heads");
        await store.SaveHeadsAsync(id with { Task = CellId.HeadsTask }, heads, FakeResults.Heads(3), provenance);
        Assert.Equal(HeadScoresCodec.Encode(FakeResults.Heads(3)), HeadScoresCodec.Encode((await store.ReadHeadsAsync(heads.Key))!));
        Assert.Null(await store.ReadAsync(heads.Key));
        Assert.Equal([print.Key], await store.FindAsync([print.Key, Print("b").Key]));

        await store.NameAsync(id, Print("b"));
        await store.NameAsync(id, print);
        Assert.Equal([print, Print("b")], await store.HistoryAsync(id));
        Assert.Empty(await store.HistoryAsync(id with { Step = 101 }));

        await store.SaveTransferAsync(print.Key, heads.Key, 0.1 + 0.2);
        await store.SaveTransferAsync(print.Key, heads.Key, 0.9);
        Assert.Equal((0.1 + 0.2, null), (await store.ReadTransferAsync(print.Key, heads.Key), await store.ReadTransferAsync(heads.Key, print.Key)));

        await store.SaveDigestAsync("/a folder", "1", "d1");
        await store.SaveDigestAsync("/a folder", "2", "d2");
        Assert.Equal((null, "d2"), (await store.FindDigestAsync("/a folder", "1"), await store.FindDigestAsync("/a folder", "2")));

        Assert.Null(await store.ReadNoteAsync(NoteArea.Weights, "b"));
        await store.WriteNoteAsync(NoteArea.Weights, "b", new byte[] { 1, 0, 255 });
        await store.WriteNoteAsync(NoteArea.Weights, "b", new byte[] { 2 });
        await store.WriteNoteAsync(NoteArea.Weights, "a ü/%", ReadOnlyMemory<byte>.Empty);
        Assert.Equal("0100FF", Convert.ToHexString((await store.ReadNoteAsync(NoteArea.Weights, "b"))!));
        Assert.Empty((await store.ReadNoteAsync(NoteArea.Weights, "a ü/%"))!);
        Assert.Equal(["a ü/%", "b"], await store.NotesAsync(NoteArea.Weights).ToListAsync());
        var timing = Assert.Single(await store.TimingsAsync(), t => t.Task == "ioi");
        Assert.Equal(("model", print.Analysis, provenance.Seconds), (timing.Model, timing.Analysis, timing.Seconds));
    }

    [Fact]
    public async Task Find_OfMoreKeysThanAreAskedForOneByOne_FindsTheSame()
    {
        using var emulator = StorageEmulator.Start(folder);
        using var store = Open(emulator);
        var prints = Enumerable.Range(0, 100).Select(i => Print($"{i}")).ToList();
        foreach (var print in prints.Where((_, i) => i % 10 == 0))
        {
            await store.SaveAsync(new("s", "m", 1, "t"), print, FakeResults.Make(Shape, 1), FakeResults.Provenance);
        }

        var found = await store.FindAsync([.. prints.Select(p => p.Key)]);
        Assert.Equal(prints.Where((_, i) => i % 10 == 0).Select(p => p.Key).ToHashSet(), found);
        Assert.Equal(found.Count(k => prints.Take(50).Any(p => p.Key == k)), (await store.FindAsync([.. prints.Take(50).Select(p => p.Key)])).Count);
    }

    [Fact]
    public async Task Result_ThatIsDamaged_IsTakenOut()
    {
        using var emulator = StorageEmulator.Start(folder);
        using var store = Open(emulator);
        var print = Print("a");
        await store.SaveAsync(new("s", "m", 1, "t"), print, FakeResults.Make(Shape, 1), FakeResults.Provenance);
        var blob = new BlobContainerClient(emulator.ConnectionString, "cells").GetBlobClient("results/" + print.Key);
        var bytes = (await blob.DownloadContentAsync()).Value.Content.ToArray();
        bytes[bytes.Length / 2] ^= 1;
        await blob.UploadAsync(new BinaryData(bytes), overwrite: true);

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => store.ReadAsync(print.Key));
        Assert.Contains("taken out of the store", error.Message, StringComparison.Ordinal);
        Assert.Null(await store.ReadAsync(print.Key));
        await store.SaveAsync(new("s", "m", 1, "t"), print, FakeResults.Make(Shape, 1), FakeResults.Provenance);
        Assert.NotNull(await store.ReadAsync(print.Key));
    }

    [Fact]
    public async Task Calls_ThatAreThrottledOrWhoseAnswersAreLost_AreRepeated()
    {
        using var emulator = StorageEmulator.Start(folder);
        using var faults = new FaultyTransport(seed: 5);
        var options = BlobCellStore.ClientOptions();
        options.Transport = faults;
        using var store = Open(emulator, options);
        for (var i = 0; i < 20; i++)
        {
            await store.SaveAsync(new("s", "m", i, "t"), Print($"{i}"), FakeResults.Make(Shape, i), FakeResults.Provenance);
        }

        Assert.True(faults.Throttled > 3 && faults.Lost > 3 && faults.Refused > 3);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(CellResultCodec.Encode(FakeResults.Make(Shape, i)), CellResultCodec.Encode((await store.ReadAsync(Print($"{i}").Key))!));
            Assert.Equal([Print($"{i}")], await store.HistoryAsync(new("s", "m", i, "t")));
        }
    }

    [Fact]
    public async Task Save_WhileTheStorageIsAway_EndsWhenItIsBack()
    {
        using var emulator = StorageEmulator.Start(folder);
        using var store = Open(emulator);
        await store.SaveAsync(new("s", "m", 1, "t"), Print("a"), FakeResults.Make(Shape, 1), FakeResults.Provenance);
        emulator.Stop();
        var save = store.SaveAsync(new("s", "m", 2, "t"), Print("b"), FakeResults.Make(Shape, 2), FakeResults.Provenance);
        await Task.Delay(1000);
        Assert.False(save.IsCompleted);
        emulator.Start();
        await save;
        Assert.Equal(2, (await store.FindAsync([Print("a").Key, Print("b").Key])).Count);
    }

    [Fact]
    public async Task Storage_ThatStaysAway_IsNamedWithoutItsKey()
    {
        var service = new BlobServiceClient(
            "DefaultEndpointsProtocol=http;AccountName=someone;AccountKey=c2VjcmV0;BlobEndpoint=http://127.0.0.1:1/someone;", BlobCellStore.ClientOptions());
        using var store = BlobCellStore.Open(service, "cells", new() { Patience = TimeSpan.FromSeconds(1) }, TimeProvider.System, NullLogger<BlobCellStore>.Instance);
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => store.ReadAsync(Print("a").Key));
        Assert.Equal("container cells at 127.0.0.1", error.Input);
        Assert.DoesNotContain("c2VjcmV0", error.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static CellFingerprint Print(string model) => new(model, "examples", "analysis: ü", "cpu-f32", 4);

    private static BlobCellStore Open(Emulator emulator, BlobClientOptions? options = null) => BlobCellStore.Open(
        new BlobServiceClient(emulator.ConnectionString, options ?? BlobCellStore.ClientOptions()),
        "cells",
        new() { Pause = TimeSpan.FromMilliseconds(10) },
        TimeProvider.System,
        NullLogger<BlobCellStore>.Instance);

    /// <summary>A network that throttles, refuses, and loses answers after the work was done.</summary>
    private sealed class FaultyTransport(int seed) : HttpPipelineTransport, IDisposable
    {
        private readonly HttpClientTransport inner = new();
        private readonly Random random = new(seed);

        public int Throttled { get; private set; }

        public int Refused { get; private set; }

        public int Lost { get; private set; }

        public void Dispose() => inner.Dispose();

        public override Request CreateRequest() => inner.CreateRequest();

        public override void Process(HttpMessage message) => throw new NotSupportedException();

        public override async ValueTask ProcessAsync(HttpMessage message)
        {
            int fault;
            lock (random)
            {
                fault = random.Next(8);
                Throttled += fault == 0 ? 1 : 0;
                Refused += fault == 1 ? 1 : 0;
                Lost += fault == 2 ? 1 : 0;
            }

            if (fault == 0)
            {
                throw new RequestFailedException(503, "busy", "ServerBusy", innerException: null);
            }

            if (fault == 1)
            {
                throw new RequestFailedException("refused", new System.Net.Sockets.SocketException(111));
            }

            await inner.ProcessAsync(message);
            if (fault == 2)
            {
                throw new IOException("the connection was lost");
            }
        }
    }
}
