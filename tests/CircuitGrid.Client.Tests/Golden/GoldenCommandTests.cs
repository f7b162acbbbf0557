using System.Globalization;
using System.Text.Json;
using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Golden;

/// <summary>The three commands that scripts chain give the reference library's scores, circuits and metrics.</summary>
public sealed class GoldenCommandTests
{
    private const double MetricTolerance = 2e-5;

    /// <summary>Score files of methods that <c>attribute</c> has, in batches of one size: others weigh examples unequally.</summary>
    public static TheoryData<string, string> ScoreFiles =>
    [
        .. from m in GoldenFolder.Models
           from f in GoldenFolder.Files(m, "scores_*")
           let meta = new GoldenFolder(m).Json(f).GetProperty("meta")
           where Method(meta) is not null && meta.GetProperty("intervention").GetString() != "zero"
           where Examples(m, meta) == meta.GetProperty("batch_size").GetInt32() || meta.GetProperty("batch_reduction").GetString() == "sum"
           select new TheoryDataRow<string, string>(m, f),
    ];

    public static TheoryData<string, string> CircuitFiles =>
    [
        .. from m in GoldenFolder.Models
           from f in GoldenFolder.Files(m, "circuits_*")
           where !f.EndsWith("_eval_zero", StringComparison.Ordinal)
           select new TheoryDataRow<string, string>(m, f),
    ];

    [Fact]
    public void ScoreFiles_CoverEveryMethodMetricAndDataSet()
    {
        foreach (var part in (string[])["_eap_logit", "_eap_prob", "_eap_ig5_", "_clean_corrupted_", "_exact_fresh_", "main_", "padded_"])
        {
            Assert.Equal(GoldenFolder.Models, Models(part));
        }

        Assert.Equal(GoldenFolder.Firsts, Models("_eap_ig30_"));
        Assert.Equal(["olmo3_tiny", "gemma2_tiny"], Models("long_"));

        static IEnumerable<string> Models(string part) => ScoreFiles.Where(f => f.Data.Item2.Contains(part, StringComparison.Ordinal)).Select(f => f.Data.Item1).Distinct();
    }

    [Theory]
    [MemberData(nameof(ScoreFiles))]
    public async Task Attribute_EveryEdge_EqualsTheReferenceLibrary(string model, string file)
    {
        using var folder = new TemporaryFolder();
        var golden = new GoldenFolder(model);
        var json = golden.Json(file);
        await AttributeAsync(golden, json.GetProperty("meta"), folder);

        var graph = GoldenFolder.ReadJson(folder["graph.json"]);
        var actual = graph.GetProperty("edges");
        var isPrecise = json.GetProperty("meta").GetProperty("dtype").GetString() == "float64";
        AssertScores(json.GetProperty("scores"), actual, Scale(model, json.GetProperty("meta")), isPrecise ? 4e-6 : 2e-5);
        if (json.TryGetProperty("scores_f64", out var precise))
        {
            AssertScores(precise, actual, Scale(model, json.GetProperty("meta")), 4e-6);
        }

        Assert.All(actual.EnumerateObject(), e => Assert.True(e.Value.GetProperty("in_graph").GetBoolean()));
    }

    [Theory]
    [MemberData(nameof(CircuitFiles))]
    public async Task CircuitAndEvaluate_EveryCircuit_EqualTheReferenceLibrary(string model, string file)
    {
        using var folder = new TemporaryFolder();
        var golden = new GoldenFolder(model);
        var json = golden.Json(file);
        var circuits = json.GetProperty("circuits").EnumerateArray().Where(c => c.GetProperty("method").GetString() != "random").ToList();
        Assert.NotEmpty(circuits);
        foreach (var circuit in circuits)
        {
            var name = $"scores_{circuit.GetProperty("scores").GetString()}";
            golden.WriteGraph(folder["theirs.json"], golden.Json(name).GetProperty("scores"));
            await AttributeAsync(golden, golden.Json(name).GetProperty("meta"), folder);
            foreach (var graph in (string[])["theirs.json", "graph.json"])
            {
                await CircuitAsync(circuit, folder[graph], folder["circuit.json"]);
                AssertCircuit(circuit, GoldenFolder.ReadJson(folder["circuit.json"]));
            }

            foreach (var metric in (string[])["logit_diff", "prob_diff"])
            {
                golden.WritePairs(folder["pairs.jsonl"], json.GetProperty("dataset").GetString()!, metric);
                var run = await ClientRun.OfAsync(
                    "evaluate", "--model", golden.Model, "--graph", folder["circuit.json"], "--pairs", folder["pairs.jsonl"], "--metric", GoldenFolder.MetricName(metric), "--json");
                AssertEvaluation(circuit, json.GetProperty("baselines"), metric, run.Succeeded().Json);
            }
        }
    }

