using System.Collections.Concurrent;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.HubStandIn.Suites;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>A model of every family through the whole grid: sharded checkpoints in bfloat16, tasks of token ids, head scores.</summary>
public sealed class FamilyExperimentTests : IDisposable
{
    private static readonly BootstrapOptions s_quick = new() { Resamples = 20, Splits = 10, SplitResamples = 10, RandomCircuits = 5 };

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
        foreach (var family in FamilySuite.Models.Select(m => m.Family))
        {
            var report = await ReportAsync(local, family);
            Assert.Contains(report.Circuits, c => c.Step == FamilySuite.Steps[^1] && !c.Edges.IsEmpty);
            var roles = Assert.Single(report.Roles);
            Assert.Equal(FamilySuite.Steps, roles.Steps);
            Assert.Contains(roles.Roles, r => r.Role == "induction" && r.Scores.All(s => s.Length == FamilySuite.Models[0].Layers * FamilySuite.Models[0].Heads));
            Assert.Equal(ReportJson.Write(report), ReportJson.Write(await ReportAsync(cluster.StorePath, family)));
        }
    }

    /// <summary>The report of a family's experiment, made of what a store holds; how long the work took, which no two runs agree in, is left out.</summary>
    private async Task<ReportDocument> ReportAsync(string storePath, ModelFamily family)
    {
        using var store = SqliteCellStore.Open(storePath);
        await using var grid = new LocalGrid(store, store, CellAnalyzer.OnCpu(), new FileExperimentSource());
        var report = await new ReportBuilder(grid, "CircuitGrid", new ManualTime()) { Bootstrap = s_quick }.BuildAsync(ExperimentSpec.Parse(Yaml(family), "experiment", folder));
        return report with { Cells = [.. report.Cells.Select(c => c with { Seconds = null })] };
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
