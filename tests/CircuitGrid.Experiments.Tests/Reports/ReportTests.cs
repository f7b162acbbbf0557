using System.Text.Json;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.Experiments.Tests.Reports;

public sealed class ReportTests : IDisposable
{
    private static readonly BootstrapOptions quick = new() { Resamples = 20, Splits = 10, SplitResamples = 10, RandomCircuits = 5 };

    private readonly FakeSuite suite = FakeSuite.Of(models: 2, checkpoints: 4);
    private readonly SqliteCellStore store;
    private readonly LocalGrid grid;

    public ReportTests()
    {
        suite.Write("model-0", 0, layers: 1, skill: 0);
        File.WriteAllText(Path.Combine(suite.Folder, "suite.json"), """{"name": "fake", "tokensPerStep": 1024, "models": [{"name": "model-1", "parameters": 4321}, {"name": "model-0"}]}""");
        store = SqliteCellStore.Open(suite.StorePath);
        grid = new(store, store, new FakeAnalyzer(), new FakeSource());
    }

    public void Dispose()
    {
        store.Dispose();
        suite.Dispose();
    }

    [Fact]
    public async Task Build_FinishedExperiment_HasTheAgreedShape()
    {
        var spec = suite.Experiment("ioi", "green") with { Comparison = new ComparisonOptions { IncludeNotReached = true } };
        await grid.RunAsync(spec);
        var report = await new ReportBuilder(grid, "CircuitGrid 1.0").BuildAsync(spec);
        var json = ReportJson.Write(report);
        Assert.DoesNotContain("NaN", json);
        Assert.DoesNotContain('\n', json);
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;

        Assert.Equal((1, "fake", "fake", 1024, "CircuitGrid 1.0"), (Int(root, "version"), Text(root, "title"), Text(root, "suite"), Int(root, "tokensPerStep"), Text(root, "program")));
        Assert.Equal(("eap-ig", 5, "corrupted-end", "greedy", 0.8), (
            Text(root.GetProperty("analysis"), "method"),
            Int(root.GetProperty("analysis"), "steps"),
            Text(root.GetProperty("analysis"), "points"),
            Text(root.GetProperty("analysis"), "selection"),
            root.GetProperty("analysis").GetProperty("threshold").GetDouble()));
        Assert.Equal(("grid", "templates"), (Text(root.GetProperty("analysis"), "search"), Text(root.GetProperty("analysis"), "sampling")));
        var models = root.GetProperty("models").EnumerateArray().ToArray();
        Assert.Equal([("model-1", 4321, 2, 2), ("model-0", 1000, 1, 2)], models.Select(m => (Text(m, "name"), Int(m, "parameters"), Int(m, "layers"), Int(m, "heads"))));
        Assert.Equal([("ioi", "Indirect object identification", "logit-diff", "logits", 12), ("green", "green", "logit-diff", "logits", 12)],
            root.GetProperty("tasks").EnumerateArray().Select(t => (Text(t, "name"), Text(t, "title"), Text(t, "metric"), Text(t, "unit"), Int(t, "examples"))));
        Assert.Equal(16, root.GetProperty("cells").GetArrayLength());

        var plan = await grid.PlanAsync(spec);
        foreach (var cell in root.GetProperty("cells").EnumerateArray())
        {
            var id = new CellId("fake", Text(cell, "model"), Int(cell, "step"), Text(cell, "task"));
            var result = (await grid.ReadAsync(plan.Cells.Single(c => c.Id == id).Fingerprint!.Key))!;
            Assert.Equal(id.Step * 1024, Int(cell, "tokens"));
            Assert.Equal(CellStatusNames.Of(result.Status), Text(cell, "status"));
            Assert.Equal(result.Metric.Mean, cell.GetProperty("metric").GetDouble());
            Assert.Equal(result.Sizes.Length, cell.GetProperty("search").GetArrayLength());
            var circuit = root.GetProperty("circuits").EnumerateArray().SingleOrDefault(c => Text(c, "model") == id.Model && Text(c, "task") == id.Task && Int(c, "step") == id.Step);
            if (result.Chosen is not { } chosen)
            {
                Assert.Equal(JsonValueKind.Null, cell.GetProperty("edges").ValueKind);
                Assert.Equal(JsonValueKind.Undefined, circuit.ValueKind);
                continue;
            }

            Assert.Equal((chosen.Edges, chosen.Nodes, chosen.Budget), (Int(cell, "edges"), Int(cell, "nodes"), Int(cell, "budget")));
            Assert.Equal(result.JudgedFaithfulness(chosen).Value, cell.GetProperty("faithfulnessJudged").GetDouble());
            Assert.Equal(chosen.Edges, circuit.GetProperty("edges").GetArrayLength());
        }

        var trajectory = root.GetProperty("trajectories").EnumerateArray().First(t => Text(t, "model") == "model-0" && Text(t, "task") == "ioi");
        Assert.Equal([0, 100, 200, 300], trajectory.GetProperty("steps").EnumerateArray().Select(s => s.GetInt32()));
        Assert.Equal([false, true, true, true], trajectory.GetProperty("included").EnumerateArray().Select(s => s.GetBoolean()));
        Assert.Equal(["", "200", "300"], trajectory.GetProperty("pairTo").EnumerateArray().Select(s => s.ToString()));
        var ewma = trajectory.GetProperty("edgeEwma").EnumerateArray().ToArray();
        Assert.Equal(3, ewma.Length);
        Assert.Equal(JsonValueKind.Null, ewma[0].ValueKind);
        var jaccard = trajectory.GetProperty("edgeJaccard").EnumerateArray().Skip(1).Select(x => x.GetDouble()).ToArray();
        Assert.Equal((0.5 * jaccard[0]) + (0.5 * jaccard[1]), ewma[2].GetDouble());
        var overlap = trajectory.GetProperty("edgeOverlap").EnumerateArray().Select(r => r.EnumerateArray().ToArray()).ToArray();
        Assert.Equal(4, overlap.Length);
        Assert.Equal(JsonValueKind.Null, overlap[0][1].ValueKind);
        Assert.Equal(1, overlap[1][1].GetDouble());
        Assert.Equal(Math.Round(jaccard[0], 4), overlap[2][1].GetDouble());

        var scale = root.GetProperty("scale").EnumerateArray().First();
        Assert.Equal(["model-0", "model-1"], scale.GetProperty("points").EnumerateArray().Select(p => Text(p, "model")));
        Assert.Equal(JsonValueKind.Null, scale.GetProperty("pearsonParameters").ValueKind);
        Assert.Equal("2 model sizes; a correlation needs 6 or more", Text(scale, "noCorrelation"));
        Assert.Equal(2, scale.GetProperty("sizes").GetArrayLength());
    }

