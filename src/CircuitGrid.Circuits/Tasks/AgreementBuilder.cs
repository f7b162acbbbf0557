using System.Collections.Immutable;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Models.Training;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>
/// Subject-verb agreement (Newman et al. 2021): a prompt up to a verb, which agrees with the subject, whatever stands between. The corrupted prompt has the
/// subject in the other number, and the verbs that agree with it. Right are all verb forms of the subject's number, wrong all of the other.
/// </summary>
internal sealed class AgreementBuilder : ITaskBuilder
{
    private readonly IReadOnlyDictionary<string, ImmutableArray<string>> _words;
    private readonly PromptEncoder _encoder;
    private readonly SeededRandom _random;
    private readonly ImmutableArray<ImmutableArray<Frame>> _constructions;
    private readonly ImmutableArray<int> _singular;
    private readonly ImmutableArray<int> _plural;

    public AgreementBuilder(AgreementLexicon lexicon, IReadOnlyDictionary<string, ImmutableArray<string>> words, PromptEncoder encoder, SeededRandom random)
    {
        _words = words;
        _encoder = encoder;
        _random = random;
        _singular = [.. encoder.SingleTokens(lexicon.Answers.Select(x => x[0]).Distinct(StringComparer.Ordinal)).Select(x => x.Token)];
        _plural = [.. encoder.SingleTokens(lexicon.Answers.Select(x => x[1]).Distinct(StringComparer.Ordinal)).Select(x => x.Token)];
        var nouns = lexicon.Nouns.ToDictionary(x => x.Key, x => SameLength(x.Value), StringComparer.Ordinal);
        var verbs = lexicon.Verbs.ToDictionary(x => x.Key, x => SameLength(x.Value), StringComparer.Ordinal);
        Notes =
        [
            $"{_singular.Length} singular and {_plural.Length} plural forms of {lexicon.Answers.Length} verbs are one token",
            $"{nouns.Sum(x => x.Value.Length)} of {lexicon.Nouns.Sum(x => x.Value.Length)} nouns have as many tokens in the plural as in the singular",
            $"{verbs.Sum(x => x.Value.Length)} of {lexicon.Verbs.Sum(x => x.Value.Length)} verbs within prompts do",
        ];
        if (_singular.IsEmpty || _plural.IsEmpty)
        {
            throw encoder.TooFew($"{Notes[0]}; one of each is needed at least", lexicon.Answers.SelectMany(x => x));
        }

        var allowed = lexicon.Pairs is { } pairs ? pairs.Select(x => (x[0], x[1])).ToHashSet() : null;
        _constructions = [.. lexicon.Constructions.Select(x => x.Templates.Select(t => new Frame(PromptTemplate.Parse(t)!, nouns, verbs, allowed, encoder)).ToImmutableArray())];
    }

    public ImmutableArray<string> Notes { get; }

    public ImmutableArray<WordedExample> Build(int? count, int usual) => _encoder.Collect(count, usual, differences: null, _ => Draw());

    private ImmutableArray<Inflection> SameLength(ImmutableArray<ImmutableArray<string>> forms) =>
        [.. forms.Select(x => new Inflection(x[0], x[1])).Where(x => _encoder.Encode(x.Singular).Length == _encoder.Encode(x.Plural).Length)];

    private Draft Draw()
    {
        var frame = _random.Pick(_random.Pick(_constructions));
        var (subject, attractor) = _random.Pick(frame.Nouns);
        var plural = _random.Next(2) == 0;
        var attractorPlural = _random.Next(2) == 0;
        var clean = new List<string>();
        var corrupted = new List<string>();
        foreach (var slot in frame.Template.Slots)
        {
            var (kind, list) = AgreementSlot.Parse(slot);
            switch (kind)
            {
                case "SUBJECT":
                    Add(subject.Form(plural), subject.Form(!plural));
                    break;
                case "VERB":
                    var verb = _random.Pick(frame.Verbs[list]);
                    Add(verb.Form(plural), verb.Form(!plural));
                    break;
                case "ATTRACTOR":
                    Add(attractor.Form(attractorPlural), attractor.Form(attractorPlural));
                    break;
                case "ATTRACTOR_VERB":
                    var attractorVerb = _random.Pick(frame.Verbs[list]).Form(attractorPlural);
                    Add(attractorVerb, attractorVerb);
                    break;
                default:
                    var word = _random.Pick(_words[slot]);
                    Add(word, word);
                    break;
            }
        }

        return new(frame.Template, frame.Template.Fill(clean), frame.Template.Fill(corrupted), plural ? _plural : _singular, plural ? _singular : _plural);

        void Add(string inClean, string inCorrupted)
        {
            clean.Add(inClean);
            corrupted.Add(inCorrupted);
        }
    }

    private readonly record struct Inflection(string Singular, string Plural)
    {
        public string Form(bool plural) => plural ? Plural : Singular;
    }

    /// <summary>A template with the words that may fill it.</summary>
    private sealed class Frame
    {
        public Frame(
            PromptTemplate template,
            Dictionary<string, ImmutableArray<Inflection>> nouns,
            Dictionary<string, ImmutableArray<Inflection>> verbs,
            HashSet<(string Subject, string Attractor)>? allowed,
            PromptEncoder encoder)
        {
            Template = template;
            Verbs = verbs;
            var slots = template.Slots.Select(AgreementSlot.Parse).ToArray();
            var subjects = nouns[slots.Single(x => x.Kind == "SUBJECT").List];
            Nouns = slots.FirstOrDefault(x => x.Kind == "ATTRACTOR").List is { } list
                ? [.. from subject in subjects
                      from attractor in nouns[list]
                      where subject.Singular != attractor.Singular && (allowed is null || allowed.Contains((subject.Singular, attractor.Singular)))
                      select (subject, attractor)]
                : [.. subjects.Select(x => (x, default(Inflection)))];
            if (Nouns.IsEmpty || slots.Any(x => x.Kind is "VERB" or "ATTRACTOR_VERB" && verbs[x.List].IsEmpty))
            {
                throw encoder.TooFew($"no words are left for \"{Text.OneLine(template.Wording)}\": their singular and plural have different numbers of tokens, or no given pair fits");
            }
        }

        public PromptTemplate Template { get; }

        /// <summary>Subject and attractor, all combinations equally likely.</summary>
        public ImmutableArray<(Inflection Subject, Inflection Attractor)> Nouns { get; }

        public Dictionary<string, ImmutableArray<Inflection>> Verbs { get; }
    }
}
