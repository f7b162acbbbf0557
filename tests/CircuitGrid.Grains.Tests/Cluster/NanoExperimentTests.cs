using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Grains.Comparisons;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>The cluster finds what one machine finds.</summary>
public sealed class NanoExperimentTests
{
    [Fact]
    public async Task Experiment_OnThreeSilos_EndsWithTheBytesOfTheLocalGrid()
    {
        await using var cluster = new GridCluster(NanoExperiment.Suites, silos: 3, CellAnalyzer.OnCpu, () => new FileExperimentSource());
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(NanoExperiment.Yaml, watch: false);
        var ended = await cluster.EndOfAsync(started.Id);

        Assert.Equal(HostedPhase.Completed, ended.Phase);
        Assert.Equal((36, 0, 36, 0), (ended.Progress.Total, ended.Progress.Kept, ended.Progress.Finished, ended.Progress.Failed));
        var local = await NanoExperiment.RunLocallyAsync(cluster.Folder);
        Assert.Equal(36, local.Count);
        Assert.Equal(local, StoredBytes.Of(cluster.StorePath));
        await ComparisonsAreThoseOfOneMachine(cluster, started.Id);
        await CircuitsAreOfferedAsGraphs(cluster, started.Id);
        await VerdictsAreThoseOfOneMachine(cluster);
    }

    private static async Task VerdictsAreThoseOfOneMachine(GridCluster cluster)
    {
        var spec = ExperimentSpec.Parse(NanoExperiment.Yaml, "experiment", NanoExperiment.Suites);
        var onCluster = await PairsAsync(cluster.Host.Grid);
        using var store = SqliteCellStore.Open(Path.Combine(cluster.Folder, "local.sqlite"));
        await using var local = new LocalGrid(store, store, CellAnalyzer.OnCpu(), new FileExperimentSource());
        Assert.Equal(await PairsAsync(local), onCluster);
        Assert.Contains(onCluster, p => p.Cross is not null);

        async Task<(string From, string To, DifferenceVerdict Verdict, CrossFaithfulness? Cross)[]> PairsAsync(IGrid grid)
        {
            var pairs = await (await StoredCells.OpenAsync(grid, spec, new BootstrapOptions { Resamples = 50 })).CompareAsync(long.MaxValue);
            return [.. pairs.Select(p => (p.From.Id.ToString(), p.To.Id.ToString(), p.Comparison.Verdict, p.Comparison.Cross))];
        }
    }

    private static async Task ComparisonsAreThoseOfOneMachine(GridCluster cluster, string id)
    {
        var comparisons = await cluster.Host.Grid.CompareAsync(ExperimentSpec.Parse(NanoExperiment.Yaml, "experiment", NanoExperiment.Suites));
        var expected = comparisons.Read((trajectories, _) => trajectories.ToDictionary(
            t => t.Key,
            t => (Steps: t.Value.Points.Select(p => p.Step).ToArray(), Edges: t.Value.Points.Select(p => p.Edges.Count).ToArray(), Pairs: t.Value.Pairs.ToArray())));
        Assert.Equal(9, expected.Count);
        Assert.Contains(expected.Values, t => t.Pairs.Length > 0 && t.Pairs[0].Edges is > 0 and < 1);
        foreach (var ((model, task), trajectory) in expected)
        {
            var view = await cluster.Grains.GetGrain<ITrajectoryGrain>(TrajectoryKey.Of(id, model, task)).ViewAsync();
            Assert.Equal(trajectory.Steps, view.Steps);
            Assert.Equal(trajectory.Edges, view.Edges);
            Assert.Equal(trajectory.Pairs, view.Pairs.Select(p => new CircuitGrid.Experiments.Comparison.TrajectoryPair(p.From, p.To, p.Edges, p.Nodes, p.Weighted, p.EdgeAverage, p.NodeAverage, p.WeightedInCircuits)));
        }

        foreach (var task in new[] { "ioi", "greater-than", "sva" })
        {
            var scale = comparisons.Read((_, scales) => (scales[task].Points.ToArray(), scales[task].PearsonParameters));
            var view = await cluster.Grains.GetGrain<IScaleGrain>(ScaleKey.Of(id, task)).ViewAsync();
            Assert.Equal(scale.Item1.Select(p => (p.Model.Name, p.MeanEdges, p.MeanNodes, p.Checkpoints)), view.Models.Select(p => (p.Model, p.MeanEdges, p.MeanNodes, p.Checkpoints)));
            Assert.Equal(scale.PearsonParameters, view.PearsonParameters);
        }
    }

    private static async Task CircuitsAreOfferedAsGraphs(GridCluster cluster, string id)
    {
        var comparisons = await cluster.Host.Grid.CompareAsync(ExperimentSpec.Parse(NanoExperiment.Yaml, "experiment", NanoExperiment.Suites));
        var (key, first, second) = comparisons.Read((trajectories, _) => trajectories
            .Where(t => t.Value.Points.Count(p => p.Edges.Count > 0) > 1)
            .Select(t => (t.Key, First: t.Value.Points.First(p => p.Edges.Count > 0), Second: t.Value.Points.Last(p => p.Edges.Count > 0)))
            .MaxBy(t => t.First.Edges.Count));
        var grain = cluster.Grains.GetGrain<ITrajectoryGrain>(TrajectoryKey.Of(id, key.Model, key.Task));

        var circuit = await grain.CircuitAsync(first.Step, paths: 5);
        Assert.Equal(first.Nodes.Count, circuit!.Components.Sum(c => c.Length));
        Assert.Equal(5, circuit.Paths.Length);
        Assert.All(circuit.Paths, p => Assert.True(p.Edges[0].StartsWith("input->", StringComparison.Ordinal) && p.Edges[^1].EndsWith("->logits", StringComparison.Ordinal)));
        Assert.Equal(circuit.Paths.OrderByDescending(p => p.Strength), circuit.Paths);
        Assert.Equal(first.Edges.Count, System.Xml.Linq.XDocument.Load(new MemoryStream(circuit.GraphMl)).Descendants().Count(e => e.Name.LocalName == "edge"));
        Assert.StartsWith("digraph", circuit.Dot, StringComparison.Ordinal);

        var overlap = first.Edges.OverlapWith(second.Edges);
        var change = await grain.ChangeAsync(first.Step, second.Step);
        Assert.Equal((overlap.Intersection, overlap.Second - overlap.Intersection, overlap.First - overlap.Intersection), (change!.Kept.Length, change.Gained.Length, change.Lost.Length));
        Assert.True(change.Kept.Length > 0 && change.Gained.Length + change.Lost.Length > 0);
        Assert.Null(await grain.CircuitAsync(step: 777, paths: 1));
    }
}