    [Fact]
    public async Task Circuits_InTheReport_AreTheEdgesWithTheirScores()
    {
        var spec = suite.Experiment("ioi");
        await grid.RunAsync(spec);
        var report = await new ReportBuilder(grid, "x").BuildAsync(spec);
        var circuit = report.Circuits.First(c => c.Model == "model-1");
        var cell = (await grid.PlanAsync(spec)).Cells.Single(c => c.Id.Model == "model-1" && c.Id.Step == circuit.Step);
        var result = (await grid.ReadAsync(cell.Fingerprint!.Key))!;
        var graph = new CircuitGrid.Circuits.Graph.CircuitGraph(result.Graph);
        Assert.Equal(result.Edges.Indices().Select(e => result.Scores[e]), circuit.Edges.Select(e => e.Score));
        Assert.Equal(result.Edges.Indices(), circuit.Edges.Select(e => graph.Edge(e.Source, e.Slot)));
        var read = JsonSerializer.Deserialize<ReportDocument>(ReportJson.Write(report), ReportJson.Options)!;
        Assert.Equal(circuit.Edges.Select(e => (e.Source, e.Slot)), read.Circuits.First(c => c.Model == "model-1").Edges.Select(e => (e.Source, e.Slot)));
        Assert.All(circuit.Edges.Zip(read.Circuits.First(c => c.Model == "model-1").Edges), p => Assert.Equal(p.First.Score, p.Second.Score, 5e-4 * Math.Abs(p.First.Score)));
    }

