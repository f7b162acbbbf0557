using CircuitGrid.Client.Tests.Hosting;
using CircuitGrid.HubStandIn.Faults;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.HubStandIn.Suites;

namespace CircuitGrid.Client.Tests.Hub;

/// <summary>Real processes, killed while they plan, fetch and compute.</summary>
public sealed class KillTests
{
    private const int Kills = 30;

    /// <summary>Kills before any weights come.</summary>
    private const int WhilePlanning = 5;

    /// <summary>With this a file takes a third of a second.</summary>
    private const long SlowBytesPerSecond = 1_200_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>How often each weight file was sent to its last byte.</summary>
    private readonly Dictionary<string, int> sent = new(StringComparer.Ordinal);

    /// <summary>
    /// Where the kills fall doesn't hang on how fast the machine is: from some file on, each stands still at a random byte until its process is killed.
    /// </summary>
    [Fact]
    public async Task Run_KilledThirtyTimes_FetchesNothingTwiceAndComputesNothingTwice()
    {
        await using var hub = await HubClient.StartAsync([.. NanoHub.OfWorkingTree().Steps(HubClient.Model)]);
        int[] steps = [.. hub.Nano.Steps(HubClient.Model)];
        var store = Path.Combine(hub.WorkingFolder, "results.db");
        var random = new Random(18);
        var finished = new HashSet<string>(StringComparer.Ordinal);
        var (midway, computed) = (0, 0);
        for (var kill = 0; kill < Kills; kill++)
        {
            if (kill == WhilePlanning)
            {
                (await hub.RunAsync("plan", HubClient.Address, "--tasks", "sva")).Succeeded();
            }

            hub.Requests.Clear();
            hub.Server.Faults.Clear();
            hub.Server.BytesPerSecond = kill < WhilePlanning ? SlowBytesPerSecond : null;
            var (whole, at, requests, pause) = (random.Next(2), random.Next(1, (int)HubClient.WeightBytes), random.Next(60), random.Next(20));
            if (kill >= WhilePlanning)
            {
                hub.Server.Faults.Add(new() { Fault = Fault.Stall(TimeSpan.FromMinutes(5), at), Kind = RequestKind.Large, After = whole, Times = null });
            }

            // of two files at a time either may come first, and the run waits for its first checkpoint
            using (var process = Start(hub, store, fetch: whole > 0 ? 1 : 1 + (kill % 2)))
            {
                var results = Results(store);
                await UntilAsync(hub, process, kill < WhilePlanning ? () => hub.Requests.All.Count >= requests || hub.Requests.Of(RequestKind.Large).Any(r => r.Range is null)
                    : whole > 0 && random.Next(2) == 0 ? () => Results(store) > results
                    : () => IsMidway(hub, at));
                await Task.Delay(pause);
                Assert.False(process.HasExited, $"The run was over before kill {kill}.");
                await process.KillAsync();
            }

            midway += IsMidway(hub, at) ? 1 : 0;
            TakeStock(hub, steps);
            CacheFolder.AssertSound(hub.Cache);
            if (File.Exists(store))
            {
                // what was finished before is as it was
                var now = StoreRows.Finished(store);
                Assert.Subset(now.ToHashSet(StringComparer.Ordinal), finished);
                computed += now.Count - finished.Count;
                finished.UnionWith(now);
            }
        }

        // the kills fell where they were meant to
        Assert.InRange(midway, Kills / 2, Kills);
        Assert.InRange(computed, 3, steps.Length - 1);

        hub.Requests.Clear();
        hub.Server.Faults.Clear();
        using (var last = Start(hub, store, fetch: 2))
        {
            (await last.WaitAsync()).Succeeded();
        }

        TakeStock(hub, steps);
        CacheFolder.AssertSound(hub.Cache);
        Assert.Equal([], Directory.EnumerateFiles(hub.Cache.Blobs, "*.incomplete").Concat(Directory.EnumerateFiles(hub.Cache.Partials, "*.incomplete")));
        Assert.Equal(await hub.RowsOfFolderAsync(HubClient.Model, "sva", steps), StoreRows.Of(store));
        Assert.Subset(StoreRows.Finished(store).ToHashSet(StringComparer.Ordinal), finished);

        // what a killed process has claimed before it knew the weights stays for a minute, under keys that no cell has
        Assert.Equal((steps.Length, 0L), ((int)StoreRows.Count(store, "cells"), StoreRows.Count(store, "claims JOIN names USING (key)")));
        Assert.Equal(steps.Length, sent.Count);
        Assert.All(sent, file => Assert.Equal(1, file.Value));
    }

    private static ClientProcess Start(HubClient hub, string store, int fetch) => hub.StartProcess(
        "run", HubClient.Address, "--tasks", "sva", "--store", store, "--threads", "2", "--fetch", fetch.ToString(System.Globalization.CultureInfo.InvariantCulture), "--keep", "all");

    private static long Results(string store) => File.Exists(store) ? StoreRows.Count(store, "cells") : 0;

    private static bool IsMidway(HubClient hub, int at) => hub.Requests.Of(RequestKind.Large).Any(r => r.Range is null && r.BytesSent == at);

    private static async Task UntilAsync(HubClient hub, ClientProcess process, Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!isSo() && !process.HasExited)
        {
            Assert.False(patience.IsCancellationRequested, $"nothing came of this: {string.Join('\n', hub.Requests.All)}");
            await Task.Delay(2, CancellationToken.None);
        }
    }

    /// <summary>Counts the files that came whole. One whose last bytes were still on their way when the process was killed had not come.</summary>
    private void TakeStock(HubClient hub, int[] steps)
    {
        foreach (var request in hub.Requests.Of(RequestKind.Large).Where(r => r.BytesSent == HubClient.WeightBytes))
        {
            var digest = hub.DigestsOf(steps.First(step => hub.At().Head($"step{step}").Id == request.Revision)).Single();
            if (File.Exists(hub.Cache.Blob(digest)))
            {
                sent[digest] = sent.GetValueOrDefault(digest) + 1;
            }
        }
    }
}
