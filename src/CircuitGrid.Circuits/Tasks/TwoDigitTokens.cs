using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>The tokens of 00 to 99, by which a year within its century is answered.</summary>
internal static class TwoDigitTokens
{
    /// <summary>The year by which people are shown how a tokenizer cuts years.</summary>
    public const int ShownYear = 1732;

    private const int ShownNumbers = 3;

    /// <param name="tokenizer">Of the model.</param>
    /// <param name="place">What messages call the examples.</param>
    /// <returns>100 ids; that of the number n is at n.</returns>
    /// <exception cref="InvalidInputException">One of the numbers isn't one token.</exception>
    public static ImmutableArray<int> Of(Tokenizer tokenizer, string place)
    {
        var found = Enumerable.Range(0, 100).Select(x => tokenizer.TryGetSingleToken(Text(x), out var id) ? id : (int?)null).ToArray();
        return found.Contains(null)
            ? throw Refusal(tokenizer, place, ShownYear, [.. found.Index().Where(x => x.Item is null).Select(x => Text(x.Index))])
            : [.. found.Select(x => x!.Value)];
    }

    /// <summary>The two digits of a number from 0 to 99.</summary>
    public static string Text(int number) => number.ToString("00", CultureInfo.InvariantCulture);

    /// <summary>Says what years must be made of, and what this tokenizer makes of one.</summary>
    /// <param name="tokenizer">Of the model.</param>
    /// <param name="place">What messages call the examples.</param>
    /// <param name="year">A year that shows it.</param>
    /// <param name="missing">Those of 00 to 99 that aren't one token.</param>
    public static InvalidInputException Refusal(Tokenizer tokenizer, string place, int year, ImmutableArray<string> missing)
    {
        var pieces = TokenCut.Of(tokenizer, Whole(year));
        int[] digits = [.. pieces.Select(p => p.Count(char.IsAsciiDigit)).Where(n => n > 0)];
        var how = digits.Length > 1 && digits.All(n => n == 1) ? "writes every digit as a token of its own"
            : digits is [3, 1] ? "takes digits by threes from the left"
            : digits is [4] ? "has whole years as one token"
            : missing.IsEmpty ? "cuts years otherwise"
            : $"has no token of its own for {Models.Files.Text.List(missing.Select(x => $"\"{x}\""), ShownNumbers)}";
        return new(
            place,
            $"is answered by the two digits that end a year. Each of 00 to 99 must be one token, and a year two, as \" 17\" + \"32\". This tokenizer {how}: {TokenCut.Show(tokenizer, Whole(year))}. The task can't be asked of it; leave it out, or write pairs of token ids for it");
    }

    private static string Whole(int year) => year.ToString(CultureInfo.InvariantCulture);
}