    [Fact]
    public async Task Build_TooManyEdges_LeavesCircuitsOutEvenlyAndKeepsTheLast()
    {
        var spec = suite.Experiment("ioi");
        await grid.RunAsync(spec);
        var whole = await new ReportBuilder(grid, "x").BuildAsync(spec);
        Assert.Equal(0, whole.CircuitsLeftOut);
        var edges = whole.Circuits.Sum(c => c.Edges.Length);
        var thin = await new ReportBuilder(grid, "x") { MaxEdges = edges - 1 }.BuildAsync(spec);
        Assert.InRange(thin.Circuits.Sum(c => c.Edges.Length), 1, edges - 1);
        Assert.Equal(whole.Circuits.Length, thin.Circuits.Length + thin.CircuitsLeftOut);
        Assert.Equal(whole.Cells.Length, thin.Cells.Length);
        Assert.All(whole.Circuits.GroupBy(c => c.Model), g => Assert.Contains(thin.Circuits, c => c.Model == g.Key && c.Step == g.Max(x => x.Step)));
        Assert.Empty((await new ReportBuilder(grid, "x") { MaxEdges = 0 }.BuildAsync(spec)).Circuits);
    }

    [Fact]
    public async Task Summary_OfAReport_HasTheShapeScriptsRelyOn()
    {
        var spec = suite.Experiment("ioi");
        await grid.RunAsync(spec);
        var report = await new ReportBuilder(grid, "x").BuildAsync(spec);
        using var document = JsonDocument.Parse(ReportJson.Write(SummaryDocument.Of(report)));
        var cells = document.RootElement.GetProperty("cells").EnumerateArray().ToArray();
        Assert.Equal(8, cells.Length);
        Assert.All(cells, c => Assert.Equal(
            [
                "model", "step", "task", "tokens", "metric", "accuracy", "faithfulness_found", "faithfulness_judged", "reached", "edges", "nodes",
                "stage", "branch", "seed", "tokens_known",
            ],
            c.EnumerateObject().Select(p => p.Name)));
        var none = cells.Single(c => Text(c, "model") == "model-0" && Int(c, "step") == 0);
        Assert.Equal((0, 0, false, JsonValueKind.Null), (Int(none, "edges"), Int(none, "nodes"), none.GetProperty("reached").GetBoolean(), none.GetProperty("faithfulness_found").ValueKind));
        var some = report.Cells.First(c => c.Status == "reached");
        var reached = cells.First(c => Text(c, "model") == some.Model && Int(c, "step") == some.Step);
        Assert.Equal((some.Edges, some.FaithfulnessJudged, true), (Int(reached, "edges"), reached.GetProperty("faithfulness_judged").GetDouble(), reached.GetProperty("reached").GetBoolean()));
    }

    [Fact]
    public async Task Build_UnfinishedExperiment_ShowsWhatThereIs()
    {
        await grid.RunAsync(suite.Experiment("ioi"));
        var report = await new ReportBuilder(grid, "x").BuildAsync(suite.Experiment("ioi", "green"));
        Assert.Equal(8, report.Cells.Length);
        Assert.Equal(["ioi"], report.Scale.Select(s => s.Task));
    }

