using System.Collections.Immutable;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Published;

/// <summary>The mean over the vocabulary of each position's logits.</summary>
public sealed record LogitMeansEntry : PublishedEntry
{
    public override string Kind => PublishedKinds.LogitMeans;

    public override int Count => Values.Length;

    public required PublishedPrompt Prompt { get; init; }

    /// <summary>One for each position of the prompt.</summary>
    public required ImmutableArray<double> Values { get; init; }

    protected override ImmutableArray<CheckedValue> Compare(CheckSubject subject, CancellationToken cancellation)
    {
        var ids = subject.Ids(Prompt);
        if (ids.Length != Values.Length)
        {
            throw new InvalidInputException("prompt", $"has {ids.Length} tokens with this tokenizer; there are numbers for {Values.Length}");
        }

        var values = ImmutableArray.CreateBuilder<CheckedValue>(Values.Length);
        subject.ReadLogits(ids, 0, ids.Length, (position, logits) =>
        {
            var sum = 0.0;
            foreach (var logit in logits)
            {
                sum += logit;
            }

            values.Add(Number($"position {position}", Values[position], sum / logits.Length, subject, PrecisionAllowance.Means));
        });
        return values.MoveToImmutable();
    }
}
