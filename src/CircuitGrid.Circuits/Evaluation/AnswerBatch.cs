using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Evaluation;

/// <summary>The sequences of some examples, clean and corrupted, and the answers at their answer rows.</summary>
internal sealed class AnswerBatch
{
    private readonly int[] exampleOf;
    private readonly int[] exampleOfRow;

    public AnswerBatch(IReadOnlyList<Example> examples, MetricKind metric)
    {
        List<AnswerSequence> sequences = [];
        List<int> owners = [];
        foreach (var (e, example) in examples.Index())
        {
            var own = AnswerSequence.Of(example, metric);
            sequences.AddRange(own);
            owners.AddRange(Enumerable.Repeat(e, own.Length));
        }

        Count = examples.Count;
        exampleOf = [.. owners];
        exampleOfRow = [.. sequences.SelectMany((sequence, i) => Enumerable.Repeat(owners[i], sequence.AnswerRows))];
        Clean = new TokenBatch(sequences.Select(s => s.Clean), sequences.Select(s => s.AnswerRows));
        Corrupted = new TokenBatch(sequences.Select(s => s.Corrupted), sequences.Select(s => s.AnswerRows));
        Answers = new Answers(metric, [.. sequences.SelectMany(s => s.Correct)], [.. sequences.SelectMany(s => s.Incorrect)]);
    }

    /// <summary>Number of examples.</summary>
    public int Count { get; }

    public TokenBatch Clean { get; }

    public TokenBatch Corrupted { get; }

    /// <summary>Answers at the answer rows; the clean run's logits, which a divergence needs, aren't among them.</summary>
    public Answers Answers { get; }

    /// <summary>Index of the example that a sequence is of.</summary>
    public int ExampleOf(int sequence) => exampleOf[sequence];

    /// <summary>The block of every sequence from that of every example.</summary>
    public int[] BlocksOf(ReadOnlySpan<int> blockOfExample)
    {
        var blocks = new int[exampleOf.Length];
        for (var s = 0; s < blocks.Length; s++)
        {
            blocks[s] = blockOfExample[exampleOf[s]];
        }

        return blocks;
    }

    /// <summary>The metric of every example from that of every answer row.</summary>
    public double[] Sum(ReadOnlySpan<float> rows)
    {
        var sums = new double[Count];
        for (var r = 0; r < rows.Length; r++)
        {
            sums[exampleOfRow[r]] += rows[r];
        }

        return sums;
    }

    /// <summary>The clean run's logits that a divergence is taken from, [rows, V]; nothing where another metric is measured. To be disposed.</summary>
    /// <param name="model">The model.</param>
    /// <param name="finalRows">Its final residual stream on the clean prompts, at the answer rows.</param>
    public Tensor? CleanLogits(Transformer model, Tensor finalRows) => Answers.Metric == MetricKind.Divergence ? model.Logits(finalRows) : null;
}
