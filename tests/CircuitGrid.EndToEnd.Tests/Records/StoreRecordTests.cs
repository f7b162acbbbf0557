using System.Text.Json;
using CircuitGrid.EndToEnd.Tests.Architecture;
using Microsoft.Data.Sqlite;

namespace CircuitGrid.EndToEnd.Tests.Records;

/// <summary>Stores that earlier versions wrote (the files are named after their commits): their results are found, read, and what a run gives today.</summary>
public sealed class StoreRecordTests : IDisposable
{
    private const string Experiment = """
        name: recorded
        suite: SUITE
        models: [nano-2l]
        checkpoints: [0, 2000, 3000]
        heads: true
        tasks:
          - {name: ioi, count: 24}
          - {name: sva, count: 24}

        """;

    /// <summary>What was the default before sizes were searched on a grid and prompts drawn by their templates.</summary>
    private const string FirstDefaults = "analysis: {search: bisection, sampling: examples}\n";

    private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-stores-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("7e71744.db", FirstDefaults)]
    [InlineData("fa162a6.db", "")]
    public async Task Store_WrittenBefore_IsFoundReadAndEqual(string name, string analysis)
    {
        var (before, after) = (await PrepareAsync("before", analysis), await PrepareAsync("after", analysis));
        var store = Path.Combine(before, "results.db");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Records", "Stores", name), store);
        var figures = Figures(store);
        Assert.Equal(6, figures.Count);

        var run = JsonElement.Parse(await DemoRun.RunAsync("run", Path.Combine(before, "experiment.yaml"), "--json"));
        Assert.Equal((9, 0, 0), (run.GetProperty("kept").GetInt32(), run.GetProperty("finished").GetInt32(), run.GetProperty("failed").GetInt32()));
        foreach (var (cell, metric, edges) in figures)
        {
            var told = JsonElement.Parse(await DemoRun.RunAsync("why", cell, "--store", before, "--json"));
            Assert.Equal((metric, edges), (told.GetProperty("metric").GetProperty("mean").GetDouble(), told.GetProperty("edges").ValueKind == JsonValueKind.Null ? null : told.GetProperty("edges").GetInt64()));
        }

        await DemoRun.RunAsync("run", Path.Combine(after, "experiment.yaml"));
        Assert.Equal(Bytes(store), Bytes(Path.Combine(after, "results.db")));
    }

    private async Task<string> PrepareAsync(string name, string analysis)
    {
        var path = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
        var suite = JsonSerializer.Serialize(Path.Combine(Repository.Root, "suites", "nano"));
        await File.WriteAllTextAsync(Path.Combine(path, "experiment.yaml"), Experiment.Replace("SUITE", suite, StringComparison.Ordinal) + analysis, TestContext.Current.CancellationToken);
        return path;
    }

    /// <summary>Names of tasks' cells with what the store's own columns say of them.</summary>
    private static List<(string Cell, double Metric, long? Edges)> Figures(string store) => Read(
        store,
        "SELECT suite || '/' || model || '@' || step || '/' || task, metric, cells.edges FROM names JOIN cells USING (key) WHERE task <> 'heads'",
        row => (row.GetString(0), row.GetDouble(1), row.IsDBNull(2) ? (long?)null : row.GetInt64(2)));

    private static List<string> Bytes(string store) => Read(store, "SELECT key, bytes FROM results ORDER BY key", row => $"{row.GetString(0)} {Digests.Of((byte[])row[1])}");

    private static List<T> Read<T>(string store, string sql, Func<SqliteDataReader, T> read)
    {
        using var connection = new SqliteConnection($"Data Source={store};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var row = command.ExecuteReader();
        var rows = new List<T>();
        while (row.Read())
        {
            rows.Add(read(row));
        }

        return rows;
    }
}
