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

    [Fact]
    public void Read_OlderNodesForm_IsRead()
    {
        File.WriteAllText(FilePath, """
            {"cfg": {"n_layers": 1, "n_heads": 1, "parallel_attn_mlp": true, "d_model": 4, "extra": 1},
             "nodes": {"input": true, "a0.h0": false, "m0": true, "logits": true},
             "edges": {"input->a0.h0<q>": {"score": 1, "in_graph": false}, "input->a0.h0<k>": {"score": 0, "in_graph": false},
                       "input->a0.h0<v>": {"score": 0, "in_graph": false}, "input->m0": {"score": -2.5e-3, "in_graph": true},
                       "input->logits": {"score": 3, "in_graph": false}, "a0.h0->logits": {"score": 0, "in_graph": false},
                       "m0->logits": {"score": 7, "in_graph": true}}}
            """);
        var circuit = GraphFile.Read(FilePath).ToCircuit();
        Assert.Equal(["input->m0", "m0->logits"], circuit.EdgeIndices().Select(e => GraphNames.Edge(circuit.Graph, e)));
        Assert.Equal(3, circuit.NodeCount);
    }

    [Theory]
    [InlineData("\"n_layers\":2", "\"n_layers\":-2", "cfg.n_layers")]
    [InlineData("\"n_layers\":2", "\"n_layers\":100000", "more edges than a file")]
    [InlineData("\"n_heads\":2", "\"n_heads\":3", "is missing")]
    [InlineData("\"n_heads\":2", "\"n_heads\":1", "is not in a graph")]
    [InlineData("\"m1->logits\"", "\"m0->logits\"", "listed twice")]
    [InlineData("\"m1->logits\"", "\"m7->logits\"", "'m7->logits' is not in a graph")]
    [InlineData("\"score\":1.5,", "", "no finite score")]
    [InlineData("\"score\":1.5,", "\"score\":1e99,", "no finite score")]
    [InlineData("\"score\":1.5,", "\"score\":NaN,", "no valid JSON")]
    [InlineData("\"score\":1.5,\"in_graph\":true", "\"score\":1.5,\"in_graph\":3", "expected true or false")]
    [InlineData("\"edges\"", "\"edge\"", "no object 'edges'")]
    [InlineData("}}}", "}}", "no valid JSON")]
    public void Read_DamagedFile_SaysWhatIsWrong(string from, string to, string message)
    {
        GraphFile.Write(FilePath, Sample(new CircuitGraph(new GraphShape(2, 2, Parallel: true, 8))));
        var text = File.ReadAllText(FilePath);
        Assert.Contains(from, text, StringComparison.Ordinal);
        var index = text.IndexOf(from, StringComparison.Ordinal);
        File.WriteAllText(FilePath, text[..index] + to + text[(index + from.Length)..]);
        var error = Assert.Throws<InvalidInputException>(() => GraphFile.Read(FilePath));
        Assert.StartsWith(FilePath, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MissingFile_NamesIt() =>
        Assert.StartsWith(FilePath, Assert.Throws<InvalidInputException>(() => GraphFile.Read(FilePath)).Message, StringComparison.Ordinal);

    [Fact]
    public void Write_FolderThatIsNotThere_NamesTheFile()
    {
        var path = Path.Combine(folder, "no", "graph.json");
        var error = Assert.Throws<InvalidInputException>(() => GraphFile.Write(path, Sample(new CircuitGraph(new GraphShape(1, 1, Parallel: true, 8)))));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
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
                Assert.All(document.Scores, s => Assert.True(float.IsFinite(s)));
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
