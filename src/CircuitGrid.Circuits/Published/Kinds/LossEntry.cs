using System.Collections.Immutable;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Published;

/// <summary>The mean over all predicted positions of −ln P(next token), in nats. Of a prompt of n tokens n − 1 are predicted.</summary>
public sealed record LossEntry : PublishedEntry
{
    public override string Kind => PublishedKinds.Loss;

    public override int Count => 1;

    /// <summary>The prompts, each run by itself; at least two tokens each.</summary>
    public required ImmutableArray<PublishedPrompt> Prompts { get; init; }

    public required double Value { get; init; }

    protected override ImmutableArray<CheckedValue> Compare(CheckSubject subject, CancellationToken cancellation)
    {
        var (sum, count) = (0.0, 0);
        foreach (var prompt in Prompts)
        {
            cancellation.ThrowIfCancellationRequested();
            var ids = subject.Ids(prompt);
            if (ids.Length < 2)
            {
                throw new InvalidInputException("prompt", "has fewer than two tokens, so that none is predicted");
            }

            subject.ReadLogits(ids, 0, ids.Length - 1, (position, logits) => sum += CheckSubject.LogSum(logits) - logits[ids[position + 1]]);
            count += ids.Length - 1;
        }

        return [Number("", Value, sum / count, subject, PrecisionAllowance.Losses)];
    }
}
