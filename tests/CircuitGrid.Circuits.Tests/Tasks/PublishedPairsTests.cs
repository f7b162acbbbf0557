using System.Text;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Pairs;
using CircuitGrid.Circuits.Tests.Heads;
using CircuitGrid.Circuits.Tests.Truths;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Tests.Tasks;

/// <summary>The published CSV forms, from the file to edge scores and a circuit's metric, against a float64 model and answers worked out by hand.</summary>
public sealed class PublishedPairsTests
{
    private static readonly Tokenizer s_tokenizer = Tokenizer.Load(Path.Combine(NanoFolder.Path, "tokenizer.json"));

    private static readonly IReadOnlyDictionary<string, PublishedForm> s_forms = PublishedForm.All(s_tokenizer);

    public static TheoryData<string, bool> Forms { get; } = [.. from name in s_forms.Keys from bos in new[] { false, true } select new TheoryDataRow<string, bool>(name, bos)];

    public static TheoryData<string> Names { get; } = [.. s_forms.Keys];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Run_APublishedForm_GivesWhatAPlainModelGives(string name, bool bos)
    {
        var form = s_forms[name];
        using var model = new TruthModel("neox", change: x => x with { Layers = 2, Vocabulary = s_tokenizer.VocabularySize, ContextLength = 64 });
        var circuit = Circuit.Prune(model.Graph, Enumerable.Range(0, model.Graph.Edges).Where(e => e % 3 != 0));
        foreach (var metric in form.Metrics)
        {
            var dataset = Read(form.Csv, metric, bos);
            Example[] expected = [.. form.Expected.Select(x => new Example(Tokens(x.Clean, bos), Tokens(x.Corrupted, bos), [.. x.Correct.Select(Id)], [.. x.Incorrect.Select(Id)]))];
            var corrupted = expected.Select(x => model.Plain.Run(x.Corrupted).Sources).ToArray();

            using var evaluator = new CircuitEvaluator(model.Engine, dataset.Examples, dataset.Metric);
            AssertClose([.. expected.Select(x => Plain(x, x.Clean))], evaluator.CleanMetrics);
            AssertClose([.. expected.Select(x => Plain(x, x.Corrupted))], evaluator.AblatedMetrics);
            AssertClose(
                [.. expected.Select((x, i) => Plain(x, x.Clean, (e, current) => circuit.ContainsEdge(e) ? current : corrupted[i][model.Graph.EdgeSources[e]]))],
                evaluator.Evaluate([circuit])[0]);

            var scores = EdgeAttribution.Run(model.Engine, dataset.Examples, dataset.Metric, new AttributionOptions { Method = AttributionMethod.Exact, Blocks = 1 });
            AssertClose(
                [
                    .. Enumerable.Range(0, model.Graph.Edges).Select(edge => expected.Select((x, i) =>
                        Plain(x, x.Clean) - Plain(x, x.Clean, (e, current) => e == edge ? corrupted[i][model.Graph.EdgeSources[e]] : current)).Average()),
                ],
                [.. scores.Mean().Select(x => (double)x)]);

            double Plain(Example example, IReadOnlyList<int> prompt, PlainTransformer.EdgeValue? carry = null) =>
                PlainTransformer.Metric(model.Plain.Run(prompt, carry).Logits, metric, example.Correct, example.Incorrect);
        }
    }

    [Fact]
    public void Run_SummedLogits_AreRefusedWhereTheyDifferFromTheirMean()
    {
        var error = Assert.Throws<InvalidInputException>(() => Read(s_forms["hypernymy"].Csv, MetricKind.LogitDifference, bos: false));

        Assert.StartsWith("pairs: line 2: answers_idx has 2 answers.", error.Message, StringComparison.Ordinal);
        const string Single = "clean,corrupted,answers_idx,corrupted_answers_idx\na,b,[1],[2]\n";
        Assert.Equal([1], Assert.Single(Read(Single, MetricKind.LogitDifference, bos: false).Examples).Correct);
    }

    [Fact]
    public void Read_ColumnsThatDescribe_AreNoted()
    {
        Assert.Equal(["not read, as they only describe: corrupted_hard"], Read(s_forms["ioi"].Csv, MetricKind.LogitDifference, bos: false).Notes);
        Assert.Equal(["correct_idx is read as the last two digits of a year: later ones are right"], Read(s_forms["greater-than"].Csv, MetricKind.LogitDifference, bos: false).Notes);
    }

    /// <summary>One column renamed, added, said twice or left out: an error, or the same examples. Only a position that was there may go without changing what is right.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Read_AHeaderChangedInOneColumn_IsNeverAnotherTask(string name)
    {
        var csv = s_forms[name].Csv.TrimStart('\uFEFF');
        var metric = s_forms[name].Metrics[^1];
        var original = Read(csv, metric, bos: false).Examples;
        var end = csv.IndexOf('\n', StringComparison.Ordinal);
        var columns = csv[..end].Split(',');
        var (same, refused) = (0, 0);
        for (var i = 0; i < columns.Length; i++)
        {
            foreach (var slip in KeySlips.Of(columns[i]))
            {
                Check([.. columns[..i], slip, .. columns[(i + 1)..]], csv[end..]);
            }

            Check([.. columns[..i], columns[(i + 1) % columns.Length], .. columns[(i + 1)..]], csv[end..]);
        }

        foreach (var added in (string[])["Position", "incorect_idx", "weight", "", "correct", "clean ", "clean"])
        {
            Check([.. columns, added], csv[end..^1].Replace("\n", ",0\n", StringComparison.Ordinal)[2..] + ",0");
        }

        Assert.InRange(refused, 20, int.MaxValue);
        Assert.InRange(same, 0, refused);

        void Check(string[] header, string rows)
        {
            try
            {
                var examples = Read(string.Join(',', header) + (rows.StartsWith('\n') ? rows : "\n" + rows), metric, bos: false).Examples;
                Assert.Equal(original.Length, examples.Length);
                Assert.All(original.Zip(examples), x => Assert.True(
                    x.First.Clean.SequenceEqual(x.Second.Clean) && x.First.Corrupted.SequenceEqual(x.Second.Corrupted)
                        && x.First.Correct.SequenceEqual(x.Second.Correct) && x.First.Incorrect.SequenceEqual(x.Second.Incorrect),
                    string.Join(',', header)));
                same++;
            }
            catch (InvalidInputException)
            {
                refused++;
            }
        }
    }

    private static TaskDataset Read(string csv, MetricKind metric, bool bos) => PairsFile.Parse(
        Encoding.UTF8.GetBytes(csv),
        "pairs",
        csv: true,
        metric,
        new() { Tokenizer = new(s_tokenizer), Limits = new(s_tokenizer.VocabularySize, 64), PrependBos = bos });

    private static int Id(string word) => Assert.Single(s_tokenizer.Encode(word));

    private static System.Collections.Immutable.ImmutableArray<int> Tokens(string prompt, bool bos) => [.. bos ? (int[])[0] : [], .. s_tokenizer.Encode(prompt)];

    private static void AssertClose(double[] expected, IReadOnlyList<double> actual)
    {
        var largest = expected.Max(Math.Abs);
        Assert.InRange(largest, 1e-6, double.MaxValue);
        Assert.Equal(expected.Length, actual.Count);
        Assert.All(expected.Zip(actual), x => Assert.Equal(x.First, x.Second, 5e-6 * largest));
    }
}
