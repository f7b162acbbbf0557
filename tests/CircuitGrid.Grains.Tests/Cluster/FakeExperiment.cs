using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>An experiment on checkpoints of text, whose results are invented, always in the same way.</summary>
internal static class FakeExperiment
{
    public const string Yaml = """
        name: fake
        suite: fake
        tasks: [{name: ioi, count: 12}, {name: sva, count: 12}]
        """;

    /// <summary>A cluster that computes it.</summary>
    public static GridCluster Cluster(
        FakeSuite suite,
        short silos = 3,
        TimeSpan pause = default,
        Action<CircuitGrid.Grains.Hosting.ClusterOptions>? configure = null,
        Action<Orleans.Hosting.ISiloBuilder>? storage = null,
        Action<Orleans.Hosting.ISiloBuilder>? more = null) =>
        new(suite.Root, silos, () => new FakeAnalyzer { Pause = pause }, () => new FakeSource(), configure, storage, more);

    /// <summary>The cells whose computation was begun on any silo, one entry each time.</summary>
    public static string[] Computed(GridCluster cluster) => [.. cluster.Analyzers.Cast<FakeAnalyzer>().SelectMany(a => a.Computed)];

    /// <summary>The bytes that one machine finds.</summary>
    public static async Task<SortedDictionary<string, string>> RunLocallyAsync(FakeSuite suite)
    {
        using (var store = SqliteCellStore.Open(suite.StorePath))
        {
            await using var grid = new LocalGrid(store, store, new FakeAnalyzer(), new FakeSource());
            await grid.RunAsync(ExperimentSpec.Parse(Yaml, "experiment", suite.Root));
        }

        return StoredBytes.Of(suite.StorePath);
    }
}