    [Fact]
    public async Task Differences_OfConsecutiveCheckpoints_AreThoseOfTheStoredCells()
    {
        var spec = suite.Experiment("ioi", "green") with { Comparison = new ComparisonOptions { IncludeNotReached = true, IncludeNoTask = true } };

        // with a dozen prompts, too many exchanges of them are as unlike as any for 2.5 %
        spec = spec with { Tasks = [.. spec.Tasks.Select(t => t with { Count = 24 })] };
        await grid.RunAsync(spec);
        var unjudged = await new ReportBuilder(grid, "x") { Bootstrap = quick, MaxWeightBytes = 0 }.BuildAsync(spec);
        var shares = new List<double>();
        var report = await new ReportBuilder(grid, "x") { Bootstrap = quick, Progress = new Shares(shares) }.BuildAsync(spec);
        Assert.Equal(shares.Order(), shares);
        Assert.True(shares is [0, >= 0.5, ..] && shares[^1] < 1);
        Assert.False(report.UncertaintyLeftOut);
        var expected = await (await StoredCells.OpenAsync(grid, spec, quick)).CompareAsync(long.MaxValue);
        Assert.Equal(12, expected.Length);
        Assert.Contains(expected, pair => pair.Comparison.Verdict == DifferenceVerdict.NoCircuit);
        Assert.Contains(expected, pair => pair.Comparison.Verdict != DifferenceVerdict.NoCircuit);
        var shown = report.Trajectories.SelectMany(t => t.Differences.Select((difference, i) => ((t.Model, t.Task, t.Steps[i], t.PairTo[i]), difference!))).ToDictionary();
        Assert.Equal(expected.Length, shown.Count);
        foreach (var pair in expected)
        {
            var (difference, noise) = (shown[(pair.From.Id.Model, pair.From.Id.Task, pair.From.Id.Step, pair.To.Id.Step)], pair.Comparison.Noise);
            Assert.Equal((VerdictNames.Of(pair.Comparison.Verdict), pair.Comparison.Corrected), (difference.Verdict, difference.Corrected));
            Assert.Equal((VerdictNames.Of(pair.Comparison.SizeVerdict), "examples"), (difference.SizeVerdict, difference.Scope));
            Assert.Equal(noise is { SmallestShown: var shown80 } && double.IsFinite(shown80) ? shown80 : null, difference.SmallestShown);
            Assert.Equal(double.IsFinite(pair.Comparison.DegreeCorrected) ? pair.Comparison.DegreeCorrected : null, difference.DegreeCorrected);
            Assert.Equal((noise?.Across, noise?.Ceiling, noise?.PValue), (difference.Across, difference.Ceiling, difference.P));
            Assert.Equal((noise?.Difference, noise?.DifferenceInterval.Low, noise?.DifferenceInterval.High), (difference.Difference, difference.Low, difference.High));
            Assert.Equal((noise is null ? null : pair.Hochberg, noise is null ? null : pair.Yekutieli), (difference.Hochberg, (double?)difference.Yekutieli));
            Assert.Equal(noise is null ? null : pair.Hochberg <= 0.05, difference.Discovered);
            Assert.Equal((pair.Comparison.Cross?.FirstOnSecond, pair.Comparison.Cross?.SecondOnFirst, null), (difference.EarlierOnLater, difference.LaterOnEarlier, difference.Unjudged));
        }

        // what no model was loaded for says so
        var different = shown.Values.Count(d => d.Verdict == "different");
        Assert.True(different > 0 && shown.Values.All(d => d.Verdict == "different" == d.EarlierOnLater is not null));
        var open = unjudged.Trajectories.SelectMany(t => t.Differences).Where(d => d!.Verdict == "different").ToArray();
        Assert.Equal(different, open.Length);
        Assert.All(open, d => Assert.Equal(("no model was loaded for this report", true), (d!.Unjudged, d.JudgedLater)));
    }

    private sealed class Shares(List<double> seen) : IProgress<double>
    {
        public void Report(double value) => seen.Add(value);
    }

