using System.Collections.Concurrent;
using CircuitGrid.Hub.Cache;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.HubStandIn;
using CircuitGrid.HubStandIn.Repositories;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Tests.Hubs;

/// <summary>A stand-in for the hub, and a cache for what is fetched from it, in a folder in which nothing else is.</summary>
internal sealed class TestHub : IAsyncDisposable
{
    /// <summary>A small repository: branches <c>main</c> and <c>step1</c>.</summary>
    public const string Tiny = "lab/tiny";

    private readonly TemporaryFolder folder;
    private readonly ConcurrentQueue<string> notices = new();

    private TestHub(HubStandInServer server, TemporaryFolder folder)
    {
        Server = server;
        this.folder = folder;
    }

    public HubStandInServer Server { get; }

    /// <summary>What pauses are waited for on.</summary>
    public ImpatientTime Time { get; } = new();

    /// <summary>What people were told.</summary>
    public IReadOnlyList<string> Notices => [.. notices];

    public string Root => folder.Path;

    public string Cache => folder["cache"];

    public HubOptions Options => new() { Endpoint = Server.Endpoint, CacheFolder = Cache };

    /// <summary>Weights of 300,000 bytes that repeat nowhere.</summary>
    public static byte[] Weights { get; } = Bytes(300_000, seed: 5);

    public static async Task<TestHub> StartAsync(HubStandInOptions? options = null, bool inMemory = false)
    {
        var hub = new TestHub(await HubStandInServer.StartAsync(options), new(inMemory));
        hub.Server.Repositories.Add(Tiny)
            .Commit("main", StandInTree.Empty.With("README.md", "# tiny\n"))
            .Commit("step1", StandInTree.Empty.With("config.json", "{\"n_layer\": 2}\n").With("model.safetensors", Weights).With("part/deep/notes.txt", "notes").With("empty.txt", ""));
        return hub;
    }

    public static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public HubStore Store(Func<HubOptions, HubOptions>? change = null, TimeProvider? time = null) => new((change ?? (o => o))(Options), time ?? Time, notices.Enqueue);

    public StandInRepository Repository(string name = Tiny) => Server.Repositories.All.Single(r => r.Name == name);

    public HubSnapshot Snapshot(HubStore store, string revision = "step1", string repository = Tiny) => new(store.FolderOf(repository), Repository(repository).Head(revision).Id);

    /// <summary>All files and links below the test's folder, links with what they say, files with their length.</summary>
    public IReadOnlyList<string> Listing(string? below = null) =>
    [
        .. Directory.EnumerateFileSystemEntries(below ?? Root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Select(path => new FileInfo(path))
            .Where(file => file.LinkTarget is not null || !file.Attributes.HasFlag(FileAttributes.Directory))
            .Select(file => Path.GetRelativePath(below ?? Root, file.FullName) + (file.LinkTarget is { } target ? " -> " + target : $" {file.Length}"))
            .Order(StringComparer.Ordinal),
    ];

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        folder.Dispose();
    }
}
