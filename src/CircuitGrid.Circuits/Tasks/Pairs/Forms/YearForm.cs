using System.Collections.Immutable;
using CircuitGrid.Compute;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks.Pairs.Forms;

/// <summary>
/// Greater-Than: one column with the last two digits of the year that the prompt starts from. Right are the tokens of all later two digits, wrong those
/// of it and all earlier ones.
/// </summary>
/// <param name="year">The column.</param>
internal sealed class YearForm(string year) : CsvForm([year], [])
{
    /// <summary>99 has no later one.</summary>
    private const int LastYear = 98;

    /// <summary>The prompt ends where the answer follows, so there is no position to give.</summary>
    public override ImmutableArray<string> Optional => [PairColumns.Template];

    public override string Note => $"{year} is read as the last two digits of a year: later ones are right";

    public override Func<CsvRow, PairAnswers> Open(CsvContext context)
    {
        var tokenizer = context.Tokenizer ?? throw new InvalidInputException(context.Path, "its answers are two-digit years, and there is no tokenizer.json to say which tokens these are; put one beside the model");
        var tokens = TwoDigitTokens.Of(tokenizer.Value, context.Path);
        return row =>
        {
            var first = Year(row);
            return new(tokens[(first + 1)..], tokens[..(first + 1)]);
        };
    }

    /// <summary>The prompt repeats the century and has the whole year before it: a number that isn't there, such as a token's id, is none of its years.</summary>
    private int Year(CsvRow row)
    {
        var field = row[year];
        if (!CsvNumber.TryParse(field, out var value) || value is < 0 or > LastYear)
        {
            throw row.Error($"{year} is \"{Text.OneLine(field)}\" where the last two digits of a year belong, 0 to {LastYear}");
        }

        var prompt = row[PairColumns.Clean];
        return prompt is [.., >= '0' and <= '9', >= '0' and <= '9'] && prompt.Contains(prompt[^2..] + TwoDigitTokens.Text(value), StringComparison.Ordinal)
            ? value
            : throw row.Error($"{year} is {value}, but the clean prompt \"{Text.OneLine(prompt)}\" isn't one that names such a year and ends in its century");
    }
}
