using System.Text.Json;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;

namespace CircuitGrid.Circuits.Tests.Golden;

public sealed class GoldenScoreTests
{
    /// <summary>Methods of the reference library that are out of scope here: they score other quantities.</summary>
    private static readonly string[] OtherMethods = ["ig_activations", "information_flow", "exact_library"];

    public static TheoryData<string, string, string> Cases =>
    [
        .. from m in GoldenCase.Models
           from d in GoldenCase.Devices.Keys
           from f in GoldenCase.Files(m, "scores_*")
           where !OtherMethods.Any(f.Contains)
           select new TheoryDataRow<string, string, string>(m, d, f),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Scores_EveryEdge_EqualTheReferenceLibrary(string model, string device, string file)
    {
        using var golden = GoldenCase.Open(model, device);
        var json = golden.Json(file);
        var actual = LibraryScores(golden, json.GetProperty("meta"));
        var expected = json.GetProperty("scores");
        var largest = expected.EnumerateObject().Max(e => Math.Abs(e.Value.GetDouble()));
        Assert.Equal(golden.Graph.Edges, expected.EnumerateObject().Count());

        var isPrecise = json.GetProperty("meta").GetProperty("dtype").GetString() == "float64";
        GoldenCase.AssertClose(InOrder(golden.Graph, expected), actual, (isPrecise ? GoldenCase.ScoreTolerance : 2e-5) * largest, "scores");
        if (json.TryGetProperty("scores_f64", out var precise))
        {
            GoldenCase.AssertClose(InOrder(golden.Graph, precise), actual, 4e-6 * largest, "float64");
        }
    }

    [Fact]
    public void Cases_OfAllModels_CoverEveryMethodAskedFor()
    {
        foreach (var method in (string[])["eap_logit", "eap_prob", "eap_ig5", "clean_corrupted_logit", "clean_corrupted_prob", "exact_fresh", "padded_eap_ig5"])
        {
            Assert.Equal(GoldenCase.Models, Models(method));
        }

        foreach (var method in (string[])["eap_ig30", "eap_zero"])
        {
            Assert.Equal(GoldenCase.WithGradients, Models(method));
        }

        Assert.Equal(["olmo3_tiny", "gemma2_tiny"], Models("long_eap_ig5"));

        static IEnumerable<string> Models(string method) => Cases.Where(c => c.Data.Item3.Contains(method, StringComparison.Ordinal)).Select(c => c.Data.Item1).Distinct();
    }

    /// <summary>Our per-example scores, averaged the way the library does (tests/golden/README.md, DIVISION).</summary>
    internal static double[] LibraryScores(GoldenCase golden, JsonElement meta)
    {
        var metric = GoldenCase.Metric(meta.GetProperty("metric").GetString()!);
        var examples = golden.Examples(meta.GetProperty("dataset").GetString()!, metric);
        var (batch, n) = (meta.GetProperty("batch_size").GetInt32(), examples.Length);
        var method = meta.GetProperty("method").GetString()!;
        var options = new AttributionOptions
        {
            Method = method switch
            {
                "eap" => AttributionMethod.Eap,
                "eap_ig" => AttributionMethod.EapIg,
                "clean_corrupted" => AttributionMethod.CleanCorrupted,
                "exact_fresh" => AttributionMethod.Exact,
                _ => throw new ArgumentException(method),
            },
            Steps = meta.GetProperty("steps").ValueKind == JsonValueKind.Number ? meta.GetProperty("steps").GetInt32() : 1,
            Blocks = n,
        };
        var ablation = meta.GetProperty("intervention").GetString() == "zero" ? Ablation.Zero : Ablation.Patching;
        var scores = EdgeAttribution.Run(golden.Model, examples, metric, options, ablation);

        var divideByBatch = options.Method != AttributionMethod.Exact && meta.GetProperty("batch_reduction").GetString() == "mean";
        var result = new double[golden.Graph.Edges];
        for (var e = 0; e < n; e++)
        {
            var inBatch = Math.Min(batch, n - (e / batch * batch));
            for (var i = 0; i < result.Length; i++)
            {
                result[i] += scores.Sums(e)[i] / n / (divideByBatch ? inBatch : 1);
            }
        }

        return result;
    }

    /// <summary>A file's scores in canonical edge order.</summary>
    internal static double[] InOrder(CircuitGraph graph, JsonElement scores) =>
        [.. Enumerable.Range(0, graph.Edges).Select(e => scores.GetProperty(GraphNames.Edge(graph, e)).GetDouble())];
}
