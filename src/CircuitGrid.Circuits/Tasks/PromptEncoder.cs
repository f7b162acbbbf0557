using System.Collections.Immutable;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;
using CircuitGrid.Models.Training;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>A prompt before it is tokens.</summary>
/// <param name="Template">What it is worded by.</param>
/// <param name="Clean">The prompt, up to where the answer would follow.</param>
/// <param name="Corrupted">Its corrupted form.</param>
/// <param name="Correct">Ids of the right answers.</param>
/// <param name="Incorrect">Ids of the wrong answers.</param>
internal readonly record struct Draft(PromptTemplate Template, string Clean, string Corrupted, ImmutableArray<int> Correct, ImmutableArray<int> Incorrect);

/// <summary>An example and what its prompts are worded by.</summary>
/// <param name="Example">The example.</param>
/// <param name="Template">The template as the lexicon writes it.</param>
internal readonly record struct WordedExample(Example Example, string Template);

/// <summary>Turns drafts into examples and makes sure that they fit the tokenizer.</summary>
internal sealed class PromptEncoder
{
    private readonly string _task;
    private readonly Tokenizer _tokenizer;
    private readonly ModelLimits _limits;

    public PromptEncoder(string task, Tokenizer tokenizer, TaskOptions options)
    {
        _task = task;
        _tokenizer = tokenizer;
        _limits = options.Limits;
        Begin = options.PrependBos ? BeginToken.Of(tokenizer, options.ConfiguredBegin, Place) : null;
    }

    /// <summary>The token before every prompt; <see langword="null"/> where there is none.</summary>
    public BeginToken? Begin { get; }

    private string Place => $"task {_task}";

    /// <summary>The one token of a word after a space, or <see langword="null"/> where it has several.</summary>
    public int? SingleToken(string word) => Encode(word) is [var id] ? id : null;

    /// <summary>The tokens of 00 to 99 as they stand, by number.</summary>
    /// <exception cref="InvalidInputException">One of them isn't one token.</exception>
    public ImmutableArray<int> TwoDigitTokens() => Tasks.TwoDigitTokens.Of(_tokenizer, Place);

    /// <summary>Tokens of a word or phrase after a space.</summary>
    public int[] Encode(string word) => _tokenizer.EncodeAfterSpace(word);

    /// <summary>Those of the words that are one token.</summary>
    public ImmutableArray<(string Word, int Token)> SingleTokens(IEnumerable<string> words) =>
        [.. words.Select(x => (Word: x, Token: SingleToken(x))).Where(x => x.Token is not null).Select(x => (x.Word, x.Token!.Value))];

    /// <exception cref="InvalidInputException">
    /// The two forms have different numbers of tokens, or are the same, or differ in other than the given number of places; they don't fit the model; the
    /// answers don't tell right from wrong.
    /// </exception>
    public Example Encode(Draft draft, int? differences)
    {
        var clean = _tokenizer.Encode(draft.Clean);
        var corrupted = _tokenizer.Encode(draft.Corrupted);
        if (clean.Length != corrupted.Length)
        {
            throw Error(draft, $"has {clean.Length} tokens, but its corrupted form \"{Text.OneLine(draft.Corrupted)}\" has {corrupted.Length}");
        }

        var differing = clean.Zip(corrupted).Count(x => x.First != x.Second);
        if (differing == 0 || (differences is { } expected && differing != expected))
        {
            throw Error(draft, $"differs from its corrupted form \"{Text.OneLine(draft.Corrupted)}\" in {differing} tokens instead of {differences ?? 1}");
        }

        var example = new Example([.. Begun(clean)], [.. Begun(corrupted)], draft.Correct, draft.Incorrect);
        var fault = _limits.FaultOfPrompt(example.Clean.AsSpan()) ?? _limits.FaultOfPrompt(example.Corrupted.AsSpan())
            ?? _limits.FaultOfIds(example.Correct.AsSpan()) ?? _limits.FaultOfIds(example.Incorrect.AsSpan());
        return fault is null && DegenerateExample.FaultsOf(example).FirstOrDefault() is { } degenerate ? throw Error(draft, $"is an example in which {degenerate}")
            : fault is null ? example : throw Error(draft, fault);

        int[] Begun(int[] prompt) => BeginToken.PutBefore(Begin, prompt, reason => Error(draft, reason));
    }

    /// <summary>Draws until there are enough different prompts.</summary>
    /// <param name="count">How many; without a number, <paramref name="usual"/> or as many as there are.</param>
    /// <param name="usual">How many there usually are.</param>
    /// <param name="differences">In how many tokens a prompt differs from its corrupted form; <see langword="null"/> for any number.</param>
    /// <param name="draw">The draw of the given number (from 0), which may repeat itself.</param>
    public ImmutableArray<WordedExample> Collect(int? count, int usual, int? differences, Func<int, Draft> draw)
    {
        // Far more than drawing the last few of a small set takes.
        const int MaxDrawsPerPrompt = 1000;
        var wanted = count ?? usual;
        var prompts = new HashSet<string>(StringComparer.Ordinal);
        var examples = ImmutableArray.CreateBuilder<WordedExample>();
        for (long draws = 0, failures = 0; examples.Count < wanted; draws++)
        {
            var draft = draw((int)(draws % int.MaxValue));
            if (prompts.Add(draft.Clean))
            {
                examples.Add(new(Encode(draft, differences), draft.Template.Wording));
                failures = 0;
            }
            else if (++failures > MaxDrawsPerPrompt)
            {
                return count is null
                    ? examples.DrainToImmutable()
                    : throw TooFew($"the words give only {examples.Count} different prompts, not {wanted}; ask for fewer, or give the lexicon more words");
            }
        }

        return examples.DrainToImmutable();
    }

    /// <summary>Words for the slots of a template.</summary>
    /// <param name="template">The template.</param>
    /// <param name="own">The word of a slot that the task fills itself; <see langword="null"/> where a list of words does.</param>
    /// <param name="words">Lists of words by slot.</param>
    /// <param name="random">Draws from them.</param>
    public static string[] Words(PromptTemplate template, Func<string, string?> own, IReadOnlyDictionary<string, ImmutableArray<string>> words, SeededRandom random) =>
        [.. template.Slots.Select(slot => own(slot) ?? random.Pick(words[slot]))];

    public InvalidInputException TooFew(string reason) => new(Place, reason);

    /// <summary>Too few words are one token, which the first that isn't shows.</summary>
    /// <param name="reason">What there is and what is needed.</param>
    /// <param name="words">The words that there could have been.</param>
    public InvalidInputException TooFew(string reason, IEnumerable<string> words) => TooFew(
        words.FirstOrDefault(x => SingleToken(x) is null) is { } cut ? $"{reason}. This tokenizer cuts words: {TokenCut.Show(_tokenizer, cut)}" : reason);

    /// <summary>Years aren't made of what the task needs.</summary>
    /// <param name="year">A year that shows it.</param>
    public InvalidInputException YearsNotTwoTokens(int year) => Tasks.TwoDigitTokens.Refusal(_tokenizer, Place, year, missing: []);

    private InvalidInputException Error(Draft draft, string reason) => new($"{Place}: prompt \"{Text.OneLine(draft.Clean)}\"", reason);
}
