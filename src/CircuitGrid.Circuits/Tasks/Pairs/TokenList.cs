using System.Globalization;
using CircuitGrid.Models.Tokenization;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>Tokens, as messages show them.</summary>
internal static class TokenList
{
    private const int Shown = 6;

    /// <summary>The first of some tokens, by text and id, or by id where no tokenizer says what they are; "nothing" for none.</summary>
    public static string Of(ReadOnlySpan<int> tokens, Lazy<Tokenizer>? tokenizer)
    {
        if (tokens.IsEmpty)
        {
            return "nothing";
        }

        var shown = new List<string>();
        foreach (var id in tokens[..Math.Min(tokens.Length, Shown)])
        {
            var number = id.ToString(CultureInfo.InvariantCulture);
            shown.Add(tokenizer is not null && tokenizer.Value.IsToken(id) ? $"\"{Text.OneLine(tokenizer.Value.TokenText(id))}\" ({number})" : number);
        }

        return string.Join(", ", shown) + (tokens.Length > Shown ? ", …" : "");
    }
}
