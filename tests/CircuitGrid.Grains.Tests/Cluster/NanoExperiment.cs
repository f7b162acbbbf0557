using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>An experiment on the shipped suite, small enough for a test: real weights, real analysis, head scores.</summary>
internal static class NanoExperiment
{
    public const string Yaml = """
        name: nano on a cluster
        suite: nano
        checkpoints: [0, 512, 3000]
        heads: true
        tasks:
          - {name: ioi, count: 12}
          - {name: greater-than, count: 12}
          - {name: sva, count: 12}
        """;

    /// <summary>Folder of the shipped suites.</summary>
    public static string Suites { get; } = Path.Combine(RootOf(AppContext.BaseDirectory), "suites");

    /// <summary>Runs it in this process.</summary>
    public static async Task<SortedDictionary<string, string>> RunLocallyAsync(string folder)
    {
        var path = Path.Combine(folder, "local.sqlite");
        using (var store = SqliteCellStore.Open(path))
        {
            await using var grid = new LocalGrid(store, store, CellAnalyzer.OnCpu(), new FileExperimentSource());
            var progress = await grid.RunAsync(ExperimentSpec.Parse(Yaml, "experiment", Suites));
            Assert.Equal(0, progress.Failed);
        }

        return StoredBytes.Of(path);
    }

    private static string RootOf(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "CircuitGrid.sln")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException($"{folder} is in no working tree.");
    }
}
