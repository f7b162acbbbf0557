using CircuitGrid.Client.Tests.Hosting;
using CircuitGrid.HubStandIn.Requests;

namespace CircuitGrid.Client.Tests.Hub;

/// <summary>Real processes, killed while they plan, fetch and compute.</summary>
public sealed class KillTests
{
    private const int Kills = 30;

    /// <summary>A file takes a third of a second, so that most kills fall into one.</summary>
    private const long BytesPerSecond = 1_200_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>How often each weight file was sent to its last byte.</summary>
    private readonly Dictionary<string, int> sent = new(StringComparer.Ordinal);

    [Fact]
    public async Task Run_KilledThirtyTimes_FetchesNothingTwiceAndComputesNothingTwice()
    {
        await using var hub = await HubClient.StartAsync([.. NanoSteps()], new() { BytesPerSecond = BytesPerSecond });
        var store = Path.Combine(hub.WorkingFolder, "results.db");
        var random = new Random(18);
        var finished = new HashSet<string>(StringComparer.Ordinal);
        var (midway, computed) = (0, 0);
        for (var kill = 0; kill < Kills; kill++)
        {
            hub.Requests.Clear();
            using (var process = Start(hub, store, fetch: 1 + (kill % 2)))
            {
                await MomentAsync(hub, process, store, random);
                Assert.False(process.HasExited, $"The run was over before kill {kill}.");
                await process.KillAsync();
            }

            midway += hub.Requests.Of(RequestKind.Large).Any(r => r.Range is null && r.BytesSent is > 0 and < HubClient.WeightBytes) ? 1 : 0;
            TakeStock(hub);
            CacheFolder.AssertSound(hub.Cache);
            if (File.Exists(store))
            {
                var now = StoreRows.Finished(store);
                Assert.Subset(now.ToHashSet(StringComparer.Ordinal), finished);
                computed += now.Count - finished.Count;
                finished.UnionWith(now);
            }
        }

        // the kills fell where they were meant to
        Assert.InRange(midway, Kills / 3, Kills);
        Assert.InRange(computed, 1, hub.Nano.Steps(HubClient.Model).Count - 1);

        hub.Requests.Clear();
        hub.Server.BytesPerSecond = null;
        using (var last = Start(hub, store, fetch: 2))
        {
            (await last.WaitAsync()).Succeeded();
        }

        TakeStock(hub);
        CacheFolder.AssertSound(hub.Cache);
        Assert.Empty(Directory.EnumerateFiles(hub.Cache.Blobs, "*.incomplete"));
        Assert.Empty(Directory.EnumerateFiles(hub.Cache.Partials));
        int[] steps = [.. hub.Nano.Steps(HubClient.Model)];
        Assert.Equal(await hub.RowsOfFolderAsync(HubClient.Model, "sva", steps), StoreRows.Of(store));
        Assert.Subset(StoreRows.Finished(store).ToHashSet(StringComparer.Ordinal), finished);
        Assert.Equal((steps.Length, 0L), ((int)StoreRows.Count(store, "cells"), StoreRows.Count(store, "claims")));
        Assert.Equal(steps.Length, sent.Count);
        Assert.All(sent, file => Assert.Equal(1, file.Value));
    }

    private static IReadOnlyList<int> NanoSteps() => HubStandIn.Suites.NanoHub.OfWorkingTree().Steps(HubClient.Model);

    private static ClientProcess Start(HubClient hub, string store, int fetch) => hub.StartProcess(
        "run", HubClient.Address, "--tasks", "sva", "--store", store, "--threads", "2", "--fetch", fetch.ToString(System.Globalization.CultureInfo.InvariantCulture), "--keep", "all");

    /// <summary>While it plans, in the middle of a file, or when a result has just come.</summary>
    private static async Task MomentAsync(HubClient hub, ClientProcess process, string store, Random random)
    {
        var (kind, requests, bytes, pause) = (random.Next(6), random.Next(7), random.NextInt64(HubClient.WeightBytes), random.Next(20));
        var results = File.Exists(store) && kind == 0 ? StoreRows.Count(store, "cells") : 0;
        await UntilAsync(process, kind switch
        {
            0 => () => Fetched(hub) >= bytes || (File.Exists(store) && hub.Requests.All.Count > 2 && StoreRows.Count(store, "cells") > results),
            1 => () => hub.Requests.All.Count >= requests,
            _ => () => Fetched(hub) >= bytes,
        });
        await Task.Delay(pause);
    }

    private static long Fetched(HubClient hub) => hub.Requests.Of(RequestKind.Large).Where(r => r.Range is null).Sum(r => r.BytesSent);

    private static async Task UntilAsync(ClientProcess process, Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!isSo() && !process.HasExited)
        {
            await Task.Delay(2, patience.Token);
        }
    }

    /// <summary>Counts the files that came whole. One whose last bytes were still on their way when the process was killed had not come.</summary>
    private void TakeStock(HubClient hub)
    {
        foreach (var request in hub.Requests.Of(RequestKind.Large).Where(r => r.BytesSent == HubClient.WeightBytes))
        {
            var digest = hub.Nano.Checkpoint(HubClient.Model, StepOf(hub, request.Revision)).Files[HubClient.Weights].Digests.Sha256;
            if (File.Exists(hub.Cache.Blob(digest)))
            {
                sent[digest] = sent.GetValueOrDefault(digest) + 1;
            }
        }
    }

    private static int StepOf(HubClient hub, string commit) => hub.Nano.Steps(HubClient.Model).First(step => hub.At().Head($"step{step}").Id == commit);
}
