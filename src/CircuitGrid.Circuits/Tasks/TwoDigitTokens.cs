using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>The tokens of 00 to 99, by which a year within its century is answered.</summary>
internal static class TwoDigitTokens
{
    /// <param name="tokenizer">Of the model.</param>
    /// <param name="place">What messages call the examples.</param>
    /// <returns>100 ids; that of the number n is at n.</returns>
    /// <exception cref="InvalidInputException">One of the numbers isn't one token.</exception>
    public static ImmutableArray<int> Of(Tokenizer tokenizer, string place) =>
    [
        .. Enumerable.Range(0, 100).Select(x => tokenizer.TryGetSingleToken(Text(x), out var id)
            ? id
            : throw new InvalidInputException(place, $"\"{Text(x)}\" isn't one token of this tokenizer, so it can't be an answer")),
    ];

    /// <summary>The two digits of a number from 0 to 99.</summary>
    public static string Text(int number) => number.ToString("00", CultureInfo.InvariantCulture);
}
