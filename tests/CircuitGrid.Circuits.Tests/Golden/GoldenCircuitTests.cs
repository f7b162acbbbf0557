using System.Text.Json;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Selection;

namespace CircuitGrid.Circuits.Tests.Golden;

public sealed class GoldenCircuitTests
{
    public static TheoryData<string, string, string> Cases =>
    [
        .. from m in GoldenCase.Models
           from d in GoldenCase.Devices.Keys
           from f in GoldenCase.Files(m, "circuits_*")
           select new TheoryDataRow<string, string, string>(m, d, f),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Circuits_FromTheLibrarysScores_AreTheLibrarysCircuits(string model, string device, string file)
    {
        using var golden = GoldenCase.Open(model, device);
        var compared = 0;
        foreach (var entry in golden.Json(file).GetProperty("circuits").EnumerateArray().Where(IsSelected))
        {
            var scores = golden.Json($"scores_{entry.GetProperty("scores").GetString()}").GetProperty("scores");
            AssertSelects(golden, entry, [.. GoldenScoreTests.InOrder(golden.Graph, scores).Select(s => (float)s)]);
            compared++;
        }

        Assert.True(compared > 0);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Circuits_FromOurScores_AreTheLibrarysCircuits(string model, string device, string file)
    {
        using var golden = GoldenCase.Open(model, device);
        var ours = new Dictionary<string, float[]>();
        foreach (var entry in golden.Json(file).GetProperty("circuits").EnumerateArray().Where(IsSelected))
        {
            var name = entry.GetProperty("scores").GetString()!;
            if (!ours.TryGetValue(name, out var scores))
            {
                var meta = golden.Json($"scores_{name}").GetProperty("meta");
                ours[name] = scores = [.. GoldenScoreTests.LibraryScores(golden, meta).Select(s => (float)s)];
            }

            AssertSelects(golden, entry, scores);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Metrics_OfEveryCircuit_EqualTheReferenceLibrary(string model, string device, string file)
    {
        using var golden = GoldenCase.Open(model, device);
        var json = golden.Json(file);
        foreach (var metric in (string[])["logit_diff", "prob_diff"])
        {
            var examples = golden.Examples(json.GetProperty("dataset").GetString()!, GoldenCase.Metric(metric));
            foreach (var group in json.GetProperty("circuits").EnumerateArray().GroupBy(c => c.GetProperty("intervention").GetString()))
            {
                using var evaluator = new CircuitEvaluator(golden.Model, examples, GoldenCase.Metric(metric), group.Key == "zero" ? Ablation.Zero : Ablation.Patching);
                GoldenCase.AssertClose(Items(json.GetProperty("baselines").GetProperty($"{metric}_clean")), evaluator.CleanMetrics, golden.Tolerance, "clean");
                if (group.Key == "patching")
                {
                    GoldenCase.AssertClose(Items(json.GetProperty("baselines").GetProperty($"{metric}_corrupted")), evaluator.AblatedMetrics, golden.Tolerance, "corrupted");
                }

                var entries = group.ToList();
                var metrics = evaluator.Evaluate(entries.ConvertAll(entry => Circuit.Prune(golden.Graph, Edges(golden.Graph, entry))));
                for (var i = 0; i < entries.Count; i++)
                {
                    GoldenCase.AssertClose(Items(entries[i].GetProperty(metric)), metrics[i], golden.Tolerance, $"{metric} of circuit {i}");
                }
            }
        }
    }

    private static bool IsSelected(JsonElement entry) => entry.GetProperty("method").GetString() != "random";

    private static void AssertSelects(GoldenCase golden, JsonElement entry, float[] scores)
    {
        var rule = entry.GetProperty("method").GetString() == "topn" ? SelectionRule.TopN : SelectionRule.Greedy;
        var circuit = EdgeRanking.Create(golden.Graph, scores, rule, entry.GetProperty("absolute").GetBoolean()).Select(entry.GetProperty("n").GetInt32());
        Assert.Equal(Edges(golden.Graph, entry).Order(), circuit.EdgeIndices());
        Assert.Equal(
            entry.GetProperty("nodes").EnumerateArray().Select(x => x.GetString()!).Append("logits").Order(StringComparer.Ordinal),
            circuit.NodeIndices().Select(n => GraphNames.Node(golden.Graph, n)).Order(StringComparer.Ordinal));
    }

    private static List<int> Edges(CircuitGraph graph, JsonElement entry)
    {
        var edges = entry.GetProperty("edges").EnumerateArray().Select(x => GraphNames.FindEdge(graph, x.GetString())).ToList();
        Assert.DoesNotContain(-1, edges);
        return edges;
    }

    private static double[] Items(JsonElement values) => [.. values.GetProperty("items").EnumerateArray().Select(x => x.GetDouble())];
}
