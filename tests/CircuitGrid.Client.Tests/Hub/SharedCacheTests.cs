using System.Collections.Immutable;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Client.Tests.Hub;

/// <summary>A cache that others write to: what they put there is checked, is enough without a network, and is fetched again where they took it away.</summary>
public sealed class SharedCacheTests
{
    private static readonly int[] Steps = [0, 4000];

    /// <summary>A digest is noted under the name that the hub gives the file: of other bytes under that name nothing may be.</summary>
    [Fact]
    public async Task Run_OnAFileOfOtherBytes_RefusesIt_AndIsRightWhenItIsGone()
    {
        await using var hub = await HubClient.StartAsync(Steps);
        var commit = hub.At().Head("step4000").Id;
        var bytes = await File.ReadAllBytesAsync(Path.Combine(hub.Nano.Folder, HubClient.Model, "step4000", HubClient.Weights));
        CacheFolder.PutAsPython(hub.Cache, commit, HubClient.Weights, bytes);
        var blob = hub.Cache.Blob(hub.DigestsOf(4000).Single());
        Array.Clear(bytes, bytes.Length - 2000, 2000);
        await File.WriteAllBytesAsync(blob, bytes);

        var run = await hub.RunAsync("run", HubClient.Address, "--tasks", "sva");
        Assert.Equal((int)ExitCode.WorkFailed, run.ExitCode);
        Assert.Contains("holds other bytes than the hub lists", run.Output, StringComparison.Ordinal);
        Assert.Equal(await hub.RowsOfFolderAsync(HubClient.Model, "sva", 0), StoreRows.Of(hub.Store));
        Assert.Equal(1L, StoreRows.Count(hub.Store, "digests"));

        File.Delete(blob);
        (await hub.RunAsync("run", HubClient.Address, "--tasks", "sva")).Succeeded();
        Assert.Equal(await hub.RowsOfFolderAsync(HubClient.Model, "sva", Steps), StoreRows.Of(hub.Store));
    }

    /// <summary>Python's older libraries keep no list of a commit's files; its links tell what is there.</summary>
    [Fact]
    public async Task Run_OfflineOnWhatPythonFetched_IsTheFoldersRun()
    {
        await using var hub = await HubClient.StartAsync(Steps);
        foreach (var step in Steps)
        {
            var commit = hub.At().Head($"step{step}").Id;
            var folder = Path.Combine(hub.Nano.Folder, HubClient.Model, $"step{step}");
            foreach (var path in (string[])[Path.Combine(folder, "config.json"), Path.Combine(folder, HubClient.Weights), Path.Combine(hub.Nano.Folder, "tokenizer.json"), Path.Combine(hub.Nano.Folder, "lexicon.json")])
            {
                CacheFolder.PutAsPython(hub.Cache, commit, Path.GetFileName(path), await File.ReadAllBytesAsync(path));
            }

            Directory.CreateDirectory(hub.Cache.Refs);
            await File.WriteAllTextAsync(Path.Combine(hub.Cache.Refs, $"step{step}"), commit);
        }

        hub.Variables["HF_HUB_OFFLINE"] = "1";
        (await hub.RunAsync("run", HubClient.Address, "--tasks", "sva")).Succeeded();
        Assert.Empty(hub.Requests.All);
        Assert.Equal(await hub.RowsOfFolderAsync(HubClient.Model, "sva", Steps), StoreRows.Of(hub.Store));
    }

    /// <summary>Another run with little room removes weights when this one is about to read them, or to load them.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_WhoseWeightsAreRemovedMeanwhile_FetchesThemAgain(bool beforeReading)
    {
        await using var hub = await HubClient.StartAsync(Steps);
        var source = hub.Change(ClientEnvironment.OfProcess()).Source;
        var spec = ExperimentSpec.Parse($"suite: {HubClient.Address}\ntasks: [sva]\n", "experiment", hub.WorkingFolder);
        var path = Path.Combine(hub.WorkingFolder, "removed.db");
        using (var store = SqliteCellStore.Open(path))
        {
            var analyzer = new RemovingAnalyzer(CellAnalyzer.OnCpu(), beforeReading);
            await using var grid = new LocalGrid(store, store, analyzer, source);
            var progress = await grid.RunAsync(spec);
            Assert.Equal((2, 0), (progress.Finished, progress.Failed));
            Assert.True(analyzer.HasRemoved);
        }

        Assert.Equal(await hub.RowsOfFolderAsync(HubClient.Model, "sva", Steps), StoreRows.Of(path));
        Assert.Equal(3, hub.Requests.Of(RequestKind.Large).Count(r => r.Range is null));
        CacheFolder.AssertSound(hub.Cache);
    }

    /// <summary>Takes the first checkpoint's weights away, once.</summary>
    private sealed class RemovingAnalyzer(ICellAnalyzer inner, bool beforeReading) : ICellAnalyzer
    {
        private int removed;

        public bool HasRemoved => removed > 0;

        public string Numerics => inner.Numerics;

        public int AlgorithmVersion => inner.AlgorithmVersion;

        public string Device => inner.Device;

        public CheckpointInfo Inspect(CheckpointFiles files, ForeignKeys foreign) => inner.Inspect(files, foreign);

        public CheckpointExamination Examine(CheckpointFiles files, ImmutableSortedSet<string> ignored, CancellationToken cancellation)
        {
            Remove(files, beforeReading);
            return inner.Examine(files, ignored, cancellation);
        }

        public ILoadedCheckpoint Load(CheckpointFiles files, ImmutableSortedSet<string> ignored, int threads, long? workingMemory, CancellationToken cancellation)
        {
            Remove(files, !beforeReading);
            return inner.Load(files, ignored, threads, workingMemory, cancellation);
        }

        private void Remove(CheckpointFiles files, bool isDue)
        {
            if (isDue && Interlocked.Exchange(ref removed, 1) == 0)
            {
                var link = new FileInfo(Path.Combine(files.Folder, HubClient.Weights));
                File.Delete(link.ResolveLinkTarget(returnFinalTarget: true)!.FullName);
                link.Delete();
            }
        }
    }
}
