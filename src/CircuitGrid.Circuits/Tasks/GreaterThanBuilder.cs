using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Models.Training;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>
/// Greater-Than (Hanna et al. 2023): <c>The war lasted from the year 1732 to the year 17</c> … a later one. A year counts if it is two tokens,
/// century and two digits; the first and the last such year of every century are left out, so that there is always an answer either way. Years
/// of the century come up equally often. The corrupted prompt starts in <c>01</c>.
/// </summary>
internal sealed class GreaterThanBuilder : ITaskBuilder
{
    /// <summary>The year of the century that makes any later one right.</summary>
    private const string CorruptedDigits = "01";

    private readonly IReadOnlyDictionary<string, ImmutableArray<string>> _words;
    private readonly PromptEncoder _encoder;
    private readonly SeededRandom _random;
    private readonly ImmutableArray<PromptTemplate> _templates;
    private readonly ImmutableArray<string> _nouns;
    private readonly ImmutableArray<int> _digits;

    /// <summary>For each two digits that have one: years, and the noun if it can't be any.</summary>
    private readonly ImmutableArray<ImmutableArray<(int Year, string? Noun)>> _starts;

    public GreaterThanBuilder(GreaterThanLexicon lexicon, IReadOnlyDictionary<string, ImmutableArray<string>> words, PromptEncoder encoder, SeededRandom random)
    {
        _words = words;
        _encoder = encoder;
        _random = random;
        _templates = [.. lexicon.Templates.Select(x => PromptTemplate.Parse(x)!)];
        _nouns = lexicon.Nouns;
        _digits = encoder.TwoDigitTokens();

        var considered = Enumerable.Range(lexicon.FirstYear, lexicon.LastYear - lexicon.FirstYear + 1).ToArray();
        var whole = considered.Where(IsTwoTokens).ToArray();
        if (whole.Length == 0)
        {
            throw encoder.YearsNotTwoTokens(considered.Contains(TwoDigitTokens.ShownYear) ? TwoDigitTokens.ShownYear : considered[0]);
        }

        var inner = whole.GroupBy(x => x / 100).Where(x => IsTwoTokens((x.Key * 100) + 1)).SelectMany(x => x.Order().Skip(1).SkipLast(1)).ToHashSet();
        var starts = lexicon.Years is { } years
            ? years.SelectMany(x => x.Value.Select(year => (Year: year, Noun: (string?)x.Key))).Where(x => inner.Contains(x.Year))
            : inner.Order().Select(x => (Year: x, Noun: (string?)null));
        // 00 and 01 have no place between an earlier answer and a corrupted prompt, 99 has no later answer.
        _starts = [.. starts.Where(x => x.Year % 100 is >= 2 and <= 98).GroupBy(x => x.Year % 100).OrderBy(x => x.Key).Select(x => x.ToImmutableArray())];
        Notes =
        [
            $"{whole.Length} of {considered.Length} years are two tokens",
            $"{_starts.Sum(x => x.Length)} {(lexicon.Years is null ? "years" : "given pairs of noun and year")} can start a prompt, in {_starts.Length} of the 97 years of a century from 02 to 98",
        ];
        if (_starts.IsEmpty)
        {
            throw encoder.TooFew($"{Notes[0]}, and none can start a prompt");
        }
    }

    public ImmutableArray<string> Notes { get; }

    public ImmutableArray<WordedExample> Build(int? count, int usual)
    {
        var examples = _encoder.Collect(count, usual, differences: 1, Draw).ToArray();
        // Otherwise halves of the examples by their index would be halves by even and odd years.
        _random.Shuffle<WordedExample>(examples);
        return [.. examples];
    }

    private Draft Draw(int draw)
    {
        var (year, noun) = _random.Pick(_starts[draw % _starts.Length]);
        noun ??= _random.Pick(_nouns);
        var template = _random.Pick(_templates);
        var words = PromptEncoder.Words(
            template,
            slot => slot switch { "NOUN" => noun, "XX" => TwoDigitTokens.Text(year / 100), "YY" => TwoDigitTokens.Text(year % 100), _ => null },
            _words,
            _random);
        var clean = template.Fill(words);
        words[template.Slots.IndexOf("YY")] = CorruptedDigits;
        return new(template, clean, template.Fill(words), _digits[((year % 100) + 1)..], _digits[..((year % 100) + 1)]);
    }

    /// <summary>The century as it ends the prompt, then the two digits as they are an answer.</summary>
    private bool IsTwoTokens(int year) =>
        _encoder.Encode(year.ToString(CultureInfo.InvariantCulture)) is [var century, var digits]
        && digits == _digits[year % 100] && century == _encoder.SingleToken(TwoDigitTokens.Text(year / 100));
}
