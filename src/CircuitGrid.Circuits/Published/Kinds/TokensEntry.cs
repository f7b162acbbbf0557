using System.Collections.Immutable;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Circuits.Published;

/// <summary>Token ids of texts, without tokens before or after them.</summary>
public sealed record TokensEntry : PublishedEntry
{
    public override string Kind => PublishedKinds.Tokens;

    public override int Count => Texts.Length;

    public required ImmutableArray<string> Texts { get; init; }

    /// <summary>For every text its ids.</summary>
    public required ImmutableArray<ImmutableArray<int>> Ids { get; init; }

    protected override ImmutableArray<CheckedValue> Compare(CheckSubject subject, CancellationToken cancellation) =>
    [
        .. Texts.Select((text, i) =>
        {
            var ids = subject.Required().Encode(text);
            return new CheckedValue(
                $"\"{Text.OneLine(text)}\"", string.Join(' ', Ids[i]), string.Join(' ', ids), ids.AsSpan().SequenceEqual(Ids[i].AsSpan()) ? CheckVerdict.Within : CheckVerdict.Outside);
        }),
    ];
}
