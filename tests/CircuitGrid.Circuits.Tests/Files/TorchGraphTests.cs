using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Files;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Tests.Truths;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Circuits.Tests.Files;

/// <summary>Graph files of <c>torch.save</c>, as Python's pickle module writes them: TorchGraphs/make_files.py.</summary>
public sealed class TorchGraphTests : IDisposable
{
    private static readonly string s_files = Path.Combine(AppContext.BaseDirectory, "Files", "TorchGraphs");
    private static readonly string[] s_scored = ["2025", "2025-leftovers", "2025-neurons", "2025-columns", "2025-legacy", "2024", "2024-scalars", "2024-tensors"];
    private static readonly string[] s_unscored = ["2025-nan", "2025-membership"];

    private readonly string folder = Directory.CreateTempSubdirectory("torch-graphs").FullName;

    public static TheoryData<string, string> Forms => [.. from kind in (string[])["neox", "sequential"] from form in s_scored.Concat(s_unscored) select new TheoryDataRow<string, string>(kind, form)];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Read_EveryForm_EvaluatesLikeThePlainModelWithTheNamedEdges(string kind, string form)
    {
        using var model = new TruthModel(kind == "neox" ? kind : "gpt2");
        var expected = Expected(kind);
        var edgesIn = expected.GetProperty("edges").EnumerateArray().Select(e => e.GetString()!).ToHashSet(StringComparer.Ordinal);
        var document = GraphFile.Read(FilePath(kind, form));

        var examples = model.Examples(3);
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

        if (s_scored.Contains(form))
        {
            var scores = document.RequireScores("x");
            Assert.Equal(expected.GetProperty("scores").EnumerateObject().Count(), scores.Length);
            Assert.All(expected.GetProperty("scores").EnumerateObject(), s => Assert.Equal(s.Value.GetSingle(), scores[GraphNames.FindEdge(document.Graph, s.Name)]));
        }
        else
        {
            Assert.Contains("has no score", Assert.Throws<InvalidInputException>(() => document.RequireScores("x")).Reason, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("neurons", "is in, but only 11 of its 12 neurons are. This is a graph of neurons; whole nodes alone are read")]
    [InlineData("order", "src_nodes has 'a0.h0' where 'input' must be")]
    [InlineData("shape", "edges_in_graph: is torch.bool of shape [10, 23]; by cfg it must have shape [10, 22]")]
    [InlineData("unknown", "has a key 'threshold', which isn't known; it is 0.5. If it doesn't change what is computed, ignore it: --ignore-key threshold")]
    [InlineData("infinity", "edge a0.h0->logits has the score Infinity")]
    [InlineData("fractions", "edges_in_graph: is torch.float32 of shape [10, 22] and holds other numbers than 0 and 1")]
    public void Read_WhatMeansSomethingElse_IsRefused(string form, string reason)
    {
        var path = FilePath("neox", $"refused-{form}");
        var error = Assert.ThrowsAny<InvalidInputException>(() => GraphFile.Read(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.ThrowsAny<InvalidInputException>(() => GraphFile.Read(FilePath("sequential", $"refused-{form}")));
    }

    [Fact]
    public void Read_UnknownKeyThatSomebodySaysToIgnore_IsRead() =>
        Assert.Equal(GraphFile.Read(FilePath("neox", "2025")).EdgesIn, GraphFile.Read(FilePath("neox", "refused-unknown"), new ForeignKeys(["threshold"])).EdgesIn);

    [Fact]
    public void Read_EveryFormWithOneKeyChanged_GivesTheSameCircuitOrAnError()
    {
        var (same, refused) = (0, 0);
        foreach (var form in s_scored.Concat(s_unscored).Where(f => f != "2025-legacy"))
        {
            var original = GraphFile.Read(FilePath("neox", form));
            foreach (var (what, mutated) in Mutations(FilePath("neox", form)))
            {
                var path = Path.Combine(folder, "mutated.pt");
                File.WriteAllBytes(path, mutated);
                try
                {
                    var read = GraphFile.Read(path);
                    same++;
                    Assert.True(original.Graph.Shape == read.Graph.Shape || what.Contains("d_model", StringComparison.Ordinal), $"{form}: {what}");
                    Assert.True(original.EdgesIn.SequenceEqual(read.EdgesIn), $"{form}: {what}");
                    Assert.True(original.Scores.SequenceEqual(read.Scores) || (read.Scores.Contains(float.NaN) && what.Contains("edges", StringComparison.Ordinal)), $"{form}: {what}");
                }
                catch (InvalidInputException e)
                {
                    refused++;
                    Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
                }
            }
        }

        Assert.True(same > 20 && refused > 200, $"{same} read, {refused} refused");
    }

    [Theory]
    [InlineData("neox", "2025-neurons")]
    [InlineData("sequential", "2024-scalars")]
    public void Read_DamagedPickles_AreGraphsOrClearErrors(string kind, string form)
    {
        var path = Path.Combine(folder, "damaged.pt");
        var random = new Random(6);
        for (var round = 0; round < 500; round++)
        {
            File.WriteAllBytes(path, Changed(FilePath(kind, form), pickle =>
            {
                for (var n = random.Next(1, 4); n > 0; n--)
                {
                    pickle[random.Next(pickle.Length)] = (byte)random.Next(256);
                }

                return pickle;
            }));
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                GraphFile.Read(path);
            }
            catch (InvalidInputException e)
            {
                Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
            }

            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 8 << 20);
        }
    }

    [Fact]
    public void Read_ListsInListsManyTimes_AreRefusedWithinABound()
    {
        // A list of eight times the list before, and so on: a few bytes each, and 8^24 items.
        List<byte> nested = [(byte)']', (byte)'q', 200];
        for (var i = 0; i < 24; i++)
        {
            nested.AddRange([(byte)']', (byte)'(', .. Enumerable.Repeat<byte[]>([(byte)'h', (byte)(200 + i)], 8).SelectMany(x => x), (byte)'e', (byte)'q', (byte)(201 + i)]);
        }

        var path = Path.Combine(folder, "nested.pt");
        File.WriteAllBytes(path, Changed(FilePath("neox", "2025"), pickle => [.. pickle[..^2], .. Text("other"), .. nested, .. pickle[^2..]]));
        Assert.StartsWith(path, Assert.Throws<InvalidInputException>(() => GraphFile.Read(path)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string FilePath(string kind, string form) => Path.Combine(s_files, $"{kind}-{form}.pt");

    private static JsonElement Expected(string kind)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(s_files, "expected.json")));
        return json.RootElement.GetProperty(kind).Clone();
    }

    /// <summary>The file with a key renamed, or set to another value in the outer dictionary, where the last one counts.</summary>
    private static IEnumerable<(string What, byte[] File)> Mutations(string path)
    {
        string[] keys =
        [
            "cfg", "n_layers", "n_heads", "parallel_attn_mlp", "d_model", "src_nodes", "dst_nodes", "edges_scores", "edges", "edges_in_graph", "nodes_in_graph",
            "nodes_scores", "neurons_in_graph", "neurons_scores", "input", "a0.h0", "m1", "logits", "a0.h0<q>",
        ];
        foreach (var key in keys)
        {
            foreach (var other in keys.Concat([key + "s", key[..^1], key.ToUpperInvariant(), "other"]).Where(o => o != key))
            {
                yield return ($"{key} renamed to {other}", Changed(path, pickle => pickle.AsSpan().IndexOf(Text(key)) is >= 0 and var at ? [.. pickle[..at], .. Text(other), .. pickle[(at + Text(key).Length)..]] : pickle));
            }

            // A pickle ends with the outer dictionary's entries set, 'u', and '.'.
            foreach (var value in (byte[][])[[(byte)'N'], [0x88], [0x89], [(byte)'K', 7], [(byte)']'], [(byte)'}'], Text("text")])
            {
                yield return ($"{key} set to {Convert.ToHexString(value)}", Changed(path, pickle => [.. pickle[..^2], .. Text(key), .. value, .. pickle[^2..]]));
            }
        }
    }

    /// <summary>The file with another pickle in it.</summary>
    private static byte[] Changed(string path, Func<byte[], byte[]> change)
    {
        using var result = new MemoryStream();
        using (var from = ZipFile.OpenRead(path))
        using (var to = new ZipArchive(result, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var entry in from.Entries)
            {
                using var stream = entry.Open();
                using var bytes = new MemoryStream();
                stream.CopyTo(bytes);
                using var written = to.CreateEntry(entry.FullName, CompressionLevel.NoCompression).Open();
                written.Write(entry.Name == "data.pkl" ? change(bytes.ToArray()) : bytes.ToArray());
            }
        }

        return result.ToArray();
    }

    private static byte[] Text(string text)
    {
        var result = new byte[5 + text.Length];
        result[0] = (byte)'X';
        BinaryPrimitives.WriteInt32LittleEndian(result.AsSpan(1), text.Length);
        Encoding.ASCII.GetBytes(text, result.AsSpan(5));
        return result;
    }
}
