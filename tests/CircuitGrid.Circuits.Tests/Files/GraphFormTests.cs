using System.Text;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Files;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Tests.Truths;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Circuits.Tests.Files;

/// <summary>Graph files of every form mean what the EAP-IG library takes them to mean.</summary>
public sealed class GraphFormTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("graph-forms").FullName;

    private string FilePath => Path.Combine(folder, "graph.json");

    public static TheoryData<string, string> Forms =>
        [.. from kind in TruthModel.Kinds from form in GraphSamples.Scored.Concat(GraphSamples.Unscored) select new TheoryDataRow<string, string>(kind, form)];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Read_EveryForm_EvaluatesLikeThePlainModelWithTheNamedEdges(string kind, string form)
    {
        using var model = new TruthModel(kind);
        var library = LibraryGraph.Of(model.Config);
        var examples = model.Examples(3);
        foreach (var density in (double[])[0.2, 0.6, 0.9])
        {
            var (samples, edgesIn, scores) = Sample(library, density);
            File.WriteAllText(FilePath, samples.ToJson(form));
            var document = GraphFile.Read(FilePath);
            using var evaluator = new CircuitEvaluator(model.Engine, examples, MetricKind.LogitDifference, Ablation.Patching);
            var actual = evaluator.Evaluate([Circuit.Prune(model.Graph, document.ToCircuit().EdgeIndices())])[0];
            for (var i = 0; i < examples.Length; i++)
            {
                var corrupted = model.Plain.Run(examples[i].Corrupted).Sources;
                var logits = model.Plain.Run(
                    examples[i].Clean,
                    (edge, current) => edgesIn.Contains(GraphNames.Edge(model.Graph, edge)) ? current : corrupted[model.Graph.EdgeSources[edge]]).Logits;
                Assert.Equal(PlainTransformer.Metric(logits, MetricKind.LogitDifference, examples[i].Correct, examples[i].Incorrect), actual[i], 1e-5);
            }

            if (GraphSamples.Scored.Contains(form))
            {
                Assert.Equal(scores.OrderBy(x => x.Key, StringComparer.Ordinal).Select(x => (x.Key, (float)x.Value)), ByName(document).OrderBy(x => x.Name, StringComparer.Ordinal));
            }
            else
            {
                Assert.Contains("has no score", Assert.Throws<InvalidInputException>(() => document.RequireScores(FilePath)).Reason, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void RequireScores_OneMissing_NamesItsEdge()
    {
        var (samples, _, _) = Sample(new(2, 2, parallel: true, 4), 0.5);
        Write(samples.ToJson("2025").Replace("\"a0.h1->m1\": {\"score\": ", "\"a0.h1->m1\": {\"score\": NaN, \"x\": 0, \"y\": ", StringComparison.Ordinal).Replace("\"y\": ", "\"z\": ", StringComparison.Ordinal));
        var foreign = new ForeignKeys(["z"]);
        var document = GraphFile.Read(FilePath, foreign);
        Assert.StartsWith("edge a0.h1->m1 has no score", Assert.Throws<InvalidInputException>(() => document.RequireScores(FilePath)).Reason, StringComparison.Ordinal);
        Assert.Equal([new(FilePath, "edges: a0.h1->m1: z")], foreign.PassedOver);
        var note = Assert.Single(foreign.Notes);
        Assert.StartsWith("edges: a0.h1->m1 has a key 'x', which isn't known; it is 0", note.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Infinity", "Infinity")]
    [InlineData("-Infinity", "-Infinity")]
    [InlineData("1e39", "1E+39")]
    public void Read_InfiniteScore_NamesItsEdge(string score, string shown)
    {
        var (samples, _, scores) = Sample(new(1, 1, parallel: true, 4), 0.5);
        Write(samples.ToJson("2025").Replace($"\"score\": {LibraryGraph.Number(scores["m0->logits"])}", $"\"score\": {score}", StringComparison.Ordinal));
        Assert.StartsWith($"edge m0->logits has the score {shown};", Assert.Throws<InvalidInputException>(() => GraphFile.Read(FilePath)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MaskWithAHole_IsRefusedForEveryNodeThatIsIn()
    {
        var library = new LibraryGraph(2, 2, parallel: true, 4);
        var (samples, _, _) = Sample(library, 0.7);
        foreach (var node in library.Sources)
        {
            Write(samples.WithNeurons(n => n == node ? [true, false, true, true] : Enumerable.Repeat(true, 4)));
            if (samples.IsIn(node))
            {
                Assert.StartsWith($"node {node} is in, but only 3 of its 4 neurons are", Assert.Throws<InvalidInputException>(() => GraphFile.Read(FilePath)).Reason, StringComparison.Ordinal);
            }
            else
            {
                GraphFile.Read(FilePath);
            }
        }
    }

    [Fact]
    public void Read_MaskMissingBesideOthers_IsRefused()
    {
        // The library starts with masks of nothing and fills in those that the file has.
        var (samples, _, _) = Sample(new(2, 2, parallel: true, 4), 1);
        Write(samples.WithNeurons(n => n == "m1" ? null : Enumerable.Repeat(true, 4)));
        Assert.StartsWith("node m1 is in, but has no mask of neurons", Assert.Throws<InvalidInputException>(() => GraphFile.Read(FilePath)).Reason, StringComparison.Ordinal);
        Write(samples.WithNeurons(n => n == "logits" ? null : Enumerable.Repeat(true, 4)));
        GraphFile.Read(FilePath);
        Write(samples.WithNeurons(n => Enumerable.Repeat(true, n == "m1" ? 5 : 4)));
        Assert.StartsWith("node m1 has a mask of 5 neurons", Assert.Throws<InvalidInputException>(() => GraphFile.Read(FilePath)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NodesMarkedWithoutAnEdge_IsRefused()
    {
        var library = new LibraryGraph(2, 2, parallel: false, 4);
        var samples = Sample(library, 0).Samples;
        Write(samples.WithNodes(n => n == "m1"));
        Assert.StartsWith("node m1 is in, but no edge is", Assert.Throws<InvalidInputException>(() => GraphFile.Read(FilePath)).Reason, StringComparison.Ordinal);
        Write(samples.WithNodes(n => n is "input" or "logits"));
        Assert.Equal(0, GraphFile.Read(FilePath).ToCircuit().EdgeCount);
    }

    [Fact]
    public void Read_NodeMarkedOutOfItsOwnCircuit_IsRefused()
    {
        var library = new LibraryGraph(2, 2, parallel: false, 4);
        foreach (var node in library.Sources)
        {
            Write(Sample(library, 1).Samples.WithNodes(n => n != node));
            var error = Assert.Throws<InvalidInputException>(() => GraphFile.Read(FilePath));
            Assert.Contains($"its node {node} isn't", error.Reason, StringComparison.Ordinal);
        }

        // What selection without pruning leaves: every node marked, and some with edges that lead nowhere.
        var (samples, edgesIn, _) = Sample(library, 0.4);
        Write(samples.WithNodes(_ => true));
        Assert.Equal(edgesIn.Count, GraphFile.Read(FilePath).EdgesIn.Count(x => x));
        Write(samples.WithNodes(n => n != "logits"));
        GraphFile.Read(FilePath);
    }

    [Fact]
    public void Read_GraphOfPositions_IsRefused()
    {
        var (samples, _, _) = Sample(new(1, 1, parallel: true, 4), 0.5);
        Write(samples.ToJson("2024").Replace("\"n_pos\": null", "\"n_pos\": 12", StringComparison.Ordinal));
        Assert.StartsWith("n_pos isn't null", Assert.Throws<InvalidInputException>(() => GraphFile.Read(FilePath)).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_EveryFormWithOneKeyChanged_GivesTheSameCircuitOrAnError(bool parallel)
    {
        var library = new LibraryGraph(1, 1, parallel, 3);
        var (samples, _, _) = Sample(library, 0.7);
        var (same, refused) = (0, 0);
        foreach (var form in GraphSamples.Scored.Concat(GraphSamples.Unscored))
        {
            var json = samples.ToJson(form);
            var original = Read(json);
            foreach (var (what, mutated) in KeyMutations.Of(json.Replace("NaN", "null", StringComparison.Ordinal)))
            {
                try
                {
                    var read = Read(mutated);
                    same++;
                    Assert.True(SameCircuit(original, read), $"{form}: {what}");
                    if (GraphSamples.Scored.Contains(form) && !read.Scores.Contains(float.NaN))
                    {
                        Assert.True(original.Scores.SequenceEqual(read.Scores), $"{form}: {what}");
                    }
                }
                catch (InvalidInputException e)
                {
                    refused++;
                    Assert.StartsWith(FilePath, e.Message, StringComparison.Ordinal);
                }
            }
        }

        Assert.True(same > 500 && refused > 5000, $"{same} read, {refused} refused");

        GraphDocument Read(string text) => GraphJson.Read(FilePath, Encoding.UTF8.GetBytes(text), new());
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static (GraphSamples Samples, HashSet<string> EdgesIn, Dictionary<string, double> Scores) Sample(LibraryGraph library, double density)
    {
        var random = new Random(8);
        var names = library.Edges.Select(e => $"{e.From}->{e.To}").ToList();
        var edgesIn = names.Where(_ => random.NextDouble() < density).ToHashSet(StringComparer.Ordinal);
        var scores = names.ToDictionary(n => n, _ => (double)(float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-9, 3))), StringComparer.Ordinal);
        return (new(library, edgesIn, scores), edgesIn, scores);
    }

    private static bool SameCircuit(GraphDocument a, GraphDocument b) =>
        a.Graph.Edges == b.Graph.Edges && a.ToCircuit().EdgeIndices().Select(e => GraphNames.Edge(a.Graph, e)).SequenceEqual(b.ToCircuit().EdgeIndices().Select(e => GraphNames.Edge(b.Graph, e)));

    private static IEnumerable<(string Name, float Score)> ByName(GraphDocument document) => document.Scores.Select((s, e) => (GraphNames.Edge(document.Graph, e), s));

    private void Write(string text) => File.WriteAllText(FilePath, text);
}
