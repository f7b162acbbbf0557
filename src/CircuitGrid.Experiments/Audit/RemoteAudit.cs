using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Audit;

/// <summary>Checkpoints on the hub as an audit needs them: their files listed, and their weights one after the other. For one audit.</summary>
/// <param name="hub">Where they are.</param>
/// <param name="options">How much of what was fetched is kept.</param>
public sealed class RemoteAudit(IHub hub, FetchOptions options)
{
    private readonly Queue<(HubRepositoryFolder Repository, HubFile File)> fetched = new();
    private long limit = -1;

    /// <summary>Looks at all checkpoints of a suite that are on the hub, some at a time; what is wrong with one is seen when its turn comes.</summary>
    /// <exception cref="HubUnreachableException">The hub can't be reached.</exception>
    public Task LookAheadAsync(SuiteFolder suite, CancellationToken cancellation) =>
        hub.LookAheadAsync(suite.Models.SelectMany(m => m.Checkpoints.Select(c => (m, c))), looked: null, cancellation);

    /// <summary>What is known of a checkpoint without its weights.</summary>
    /// <exception cref="InvalidInputException">It lacks a file, or one can't be read.</exception>
    public Task<HubCheckpoint> LookAsync(SuiteModel model, SuiteCheckpoint checkpoint, CancellationToken cancellation) => hub.LookAsync(model, checkpoint, cancellation);

    /// <summary>Brings a checkpoint's weights; the oldest that an audit has brought go where there are too many.</summary>
    /// <exception cref="InvalidInputException">A file can't be brought.</exception>
    public async Task FetchAsync(HubCheckpoint checkpoint, WeightKind kind, CancellationToken cancellation)
    {
        var files = checkpoint.FilesOf(kind);
        var bytes = files.Sum(f => f.Size);
        limit = limit < 0 ? options.Limit(hub.FreeBytes, held: 0, bytes) : Math.Max(limit, bytes);
        foreach (var file in files)
        {
            if (hub.IsHere(checkpoint.Snapshot, file))
            {
                // it may be another program's
                await hub.FetchAsync(checkpoint.Snapshot, file, received: null, cancellation);
                continue;
            }

            while (fetched.Count > 0 && fetched.Sum(f => f.File.Size) > limit - file.Size)
            {
                var (repository, oldest) = fetched.Dequeue();
                hub.Remove(repository, oldest);
            }

            await hub.FetchAsync(checkpoint.Snapshot, file, received: null, cancellation);
            fetched.Enqueue((checkpoint.Snapshot.Repository, file));
        }
    }
}
