using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Tests.Fakes;

/// <summary>A hub whose transfers end when a test says so, and which notes what was fetched and removed.</summary>
internal sealed class FakeHub : IHub
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly ConcurrentDictionary<string, bool> here = new(StringComparer.Ordinal);

    /// <summary>Files that nobody of this program has fetched.</summary>
    public HashSet<string> Foreign { get; } = new(StringComparer.Ordinal);

    /// <summary>What the files are called in the log, by digest.</summary>
    public Dictionary<string, string> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>What happened, in its order: <c>+NAME</c>, <c>-NAME</c>.</summary>
    public ConcurrentQueue<string> Log { get; } = new();

    /// <summary>Runs before a file is here.</summary>
    public Func<HubFile, CancellationToken, Task> Transfer { get; set; } = (_, _) => Task.CompletedTask;

    public long FreeBytes { get; set; } = 1_000_000;

    /// <summary>Bytes that are here and may be removed.</summary>
    public long HeldBytes(IEnumerable<HubFile> files) => files.Where(f => here.ContainsKey(f.Digest) && !Foreign.Contains(f.Digest)).DistinctBy(f => f.Digest, StringComparer.Ordinal).Sum(f => f.Size);

    public void Put(HubFile file) => here[file.Digest] = true;

    public bool IsHere(HubSnapshot checkpoint, HubFile file) => here.ContainsKey(file.Digest);

    public async Task FetchAsync(HubSnapshot checkpoint, HubFile file, IProgress<long>? received, CancellationToken cancellation)
    {
        if (here.ContainsKey(file.Digest))
        {
            return;
        }

        await Transfer(file, cancellation);
        received?.Report(file.Size);
        if (here.TryAdd(file.Digest, true))
        {
            Log.Enqueue("+" + NameOf(file));
        }
    }

    public bool Remove(HubRepositoryFolder repository, HubFile file)
    {
        if (Foreign.Contains(file.Digest) || !here.TryRemove(file.Digest, out _))
        {
            return false;
        }

        Log.Enqueue("-" + NameOf(file));
        return true;
    }

    public bool IsFetched(HubRepositoryFolder repository, HubFile file) => here.ContainsKey(file.Digest) && !Foreign.Contains(file.Digest);

    public Task<SuiteFolder> OpenAsync(ExperimentSpec experiment, CancellationToken cancellation) => throw new InvalidInputException(experiment.Suite, "isn't asked for here");

    public SuiteFolder Open(ExperimentSpec experiment, string model, int step, HubPin pin) => throw new InvalidInputException(experiment.Suite, "isn't asked for here");

    public HubPin Pin(HubCheckpoint checkpoint, WeightKind kind) => throw new InvalidInputException(checkpoint.Snapshot.Address, "isn't asked for here");

    public Task<HubCheckpoint> LookAsync(SuiteModel model, SuiteCheckpoint checkpoint, CancellationToken cancellation) => throw new InvalidInputException(checkpoint.Name, "isn't asked for here");

    /// <summary>What a file is called in the log.</summary>
    public string NameOf(HubFile file) => Names.GetValueOrDefault(file.Digest, file.Path);

    /// <summary>A file of a name, whose bytes are a text's.</summary>
    public static HubFile File(string name, long size, string? bytes = null) => new(name, size, Commit, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(bytes ?? name))));
}