    [Theory]
    [InlineData("neox_tiny25", "main")]
    [InlineData("gpt2_tiny", "padded")]
    public async Task Evaluate_SeveralIdsUnderLogitDifference_IsTheDifferenceOfMeans(string model, string dataset)
    {
        using var folder = new TemporaryFolder();
        var golden = new GoldenFolder(model);
        golden.WritePairs(folder["pairs.jsonl"], dataset, "good", "bad");
        golden.WriteGraph(folder["graph.json"], golden.Json("scores_main_eap_logit_diff_b12").GetProperty("scores"));
        var run = await ClientRun.OfAsync(
            "evaluate", "--model", golden.Model, "--graph", folder["graph.json"], "--pairs", folder["pairs.jsonl"], "--metric", "logit-diff", "--json");

        var logits = golden.Json("logits").GetProperty(dataset);
        var items = golden.Json("inputs").GetProperty(dataset).GetProperty("items").EnumerateArray().ToList();
        double Expected(string side) => items
            .Select((item, i) => MeanLogit(logits.GetProperty(side).GetProperty("last_position")[i], item.GetProperty("good")) - MeanLogit(logits.GetProperty(side).GetProperty("last_position")[i], item.GetProperty("bad")))
            .Average();
        var metric = run.Succeeded().Json.GetProperty("metric");
        Assert.Equal(Expected("clean"), metric.GetProperty("model").GetDouble(), MetricTolerance);
        Assert.Equal(Expected("corrupted"), metric.GetProperty("corrupted").GetDouble(), MetricTolerance);
        Assert.Equal(metric.GetProperty("model").GetDouble(), metric.GetProperty("circuit").GetDouble());
    }

    private static async Task AttributeAsync(GoldenFolder golden, JsonElement meta, TemporaryFolder folder)
    {
        var metric = meta.GetProperty("metric").GetString()!;
        golden.WritePairs(folder["pairs.jsonl"], meta.GetProperty("dataset").GetString()!, metric);
        List<string> args =
        [
            "attribute", "--model", golden.Model, "--pairs", folder["pairs.jsonl"], "--metric", GoldenFolder.MetricName(metric),
            "--method", Method(meta)!, "--out", folder["graph.json"],
        ];
        if (meta.GetProperty("steps").ValueKind == JsonValueKind.Number)
        {
            args.AddRange(["--steps", meta.GetProperty("steps").GetInt32().ToString(CultureInfo.InvariantCulture)]);
        }

        (await ClientRun.OfAsync([.. args])).Succeeded();
    }

    private static async Task CircuitAsync(JsonElement circuit, string graph, string output)
    {
        List<string> args =
        [
            "circuit", "--graph", graph, "--edges", circuit.GetProperty("n").GetInt32().ToString(CultureInfo.InvariantCulture),
            "--select", circuit.GetProperty("method").GetString() == "topn" ? "top-n" : "greedy", "--out", output,
        ];
        if (!circuit.GetProperty("absolute").GetBoolean())
        {
            args.Add("--signed");
        }

        (await ClientRun.OfAsync([.. args])).Succeeded();
    }

