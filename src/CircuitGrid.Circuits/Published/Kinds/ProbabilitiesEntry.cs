using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Circuits.Published;

/// <summary>Probabilities of tokens at a prompt's last position, over the whole vocabulary.</summary>
public sealed record ProbabilitiesEntry : PublishedEntry
{
    public override string Kind => PublishedKinds.Probabilities;

    public override int Count => Values.Length;

    public required PublishedPrompt Prompt { get; init; }

    /// <summary>The tokens; empty where they are texts.</summary>
    public ImmutableArray<int> Ids { get; init; } = [];

    /// <summary>The tokens as texts, each of one token; empty where they are ids.</summary>
    public ImmutableArray<string> Texts { get; init; } = [];

    /// <summary>One for each token.</summary>
    public required ImmutableArray<double> Values { get; init; }

    protected override ImmutableArray<CheckedValue> Compare(CheckSubject subject, CancellationToken cancellation)
    {
        int[] ids = [.. Ids, .. Texts.Select(text => IdOf(text, subject))];
        subject.RequireToken(ids.Max());
        var logits = subject.LastLogits(subject.Ids(Prompt));
        var all = CheckSubject.LogSum(logits);
        return
        [
            .. Values.Select((expected, i) => Number(
                Texts.IsEmpty ? $"token {ids[i]}" : $"\"{Text.OneLine(Texts[i])}\"", expected, Math.Exp(logits[ids[i]] - all), subject, PrecisionAllowance.Probabilities)),
        ];
    }

    private static int IdOf(string text, CheckSubject subject) => subject.Required().TryGetSingleToken(text, out var id)
        ? id
        : throw new InvalidInputException("answer", $"\"{Text.OneLine(text)}\" is no single token of this tokenizer");
}
