using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tests.Golden;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Tests.Truths;

/// <summary>The judge judged: <see cref="PlainTransformer"/> gives the stored float64 numbers of the families to their last digit, the ninth.</summary>
public sealed class PlainTransformerTests
{
    private static readonly MetricKind[] storedMetrics = [MetricKind.LogitDifference, MetricKind.ProbabilityDifference];

    public static TheoryData<string> Models => [.. GoldenConfigs.Models];

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_EveryPrompt_AreTheStoredOnes(string model)
    {
        var plain = new Judge(model);
        foreach (var dataset in plain.Inputs.EnumerateObject())
        {
            var stored = plain.Json("logits").GetProperty(dataset.Name);
            var examples = plain.Examples(dataset.Name);
            for (var e = 0; e < examples.Length; e++)
            {
                AssertNine(stored.GetProperty("clean").GetProperty("last_position")[e], plain.Model.Run(examples[e].Clean).Logits);
                AssertNine(stored.GetProperty("corrupted").GetProperty("last_position")[e], plain.Model.Run(examples[e].Corrupted).Logits);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_EveryPosition_AreTheStoredOnes(string model)
    {
        var plain = new Judge(model);
        var stream = plain.Model.Stream(plain.Graph.LogitsSlot, plain.Model.Run(plain.Examples("main")[0].Clean).Sources);
        var stored = plain.Json("logits").GetProperty("main").GetProperty("clean").GetProperty("item0_all_positions");
        for (var p = 0; p < stream.Length; p++)
        {
            AssertNine(stored[p], plain.Model.Logits(stream[p]));
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Metric_WithOneEdgeCorrupted_IsTheStoredExactScore(string model)
    {
        var plain = new Judge(model);
        foreach (var metric in storedMetrics)
        {
            var stored = plain.Json($"scores_main_exact_fresh_{Name(metric)}_b12").GetProperty("scores");
            var examples = plain.Examples("main", metric);
            var corrupted = examples.Select(e => plain.Model.Run(e.Corrupted).Sources).ToArray();
            var clean = examples.Select(e => plain.Metric(e, metric, null)).ToArray();
            for (var edge = 0; edge < plain.Graph.Edges; edge++)
            {
                var score = examples.Select((e, i) =>
                    clean[i] - plain.Metric(e, metric, (other, current) => other == edge ? corrupted[i][plain.Graph.EdgeSources[edge]] : current)).Average();
                AssertNine(stored.GetProperty(GraphNames.Edge(plain.Graph, edge)), score);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Metrics_OfEveryCircuit_AreTheStoredOnes(string model)
    {
        var plain = new Judge(model);
        var compared = 0;
        foreach (var file in GoldenCase.Files(model, "circuits_*"))
        {
            var json = plain.Json(file);
            foreach (var circuit in json.GetProperty("circuits").EnumerateArray())
            {
                var edges = circuit.GetProperty("edges").EnumerateArray().Select(x => GraphNames.FindEdge(plain.Graph, x.GetString())).ToHashSet();
                foreach (var metric in storedMetrics)
                {
                    var examples = plain.Examples(json.GetProperty("dataset").GetString()!, metric);
                    for (var e = 0; e < examples.Length; e++)
                    {
                        var corrupted = plain.Model.Run(examples[e].Corrupted).Sources;
                        AssertNine(
                            circuit.GetProperty(Name(metric)).GetProperty("items")[e],
                            plain.Metric(examples[e], metric, (edge, current) => edges.Contains(edge) ? current : corrupted[plain.Graph.EdgeSources[edge]]));
                        compared++;
                    }
                }
            }
        }

        Assert.True(compared > 200);
    }

    /// <summary>Scores of gradients, to what central differences give.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void Slope_OfEveryEdge_IsTheStoredScore(string model)
    {
        const double Step = 1e-5;
        var plain = new Judge(model);
        var examples = plain.Examples("main");
        var stored = plain.Json("scores_main_eap_logit_diff_b12");
        var largest = stored.GetProperty("meta").GetProperty("max_abs_score").GetDouble();
        var runs = examples.Select(e => (Clean: plain.Model.Run(e.Clean).Sources, Corrupted: plain.Model.Run(e.Corrupted).Sources)).ToArray();
        for (var edge = 0; edge < plain.Graph.Edges; edge++)
        {
            var u = plain.Graph.EdgeSources[edge];
            double Moved(int example, double by) => -plain.Metric(
                examples[example],
                MetricKind.LogitDifference,
                (e, current) => e == edge
                    ? [.. current.Select((row, p) => row.Select((x, d) => x + (by * (runs[example].Corrupted[u][p][d] - runs[example].Clean[u][p][d]))).ToArray())]
                    : current);

            // The library divides a batch's mean by the number of examples once more.
            var slope = Enumerable.Range(0, examples.Length).Average(e => (Moved(e, Step) - Moved(e, -Step)) / (2 * Step)) / examples.Length;
            Assert.Equal(stored.GetProperty("scores").GetProperty(GraphNames.Edge(plain.Graph, edge)).GetDouble(), slope, 2e-7 * largest);
        }
    }

    private static string Name(MetricKind metric) => metric == MetricKind.LogitDifference ? "logit_diff" : "prob_diff";

    private static void AssertNine(JsonElement expected, double[] actual)
    {
        Assert.Equal(expected.GetArrayLength(), actual.Length);
        for (var i = 0; i < actual.Length; i++)
        {
            AssertNine(expected[i], actual[i]);
        }
    }

    /// <summary>Nine digits, and what is left of numbers of ordinary size that nearly cancel.</summary>
    private static void AssertNine(JsonElement expected, double actual) => Assert.Equal(expected.GetDouble(), actual, (5.01e-9 * Math.Abs(expected.GetDouble())) + 1e-13);

    private sealed class Judge
    {
        private readonly string folder;

        public Judge(string model)
        {
            folder = Path.Combine(AppContext.BaseDirectory, "golden", model);
            var config = GoldenConfigs.Of(model);
            Graph = new CircuitGraph(GraphShape.Of(config));
            Model = new PlainTransformer(new GoldenTensors(Path.Combine(folder, "model.safetensors"), config), Graph);
        }

        public CircuitGraph Graph { get; }

        public PlainTransformer Model { get; }

        public JsonElement Inputs => Json("inputs");

        public JsonElement Json(string name) => JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(Path.Combine(folder, $"{name}.json")));

        public ImmutableArray<Example> Examples(string dataset, MetricKind metric = MetricKind.LogitDifference)
        {
            var isDifference = metric == MetricKind.LogitDifference;
            return
            [
                .. Inputs.GetProperty(dataset).GetProperty("items").EnumerateArray().Select(item => new Example(
                    Ids(item.GetProperty("clean")),
                    Ids(item.GetProperty("corrupted")),
                    Ids(item.GetProperty(isDifference ? "correct" : "good")),
                    Ids(item.GetProperty(isDifference ? "incorrect" : "bad")))),
            ];

            static ImmutableArray<int> Ids(JsonElement ids) => ids.ValueKind == JsonValueKind.Array ? [.. ids.EnumerateArray().Select(x => x.GetInt32())] : [ids.GetInt32()];
        }

        public double Metric(Example example, MetricKind metric, PlainTransformer.EdgeValue? carry) =>
            PlainTransformer.Metric(Model.Run(example.Clean, carry).Logits, metric, example.Correct, example.Incorrect);
    }
}
