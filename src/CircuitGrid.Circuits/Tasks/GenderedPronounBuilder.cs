using System.Collections.Immutable;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Models.Training;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>
/// Gendered pronoun (Mathwin et al. 2023): <c>So Mary is such a good cook, isn't</c> … <c>she</c>. Every name meets every template before
/// a combination returns with other words; the corrupted prompt has a random name of the other gender.
/// </summary>
internal sealed class GenderedPronounBuilder : ITaskBuilder
{
    private readonly IReadOnlyDictionary<string, ImmutableArray<string>> _words;
    private readonly PromptEncoder _encoder;
    private readonly SeededRandom _random;
    private readonly ImmutableArray<string> _male;
    private readonly ImmutableArray<string> _female;
    private readonly int _he;
    private readonly int _she;
    private readonly (PromptTemplate Template, string Name, bool Male)[] _combinations;

    public GenderedPronounBuilder(GenderedPronounLexicon lexicon, IReadOnlyDictionary<string, ImmutableArray<string>> words, PromptEncoder encoder, SeededRandom random)
    {
        _words = words;
        _encoder = encoder;
        _random = random;
        _male = [.. encoder.SingleTokens(lexicon.Male).Select(x => x.Word)];
        _female = [.. encoder.SingleTokens(lexicon.Female).Select(x => x.Word)];
        Notes = [$"{_male.Length + _female.Length} of {lexicon.Male.Length + lexicon.Female.Length} names are one token"];
        if (_male.IsEmpty || _female.IsEmpty)
        {
            throw encoder.TooFew($"{Notes[0]}; one of each gender is needed at least", lexicon.Male.Concat(lexicon.Female));
        }

        _he = encoder.SingleToken(lexicon.MaleAnswer) ?? throw encoder.TooFew($"the answer \" {lexicon.MaleAnswer}\" isn't one token", [lexicon.MaleAnswer]);
        _she = encoder.SingleToken(lexicon.FemaleAnswer) ?? throw encoder.TooFew($"the answer \" {lexicon.FemaleAnswer}\" isn't one token", [lexicon.FemaleAnswer]);
        _combinations =
        [
            .. from wording in lexicon.Templates
               let template = PromptTemplate.Parse(wording)!
               from name in _male.Concat(_female)
               select (template, name, lexicon.Male.Contains(name, StringComparer.Ordinal)),
        ];
    }

    public ImmutableArray<string> Notes { get; }

    public ImmutableArray<WordedExample> Build(int? count, int usual) => _encoder.Collect(count, usual, differences: 1, Draw);

    private Draft Draw(int draw)
    {
        if (draw % _combinations.Length == 0)
        {
            _random.Shuffle<(PromptTemplate, string, bool)>(_combinations);
        }

        var (template, name, male) = _combinations[draw % _combinations.Length];
        var words = PromptEncoder.Words(template, slot => slot == "NAME" ? name : null, _words, _random);
        var clean = template.Fill(words);
        words[template.Slots.IndexOf("NAME")] = _random.Pick(male ? _female : _male);
        return new(template, clean, template.Fill(words), [male ? _he : _she], [male ? _she : _he]);
    }
}
