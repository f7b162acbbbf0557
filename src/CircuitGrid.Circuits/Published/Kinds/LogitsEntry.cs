using System.Collections.Immutable;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Published;

/// <summary>Logits of neighbouring tokens at one position.</summary>
public sealed record LogitsEntry : PublishedEntry
{
    public override string Kind => PublishedKinds.Logits;

    public override int Count => Values.Length;

    public required PublishedPrompt Prompt { get; init; }

    /// <summary>The position, from 0 on.</summary>
    public required int Position { get; init; }

    /// <summary>The first token.</summary>
    public required int FirstToken { get; init; }

    /// <summary>One for each token from the first on.</summary>
    public required ImmutableArray<double> Values { get; init; }

    protected override ImmutableArray<CheckedValue> Compare(CheckSubject subject, CancellationToken cancellation)
    {
        var ids = subject.Ids(Prompt);
        if (Position >= ids.Length)
        {
            throw new InvalidInputException("prompt", $"has {ids.Length} tokens with this tokenizer, and no position {Position}");
        }

        subject.RequireToken(FirstToken + Values.Length - 1);
        ImmutableArray<CheckedValue> values = [];
        subject.ReadLogits(ids, Position, 1, (_, logits) =>
        {
            var here = logits.Slice(FirstToken, Values.Length).ToArray();
            values = [.. Values.Select((expected, i) => Number($"token {FirstToken + i}", expected, here[i], subject, PrecisionAllowance.Logits))];
        });
        return values;
    }
}
