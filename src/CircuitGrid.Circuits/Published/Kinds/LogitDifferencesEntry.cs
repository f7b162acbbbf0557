using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Published;

/// <summary>The correct answer's logit less the incorrect one's at the last position: of every prompt, or their mean.</summary>
public sealed record LogitDifferencesEntry : PublishedEntry
{
    public override string Kind => IsMean ? PublishedKinds.LogitDifferenceMean : PublishedKinds.LogitDifferences;

    public override int Count => Values.Length;

    public required ImmutableArray<PublishedPrompt> Prompts { get; init; }

    /// <summary>For every prompt the ids of both answers.</summary>
    public required ImmutableArray<(int Correct, int Incorrect)> Answers { get; init; }

    /// <summary>Whether the value is the mean over the prompts.</summary>
    public required bool IsMean { get; init; }

    /// <summary>One for each prompt, or their mean.</summary>
    public required ImmutableArray<double> Values { get; init; }

    protected override ImmutableArray<CheckedValue> Compare(CheckSubject subject, CancellationToken cancellation)
    {
        var differences = new double[Prompts.Length];
        for (var i = 0; i < Prompts.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (correct, incorrect) = Answers[i];
            subject.RequireToken(Math.Max(correct, incorrect));
            var logits = subject.LastLogits(subject.Ids(Prompts[i]));
            differences[i] = (double)logits[correct] - logits[incorrect];
        }

        return IsMean
            ? [Number("", Values[0], differences.Average(), subject, PrecisionAllowance.Logits)]
            : [.. Values.Select((expected, i) => Number(Nth("prompt", i, Values.Length), expected, differences[i], subject, PrecisionAllowance.Logits))];
    }
}
