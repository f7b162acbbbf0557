using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace CircuitGrid.Models.Training.Text;

/// <summary>The kinds of documents of the training text.</summary>
public enum DocumentKind
{
    Story,
    History,
    Portrait,
    Agreement,
    Passage,
    Enumeration,
    Filler,
}

/// <summary>
/// The training text of the nano suite: an endless series of short documents in the language of <see cref="NanoLanguage"/>, in which the
/// phenomena of the four tasks occur among other text, without the combinations that <see cref="HeldOut"/> keeps for the prompts.
/// The same seed gives the same documents.
/// </summary>
public static partial class TrainingText
{
    private static readonly Lazy<ImmutableArray<string>> pieces = new(() =>
        [.. SampleWithoutPassages().SelectMany(d => Piece().Matches(d).Select(m => m.Value)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);

    private static readonly Lazy<ImmutableArray<string>> words = new(() =>
        [.. pieces.Value.Where(p => p[0] == ' ' && char.IsAsciiLetter(p[1])).Select(p => p[1..])]);

    /// <summary>How many documents of each kind there are in a hundred.</summary>
    public static ImmutableArray<(DocumentKind Kind, int Percent)> Mixture { get; } =
    [
        (DocumentKind.Story, 26), (DocumentKind.History, 23), (DocumentKind.Portrait, 14), (DocumentKind.Agreement, 12),
        (DocumentKind.Passage, 13), (DocumentKind.Enumeration, 6), (DocumentKind.Filler, 6),
    ];

    /// <summary>Every word that follows a space somewhere, in ordinal order: what passages are made of.</summary>
    public static ImmutableArray<string> Words => words.Value;

    /// <summary>Every word (with the space before it, where it has one), mark and ending of the language but years, in ordinal order.</summary>
    public static ImmutableArray<string> Pieces => pieces.Value;

    /// <summary>The documents of a seed, without end.</summary>
    public static IEnumerable<string> Documents(int seed)
    {
        var random = SeededRandom.ForStream(seed, 0);
        while (true)
        {
            yield return Write(Draw(random), random);
        }
    }

    /// <summary>The documents of one kind of a seed, without end.</summary>
    public static IEnumerable<string> Documents(int seed, DocumentKind kind)
    {
        var random = SeededRandom.ForStream(seed, 1 + (ulong)kind);
        while (true)
        {
            yield return Write(kind, random);
        }
    }

    private static IEnumerable<string> SampleWithoutPassages()
    {
        const int Enough = 4000;
        return Mixture.Where(m => m.Kind != DocumentKind.Passage).SelectMany(m => Documents(seed: 0, m.Kind).Take(Enough));
    }

    private static DocumentKind Draw(SeededRandom random)
    {
        var ticket = random.Next(Mixture.Sum(m => m.Percent));
        foreach (var (kind, percent) in Mixture)
        {
            ticket -= percent;
            if (ticket < 0)
            {
                return kind;
            }
        }

        throw new InvalidOperationException("The ticket is below the sum of the percents.");
    }

    private static string Write(DocumentKind kind, SeededRandom random) => kind switch
    {
        DocumentKind.Story => Stories.Write(random),
        DocumentKind.History => Histories.Write(random),
        DocumentKind.Portrait => Portraits.Write(random),
        DocumentKind.Agreement => Agreements.Write(random),
        DocumentKind.Passage => Passages.Write(Words, random),
        DocumentKind.Enumeration => Enumerations.Write(random),
        DocumentKind.Filler => Fillers.Write(random),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    [GeneratedRegex("'t| ?[A-Za-z]+|[^ A-Za-z0-9']+", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Piece();
}
