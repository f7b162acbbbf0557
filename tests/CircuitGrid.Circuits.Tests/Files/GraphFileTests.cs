using System.Text;
using CircuitGrid.Circuits.Files;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Tests.Files;

public sealed class GraphFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("graph-file").FullName;

    private string FilePath => Path.Combine(folder, "graph.json");

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(2, 3, false)]
    public void WriteThenRead_ScoresAndMembership_ComeBackBitForBit(int layers, int heads, bool parallel)
    {
        var document = Sample(new CircuitGraph(new GraphShape(layers, heads, parallel, 24)));
        GraphFile.Write(FilePath, document);
        var read = GraphFile.Read(FilePath);
        Assert.Equal(document.Graph.Shape, read.Graph.Shape);
        Assert.Equal(document.Scores, read.Scores);
        Assert.Equal(document.EdgesIn, read.EdgesIn);
        Assert.Single(Directory.GetFiles(folder));
    }

    [Theory]
    [InlineData("\"n_layers\":2", "\"n_layers\":-2", "cfg: n_layers is -2; it must be a whole number from 1")]
    [InlineData("\"n_layers\":2", "\"n_layers\":100000", "more edges than a file")]
    [InlineData("\"n_heads\":2", "\"n_heads\":3", "has no 'input->a0.h2<q>'; a graph file lists every edge")]
    [InlineData("\"n_heads\":2", "\"n_heads\":1", "is not in a graph")]
    [InlineData("\"m1->logits\"", "\"m0->logits\"", "has the key 'm0->logits' twice")]
    [InlineData("\"m1->logits\"", "\"m7->logits\"", "edges has 'm7->logits', which is not in a graph of 2 layers and 2 heads, attention and MLP parallel")]
    [InlineData("\"score\":1.5,", "\"score\":1e99,", "m1->logits has the score 1E+99")]
    [InlineData("\"score\":1.5,", "\"score\":\"1.5\",", "m1->logits: score is a text; it must be a number")]
    [InlineData("\"score\":1.5,", "\"Score\":1.5,", "edges: m1->logits has a key 'Score'; did you mean 'score'?")]
    [InlineData("\"score\":1.5,\"in_graph\":true", "\"score\":1.5,\"in_graph\":3", "m1->logits: in_graph is a number; it must be true or false")]
    [InlineData("\"score\":1.5,\"in_graph\":true", "\"score\":1.5", "m1->logits: in_graph is missing")]
    [InlineData("\"parallel_attn_mlp\":true", "\"parallel_attn_mlp\":false", "edges has no 'a0.h0->m0'; a graph file lists every edge of a graph of 2 layers and 2 heads, attention and MLP in sequence")]
    [InlineData("\"parallel_attn_mlp\":true,", "", "edges has no 'a0.h0->m0'; a graph file lists every edge")]
    [InlineData("\"d_model\":8", "\"d_model\":8,\"gated_mlp\":true", "cfg has a key 'gated_mlp', which isn't known; it is true. If it doesn't change what is computed, ignore it: --ignore-key gated_mlp")]
    [InlineData("\"edges\"", "\"edge\"", "edges is missing")]
    [InlineData("}}}", "}}", "isn't valid JSON: it ends in the middle of a value")]
    public void Read_DamagedFile_SaysWhatIsWrong(string from, string to, string message)
    {
        GraphFile.Write(FilePath, Sample(new CircuitGraph(new GraphShape(2, 2, Parallel: true, 8))));
        var text = File.ReadAllText(FilePath);
        Assert.Contains(from, text, StringComparison.Ordinal);
        var index = text.IndexOf(from, StringComparison.Ordinal);
        File.WriteAllText(FilePath, text[..index] + to + text[(index + from.Length)..]);
        var error = Assert.ThrowsAny<InvalidInputException>(() => GraphFile.Read(FilePath));
        Assert.StartsWith(FilePath, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MissingFile_NamesIt() =>
        Assert.StartsWith(FilePath, Assert.Throws<InvalidInputException>(() => GraphFile.Read(FilePath)).Message, StringComparison.Ordinal);

    [Fact]
    public void Write_ThroughALink_ReplacesWhatItLeadsTo()
    {
        var target = Path.Combine(folder, "target.json");
        File.WriteAllText(target, "old");
        File.CreateSymbolicLink(FilePath, target);
        GraphFile.Write(FilePath, Sample(new CircuitGraph(new GraphShape(1, 1, Parallel: true, 8))));
        Assert.Equal(target, File.ResolveLinkTarget(FilePath, returnFinalTarget: true)!.FullName);
        Assert.Equal(1.5f, GraphFile.Read(target).Scores[^1]);
    }

    [Fact]
    public void WriteThenRead_WhatIsMissing_StaysMissing()
    {
        var graph = new CircuitGraph(new GraphShape(1, 2, Parallel: false, Width: 0));
        var document = GraphDocument.OfScores(graph, Enumerable.Range(0, graph.Edges).Select(e => e % 2 == 0 ? float.NaN : e));
        GraphFile.Write(FilePath, document);
        var read = GraphFile.Read(FilePath);
        Assert.Equal(0, read.Graph.Shape.Width);
        Assert.Equal(document.Scores, read.Scores);
    }

    [Fact]
    public void Read_MutatedFiles_AreGraphsOrClearErrors()
    {
        GraphFile.Write(FilePath, Sample(new CircuitGraph(new GraphShape(2, 2, Parallel: true, 8))));
        var original = File.ReadAllBytes(FilePath);
        var random = new Random(5);
        var (read, refused) = (0, 0);
        for (var round = 0; round < 3000; round++)
        {
            File.WriteAllBytes(FilePath, Mutated(original, random));
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var document = GraphFile.Read(FilePath);
                Assert.Equal(document.Graph.Edges, document.Scores.Length);
                Assert.DoesNotContain(document.Scores, float.IsInfinity);
                read++;
            }
            catch (InvalidInputException e)
            {
                Assert.StartsWith(FilePath, e.Message, StringComparison.Ordinal);
                refused++;
            }

            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4 << 20);
        }

        Assert.True(read > 100 && refused > 1000, $"{read} read, {refused} refused");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static byte[] Mutated(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 30), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.Skip(random.Next(bytes.Count)).Take(random.Next(1, 60)).ToList());
                    break;
                case 3:
                    var digits = Enumerable.Range(0, bytes.Count).Where(i => char.IsAsciiDigit((char)bytes[i])).ToList();
                    if (digits.Count > 0)
                    {
                        bytes[digits[random.Next(digits.Count)]] = (byte)('0' + random.Next(10));
                    }

                    break;
                default:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes("99999999999"));
                    break;
            }

            if (bytes.Count == 0)
            {
                bytes.Add((byte)'{');
            }
        }

        return [.. bytes];
    }

    private static GraphDocument Sample(CircuitGraph graph)
    {
        var random = new Random(2);
        float[] scores = [.. Enumerable.Range(0, graph.Edges).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-20, 5))))];
        scores[^1] = 1.5f;
        return new GraphDocument(graph, [.. scores], [.. Enumerable.Range(0, graph.Edges).Select(e => e % 3 != 1 || e == graph.Edges - 1)]);
    }
}
