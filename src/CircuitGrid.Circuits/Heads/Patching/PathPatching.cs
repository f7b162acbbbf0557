using System.Collections.Immutable;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Heads.Patching;

/// <summary>
/// Path patching (Wang et al. 2022, in the form of Tigges et al. 2024; docs/method.md, path patching): what some heads, the senders, write on the
/// corrupted prompt reaches a receiver directly or through MLPs, while every other head is held at what it did on the clean prompt; a second
/// clean run then computes everything from the receiver on.
/// </summary>
public static class PathPatching
{
    private const int RowsPerBatch = 512;
    private const long DefaultBudget = 256L << 20;

    /// <param name="model">The model.</param>
    /// <param name="examples">Clean and corrupted prompts of equal length, with the answers of the clean ones.</param>
    /// <param name="metric">What is measured at the answer rows.</param>
    /// <param name="senders">Sets of heads; each is patched by itself.</param>
    /// <param name="receivers">Where the paths end. A receiver that a sender can't reach gets its clean value.</param>
    /// <param name="positions">Where the senders are patched and the receivers receive.</param>
    /// <param name="memoryBudget">Bytes that activations may take beside the weights.</param>
    /// <param name="cancellation">Checked between sets.</param>
    /// <exception cref="InvalidInputException">A prompt doesn't fit the model, or a metric isn't finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A head isn't one of the model's, or there is no example.</exception>
    public static PathPatchResult Run(
        Transformer model,
        IReadOnlyList<Example> examples,
        MetricKind metric,
        IReadOnlyList<ImmutableArray<HeadIndex>> senders,
        PathReceivers receivers,
        PatchPositions positions = PatchPositions.All,
        long? memoryBudget = null,
        CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(examples.Count);
        foreach (var head in senders.SelectMany(s => s).Concat(receivers.Heads))
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)head.Layer, (uint)model.Config.Layers, nameof(senders));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)head.Head, (uint)model.Config.Heads, nameof(senders));
        }

        var budget = memoryBudget ?? DefaultBudget;
        var kept = 8L * model.Config.Layers * model.Config.Width * sizeof(float);
        var rows = (int)Math.Clamp(budget / 2 / kept, 1, RowsPerBatch);
        List<PathPatchResult> parts = [];
        for (var first = 0; first < examples.Count;)
        {
            var count = 1;
            for (var taken = RowsOf(examples[first]); first + count < examples.Count && taken + RowsOf(examples[first + count]) <= rows; count++)
            {
                taken += RowsOf(examples[first + count]);
            }

            using var batch = new PathPatchBatch(model, [.. examples.Skip(first).Take(count)], metric, receivers, positions);
            parts.Add(batch.Run(senders, budget / 2, cancellation));
            first += count;
        }

        return new PathPatchResult(
            [.. parts.SelectMany(p => p.Clean)],
            [.. parts.SelectMany(p => p.Corrupted)],
            [.. senders.Select((_, s) => parts.SelectMany(p => p.Patched[s]).ToArray())],
            Joined(parts, p => p.CleanAttention),
            [.. senders.Select((_, s) => Joined(parts, p => p.Attention[s]))]);

        int RowsOf(Example example) => AnswerSequence.Of(example, metric).Sum(s => s.Clean.Length);
    }

    /// <summary>One set for every head of the model, by layer and head.</summary>
    public static ImmutableArray<ImmutableArray<HeadIndex>> EveryHead(Transformer model) =>
        [.. from layer in Enumerable.Range(0, model.Config.Layers) from head in Enumerable.Range(0, model.Config.Heads) select ImmutableArray.Create(new HeadIndex(layer, head))];

    private static float[][][] Joined(List<PathPatchResult> parts, Func<PathPatchResult, float[][][]> attention) =>
        [.. Enumerable.Range(0, attention(parts[0]).Length).Select(head => parts.SelectMany(p => attention(p)[head]).ToArray())];
}