    [Fact]
    public async Task Circuits_AndSizes_SayHowSureTheyAre()
    {
        var spec = suite.Experiment("ioi", "green", "red", "blue");
        spec = spec with { Analysis = spec.Analysis with { Threshold = 0.45 } };
        await grid.RunAsync(spec);
        var report = await new ReportBuilder(grid, "x") { Bootstrap = quick }.BuildAsync(spec);
        var read = JsonSerializer.Deserialize<ReportDocument>(ReportJson.Write(report), ReportJson.Options)!;
        var stored = await StoredCells.OpenAsync(grid, spec, quick);
        var (closed, open) = (0, 0);
        await foreach (var (_, planned, evidence) in stored.ReadAllAsync())
        {
            var (id, result) = (planned.Id, evidence.Result);
            var cell = report.Cells.Single(c => c.Model == id.Model && c.Step == id.Step && c.Task == id.Task);
            if (evidence.SizeCurve is not { } curve)
            {
                Assert.Null(cell.SizeInterval);
                continue;
            }

            foreach (var circuits in new[] { report.Circuits, read.Circuits })
            {
                var edges = circuits.Single(c => c.Model == id.Model && c.Step == id.Step && c.Task == id.Task).Edges;
                Assert.Equal(result.Edges.Indices().Select(e => (double?)evidence.Certainty!.Inclusion[e]), edges.Select(e => e.Inclusion));
            }

            var interval = curve.SmallestBudgetInterval;
            if (!double.IsFinite(interval.Low))
            {
                Assert.Null(cell.SizeInterval);
                continue;
            }

            var shown = cell.SizeInterval!;
            Assert.Equal((Finite(curve.SmallestBudget), interval.Low, Finite(interval.High)), (shown.Budget, shown.Low, shown.High));
            Assert.Equal((curve.IsDetermined, true), (shown.IsDetermined, shown.IncludesRanking));
            var normalized = evidence.NormalizedSizeCurve!;
            Assert.Equal(double.IsFinite(normalized.SmallestBudgetInterval.Low) ? normalized.SmallestBudgetInterval.Low : null, cell.NormalizedSizeInterval?.Low);
            Assert.Equal(Finite(normalized.SmallestBudget), cell.NormalizedSizeInterval?.Budget);
            var ranking = EdgeRanking.Create(evidence.Graph, result.Scores.AsSpan(), SelectionRule.Greedy);
            var low = ranking.Select((int)Math.Ceiling(interval.Low));
            Assert.Equal((low.EdgeCount, low.NodeCount), (shown.EdgesLow, shown.NodesLow));
            if (double.IsFinite(interval.High))
            {
                closed++;
                var high = ranking.Select((int)Math.Ceiling(interval.High));
                Assert.Equal((high.EdgeCount, high.NodeCount), (shown.EdgesHigh, shown.NodesHigh));
            }
            else
            {
                open++;
                Assert.Equal((null, null), (shown.EdgesHigh, shown.NodesHigh));
            }
        }

        Assert.True(closed > 0 && open > 0, $"{closed} closed and {open} open intervals");

        static double? Finite(double value) => double.IsFinite(value) ? value : null;
    }

    [Fact]
    public async Task Build_MoreEdgesThanAreResampled_LeavesUncertaintyOutAndSaysSo()
    {
        var spec = suite.Experiment("ioi");
        await grid.RunAsync(spec);
        var edges = (await grid.PlanAsync(spec)).Checkpoints.Sum(c => GraphSize.Edges(c.Info!.Graph));
        var whole = await new ReportBuilder(grid, "x") { Bootstrap = quick, MaxResampledEdges = edges }.BuildAsync(spec);
        var plain = await new ReportBuilder(grid, "x") { Bootstrap = quick, MaxResampledEdges = edges - 1 }.BuildAsync(spec);
        Assert.Equal((false, true), (whole.UncertaintyLeftOut, plain.UncertaintyLeftOut));
        Assert.Contains(whole.Trajectories, t => t.Differences.Any(d => d is not null));
        Assert.All(plain.Trajectories, t => Assert.All(t.Differences, Assert.Null));
        Assert.All(plain.Cells, c => Assert.Null(c.SizeInterval));
        Assert.All(plain.Circuits, c => Assert.All(c.Edges, e => Assert.Null(e.Inclusion)));
        Assert.Equal(ReportJson.Write(SummaryDocument.Of(whole)), ReportJson.Write(SummaryDocument.Of(plain)));
    }

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    private static int Int(JsonElement of, string name) => of.GetProperty(name).GetInt32();
}
