using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Models.Transformers;
using OneLineText = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Published;

/// <summary>
/// What a model says next, the likeliest token at a time. In half precision two tokens that are nearly as likely can change places, and all that follows is another text; so a text that
/// forks after <see cref="SeveralTokens"/> or more is a warning there, and no failure.
/// </summary>
public sealed record GreedyEntry : PublishedEntry
{
    /// <summary>New tokens that must agree in any precision.</summary>
    public const int SeveralTokens = 4;

    public override string Kind => PublishedKinds.Greedy;

    public override int Count => 1;

    public required PublishedPrompt Prompt { get; init; }

    /// <summary>The new tokens; empty where there is a text.</summary>
    public ImmutableArray<int> Ids { get; init; } = [];

    /// <summary>The text that follows the prompt; empty where there are ids.</summary>
    public string Text { get; init; } = "";

    protected override ImmutableArray<CheckedValue> Compare(CheckSubject subject, CancellationToken cancellation)
    {
        var ids = subject.Ids(Prompt);
        return [Ids.IsEmpty ? CompareText(ids, subject, cancellation) : CompareIds(ids, subject, cancellation)];
    }

    private CheckedValue CompareIds(ImmutableArray<int> prompt, CheckSubject subject, CancellationToken cancellation)
    {
        var said = new List<int>(Ids.Length);
        foreach (var id in GreedyContinuation.Tokens(subject.Model, prompt, Ids.Length, cancellation: cancellation))
        {
            said.Add(id);
            if (id != Ids[said.Count - 1])
            {
                break;
            }
        }

        var isSame = said.SequenceEqual(Ids);
        return Judged(string.Join(' ', Ids), string.Join(' ', said), isSame, said.Count - 1, subject);
    }

    private CheckedValue CompareText(ImmutableArray<int> prompt, CheckSubject subject, CancellationToken cancellation)
    {
        var tokenizer = subject.Required();
        if (prompt.FirstOrDefault(id => !tokenizer.IsToken(id), -1) is >= 0 and var missing)
        {
            throw new InvalidInputException("prompt", $"token id {missing} isn't in the tokenizer");
        }

        var before = tokenizer.Decode(prompt.AsSpan()).Length;

        // no token is shorter than a byte
        var most = Math.Min(Encoding.UTF8.GetByteCount(Text), subject.Model.Config.ContextLength - prompt.Length + 1);
        var (all, said) = (prompt, "");
        foreach (var id in GreedyContinuation.Tokens(subject.Model, prompt, most, cancellation: cancellation))
        {
            all = all.Add(id);
            if (!tokenizer.IsToken(id))
            {
                said = string.Create(CultureInfo.InvariantCulture, $"{said}[token {id}, which isn't in the tokenizer]");
                break;
            }

            // a token may be part of a character
            said = tokenizer.Decode(all.AsSpan())[before..].TrimEnd('\uFFFD');
            if (!Text.StartsWith(said, StringComparison.Ordinal) || said.Length == Text.Length)
            {
                break;
            }
        }

        // printed texts may have lost the space at their end
        var isSame = said.StartsWith(Text, StringComparison.Ordinal) && string.IsNullOrWhiteSpace(said[Text.Length..]);
        return Judged($"\"{OneLineText.OneLine(Text)}\"", $"\"{OneLineText.OneLine(said)}\"", isSame, all.Length - prompt.Length - 1, subject);
    }

    private CheckedValue Judged(string expected, string said, bool isSame, int agreed, CheckSubject subject)
    {
        if (isSame)
        {
            return new("", expected, said, CheckVerdict.Within);
        }

        var isHalf = Heading.Precision != WeightPrecision.Float32 || subject.Precision != WeightPrecision.Float32;
        return new("", expected, said, isHalf && agreed >= SeveralTokens ? CheckVerdict.Warning : CheckVerdict.Outside)
        {
            Remark = string.Create(CultureInfo.InvariantCulture, $"forks after {agreed} tokens{(isHalf ? " in half precision" : "")}"),
        };
    }
}
