using System.Collections.Concurrent;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.HubStandIn.Suites;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>A model of every family through the whole grid: sharded checkpoints in bfloat16, tasks of token ids, head scores.</summary>
public sealed class FamilyExperimentTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-families-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Experiments_OfEveryFamily_EndOnAClusterWithTheBytesOfOneMachine()
    {
        var suite = Path.Combine(folder, "families");
        foreach (var config in FamilySuite.Models)
        {
            FamilySuite.Write(suite, config, Shard);
            FamilySuite.WritePairs(Path.Combine(folder, $"{config.Family.ModelType}.jsonl"), suite, config);
        }

        File.Copy(Path.Combine(NanoExperiment.Suites, "nano", "tokenizer.json"), Path.Combine(suite, "tokenizer.json"));
        Assert.Equal(Families.All, FamilySuite.Models.Select(m => m.Family));
        await using var cluster = new GridCluster(folder, 2, () => CellAnalyzer.OnCpu(), () => new FileExperimentSource());
        await cluster.StartAsync();
        var local = Path.Combine(folder, "local.sqlite");
        using (var store = SqliteCellStore.Open(local))
        {
            await using var grid = new LocalGrid(store, store, CellAnalyzer.OnCpu(), new FileExperimentSource());
            foreach (var family in FamilySuite.Models.Select(m => m.Family))
            {
                var yaml = Yaml(family);
                var failures = new Failures();
                var progress = await grid.RunAsync(ExperimentSpec.Parse(yaml, "experiment", folder), failures);
                Assert.True((progress.Finished, progress.Failed) == (4, 0), $"{family}: {progress} {string.Join('\n', failures.Messages)}");
                var started = await cluster.Host.StartAsync(yaml, watch: false);
                var ended = await cluster.EndOfAsync(started.Id);
                Assert.True((ended.Phase, ended.Progress.Finished) == (HostedPhase.Completed, 4), $"{family}: {ended.Progress}");
            }
        }

        var expected = StoredBytes.Of(local);
        Assert.Equal(4 * FamilySuite.Models.Length, expected.Count);
        Assert.Equal(expected, StoredBytes.Of(cluster.StorePath));
    }

    private static string Yaml(ModelFamily family) => $$"""
        name: {{family.ModelType}}
        suite: families
        models: [{{family.ModelType}}]
        heads: true
        tasks:
          - {name: ids, pairs: {{family.ModelType}}.jsonl, metric: logit-diff}
        """;

    /// <summary>Keeps a checkpoint's weights in shards, as large models are kept.</summary>
    private static void Shard(string checkpoint)
    {
        var whole = Path.Combine(checkpoint, "model.safetensors");
        foreach (var (name, file) in SplitSafetensors.Shards(File.ReadAllBytes(whole), count: 3).Files)
        {
            using var from = file.OpenRead();
            using var to = File.Create(Path.Combine(checkpoint, name));
            from.CopyTo(to);
        }

        File.Delete(whole);
    }

    private sealed class Failures : IProgress<GridEvent>
    {
        public ConcurrentQueue<string?> Messages { get; } = [];

        public void Report(GridEvent value)
        {
            if (value.Kind == GridEventKind.Failed)
            {
                Messages.Enqueue(value.Message);
            }
        }
    }
}
