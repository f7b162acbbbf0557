using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CircuitGrid.EndToEnd.Tests.Architecture;
using Microsoft.Data.Sqlite;

namespace CircuitGrid.EndToEnd.Tests.Records;

/// <summary>What the demo gives, number for number.</summary>
public sealed class DemoRecordTests(DemoRun demo)
{
    [Fact]
    public async Task Results_AreByteForByteWhatTheyWere()
    {
        var rows = await ReadAsync("SELECT suite || '/' || model || '@' || step || '/' || task, key, bytes FROM names JOIN results USING (key) ORDER BY model, step, task");
        Assert.Equal(240, rows.Count);
        Record.AssertHolds("demo-results.txt", rows.Select(row => $"{row[0]} {(string)row[1]} {Digests.Of((byte[])row[2])}"));
    }

    [Fact]
    public async Task Transfers_AreWhatTheyWere()
    {
        var rows = await ReadAsync("SELECT circuit, place, faithfulness FROM transfers ORDER BY circuit, place");
        Record.AssertHolds("demo-transfers.txt", rows.Select(row => string.Create(CultureInfo.InvariantCulture, $"{row[0]} {row[1]} {(double)row[2]:R}")));
    }

    /// <summary>Everything but when it was made, by which program, and how long it took.</summary>
    [Fact]
    public async Task Report_SaysWhatItSaid()
    {
        var report = JsonNode.Parse((await demo.ReportAsync()).GetRawText())!.AsObject();
        Assert.True(report.Remove("created") && report.Remove("program"));
        foreach (var cell in report["cells"]!.AsArray())
        {
            Assert.True(cell!.AsObject().Remove("seconds"));
        }

        Record.AssertHolds("demo-report.txt", report.Select(member => $"{member.Key} {Digests.OfFigures(member.Value?.ToJsonString() ?? "null")}"));
    }

    [Fact]
    public async Task Tables_SayWhatTheySaid()
    {
        var folder = await demo.FolderAsync();
        var tables = Directory.CreateDirectory(Path.Combine(folder, "..", "tables")).FullName;
        await DemoRun.RunAsync("export", "--store", folder, "--out", tables);
        var files = Directory.GetFiles(tables).Append(Path.Combine(folder, "summary.json")).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(12, files.Count);
        var lines = new List<string>();
        foreach (var file in files)
        {
            var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            lines.Add($"{Path.GetFileName(file)} {Digests.OfFigures(text)}");
            if (file.EndsWith(".csv", StringComparison.Ordinal))
            {
                lines.AddRange(text[..text.IndexOf('\n', StringComparison.Ordinal)].Split(',').Select(column => $"{Path.GetFileName(file)} {column}"));
            }
        }

        Record.AssertHolds("demo-tables.txt", lines);
    }

    /// <summary>Members and types of what each command writes with <c>--json</c>.</summary>
    [Fact]
    public async Task Json_OfEveryCommand_HasTheMembersItHad()
    {
        var folder = await demo.FolderAsync();
        var experiment = Path.Combine(folder, "experiment.yaml");
        var other = Path.Combine(folder, "..", "json");
        var model = Path.Combine(Repository.Root, "suites", "nano", "nano-2l", "step3000");
        var pairs = Path.Combine(folder, "..", "pairs.jsonl");
        var (graph, circuit) = (Path.Combine(folder, "..", "graph.json"), Path.Combine(folder, "..", "circuit.json"));
        await File.WriteAllLinesAsync(
            pairs,
            Enumerable.Range(0, 4).Select(i => $$"""{"clean": [{{i + 5}}, 7, 9], "corrupted": [{{i + 5}}, 8, 9], "correct": [11], "incorrect": [{{i + 12}}]}"""),
            TestContext.Current.CancellationToken);
        const string Cell = "nano/nano-2l@3000/ioi";
        var lines = ShapeOf("demo", await demo.OutputAsync()).ToList();
        foreach (var args in (string[][])
        [
            ["plan", experiment],
            ["status", experiment],
            ["run", experiment],
            ["report", experiment, "--out", Path.Combine(other, "report.html")],
            ["export", "--store", folder, "--out", other],
            ["why", Cell, "--store", folder],
            ["diff", Cell, "nano/nano-2l@4000/ioi", "--store", folder],
            ["roles", "--store", folder],
            ["curve", Cell, "--store", folder],
            ["audit", Path.Combine(Repository.Root, "suites", "nano")],
            ["attribute", "--model", model, "--pairs", pairs, "--metric", "logit-diff", "--out", graph],
            ["circuit", "--graph", graph, "--edges", "20", "--out", circuit],
            ["evaluate", "--model", model, "--graph", circuit, "--pairs", pairs, "--metric", "logit-diff"],
        ])
        {
            lines.AddRange(ShapeOf(args[0], await DemoRun.RunAsync([.. args, "--json"])));
        }

        Record.AssertHolds("json.txt", lines);
    }

    private static IEnumerable<string> ShapeOf(string command, string output) => Digests.ShapeOf(JsonElement.Parse(output)).Select(line => $"{command} {line}");

    private async Task<List<object[]>> ReadAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(await demo.FolderAsync(), "results.db")};Mode=ReadOnly;Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var rows = new List<object[]>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }

        return rows;
    }
}
