using System.Collections.Immutable;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Models.Training;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>
/// Indirect object identification (Wang et al. 2022): two names S and IO, then S gives something to … The answer is IO. Both orders of the
/// names (BABA and ABBA) are equally likely; the corrupted prompt has IO in the place of the second S, so that its answer is S.
/// </summary>
internal sealed class IoiBuilder : ITaskBuilder
{
    private readonly IReadOnlyDictionary<string, ImmutableArray<string>> _words;
    private readonly PromptEncoder _encoder;
    private readonly SeededRandom _random;
    private readonly ImmutableArray<PromptTemplate> _templates;
    private readonly ImmutableArray<string> _names;
    private readonly Dictionary<string, int> _tokens;
    private readonly ImmutableArray<(string First, string Second)>? _pairs;

    public IoiBuilder(IoiLexicon lexicon, IReadOnlyDictionary<string, ImmutableArray<string>> words, PromptEncoder encoder, SeededRandom random)
    {
        _words = words;
        _encoder = encoder;
        _random = random;
        _templates = [.. lexicon.Templates.Select(x => PromptTemplate.Parse(x)!)];
        var kept = encoder.SingleTokens(lexicon.Names);
        _names = [.. kept.Select(x => x.Word)];
        _tokens = kept.ToDictionary(x => x.Word, x => x.Token, StringComparer.Ordinal);
        var notes = ImmutableArray.Create($"{kept.Length} of {lexicon.Names.Length} names are one token");
        if (lexicon.Pairs is { } pairs)
        {
            _pairs = [.. pairs.Where(x => _tokens.ContainsKey(x[0]) && _tokens.ContainsKey(x[1])).Select(x => (x[0], x[1]))];
            notes = notes.Add($"only {_pairs.Value.Length} of {pairs.Length} given pairs of names are used");
        }

        Notes = notes;
        if (_names.Length < 2 || _pairs is { IsEmpty: true })
        {
            throw encoder.TooFew($"{notes[^1]}; two are needed at least", lexicon.Names);
        }
    }

    public ImmutableArray<string> Notes { get; }

    public ImmutableArray<WordedExample> Build(int? count, int usual) => _encoder.Collect(count, usual, differences: 1, _ => Draw());

    private Draft Draw()
    {
        var template = _random.Pick(_templates);
        var (subject, indirectObject) = _pairs is { } pairs ? _random.Pick(pairs) : PickTwo(_names);
        if (_pairs is not null && _random.Next(2) == 0)
        {
            (subject, indirectObject) = (indirectObject, subject);
        }

        var abba = _random.Next(2) == 0;
        var words = PromptEncoder.Words(template, slot => slot is "S" ? subject : slot is "IO" ? indirectObject : null, _words, _random);
        var first = template.Slots.IndexOf("S");
        var second = template.Slots.IndexOf("IO");
        var last = template.Slots.LastIndexOf("S");
        if (abba)
        {
            (words[first], words[second]) = (words[second], words[first]);
        }

        var clean = template.Fill(words);
        words[last] = indirectObject;
        return new(template, clean, template.Fill(words), [_tokens[indirectObject]], [_tokens[subject]]);
    }

    /// <summary>Two different names, each order equally likely.</summary>
    private (string First, string Second) PickTwo(ImmutableArray<string> names)
    {
        var first = _random.Next(names.Length);
        var second = _random.Next(names.Length - 1);
        return (names[first], names[second < first ? second : second + 1]);
    }
}