    private static void AssertScores(JsonElement expected, JsonElement actual, double scale, double tolerance)
    {
        var largest = expected.EnumerateObject().Max(e => Math.Abs(e.Value.GetDouble())) * scale;
        Assert.Equal(expected.EnumerateObject().Select(e => e.Name).Order(StringComparer.Ordinal), actual.EnumerateObject().Select(e => e.Name).Order(StringComparer.Ordinal));
        foreach (var edge in expected.EnumerateObject())
        {
            var (theirs, ours) = (edge.Value.GetDouble() * scale, actual.GetProperty(edge.Name).GetProperty("score").GetDouble());
            Assert.True(Math.Abs(theirs - ours) <= tolerance * largest, $"{edge.Name}: expected {theirs:R}, got {ours:R}");
        }
    }

    private static void AssertCircuit(JsonElement expected, JsonElement actual)
    {
        Assert.Equal(
            expected.GetProperty("edges").EnumerateArray().Select(e => e.GetString()!).Order(StringComparer.Ordinal),
            actual.GetProperty("edges").EnumerateObject().Where(e => e.Value.GetProperty("in_graph").GetBoolean()).Select(e => e.Name).Order(StringComparer.Ordinal));
        Assert.Equal(
            expected.GetProperty("nodes").EnumerateArray().Select(e => e.GetString()!).Append("logits").Order(StringComparer.Ordinal),
            actual.GetProperty("nodes").EnumerateObject().Where(e => e.Value.GetProperty("in_graph").GetBoolean()).Select(e => e.Name).Order(StringComparer.Ordinal));
    }

    private static void AssertEvaluation(JsonElement circuit, JsonElement baselines, string metric, JsonElement actual)
    {
        Assert.Equal(["metric", "faithfulness", "normalized_faithfulness", "edges", "nodes"], actual.EnumerateObject().Select(p => p.Name));
        Assert.Equal(["circuit", "model", "corrupted"], actual.GetProperty("metric").EnumerateObject().Select(p => p.Name));
        var (mean, clean, corrupted) = (Mean(circuit, metric), Mean(baselines, $"{metric}_clean"), Mean(baselines, $"{metric}_corrupted"));
        Assert.Equal(mean, actual.GetProperty("metric").GetProperty("circuit").GetDouble(), MetricTolerance);
        Assert.Equal(clean, actual.GetProperty("metric").GetProperty("model").GetDouble(), MetricTolerance);
        Assert.Equal(corrupted, actual.GetProperty("metric").GetProperty("corrupted").GetDouble(), MetricTolerance);
        Assert.Equal(mean / clean, actual.GetProperty("faithfulness").GetDouble(), 3 * MetricTolerance * (1 + Math.Abs(mean / clean)) / Math.Abs(clean));
        Assert.Equal(
            (mean - corrupted) / (clean - corrupted),
            actual.GetProperty("normalized_faithfulness").GetDouble(),
            6 * MetricTolerance / Math.Abs(clean - corrupted));
        Assert.Equal(circuit.GetProperty("edges").GetArrayLength(), actual.GetProperty("edges").GetInt32());
        Assert.Equal(circuit.GetProperty("nodes").GetArrayLength() + 1, actual.GetProperty("nodes").GetInt32());
    }

    private static double Mean(JsonElement parent, string name) => parent.GetProperty(name).GetProperty("mean").GetDouble();

    private static double MeanLogit(JsonElement logits, JsonElement ids) => ids.EnumerateArray().Average(id => logits[id.GetInt32()].GetDouble());

    private static string? Method(JsonElement meta) => meta.GetProperty("method").GetString() switch
    {
        "eap" => "eap",
        "eap_ig" => "eap-ig",
        "clean_corrupted" => "clean-corrupted",
        "exact_fresh" => "exact",
        _ => null,
    };

    private static int Examples(string model, JsonElement meta) =>
        new GoldenFolder(model).Json("inputs").GetProperty(meta.GetProperty("dataset").GetString()!).GetProperty("items").GetArrayLength();

    /// <summary>What the library's scores have to be multiplied by to be means over examples: it divides a batch's mean once more.</summary>
    private static double Scale(string model, JsonElement meta) =>
        Method(meta) == "exact" || meta.GetProperty("batch_reduction").GetString() == "sum" ? 1 : Examples(model, meta);
}
