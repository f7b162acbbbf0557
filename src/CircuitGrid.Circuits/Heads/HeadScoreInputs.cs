using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Tokenization;
using CircuitGrid.Models.Training;

namespace CircuitGrid.Circuits.Heads;

/// <summary>The tokens that head scores are measured on: the same for all checkpoints of a model.</summary>
public sealed record HeadScoreInputs
{
    /// <summary>How they were drawn.</summary>
    public required HeadScoreOptions Options { get; init; }

    /// <summary>Random tokens to be said twice, each sequence as long as the others.</summary>
    public required ImmutableArray<ImmutableArray<int>> RepeatedHalves { get; init; }

    /// <summary>Series for successor scores.</summary>
    public required ImmutableArray<SuccessorList> SuccessorLists { get; init; }

    /// <summary>IOI prompts; none where the lexicon has no names, or the tokenizer keeps too few whole.</summary>
    public required ImmutableArray<Example> Ioi { get; init; }

    /// <summary>Texts, cut to the positions that are used; none where the tokenizer can't read them.</summary>
    public required ImmutableArray<ImmutableArray<int>> Texts { get; init; }

    /// <summary>Tokens that copy suppression isn't about: function words, marks and added tokens.</summary>
    public required ImmutableHashSet<int> FunctionTokens { get; init; }

    /// <summary>What was left out, in sentences without their full stop.</summary>
    public required ImmutableArray<string> Notes { get; init; }

    /// <summary>
    /// For every list of <see cref="SuccessorLists"/> which sampling unit it is part of: lists of the same pairs are one, because numbers have no case and are there twice.
    /// </summary>
    public ImmutableArray<int> SuccessorUnits
    {
        get
        {
            var unitOf = ImmutableArray.CreateBuilder<int>(SuccessorLists.Length);
            for (var i = 0; i < SuccessorLists.Length; i++)
            {
                var same = Enumerable.Range(0, i).FirstOrDefault(j => SuccessorLists[j].Pairs.SequenceEqual(SuccessorLists[i].Pairs), -1);
                unitOf.Add(same < 0 ? unitOf.Count == 0 ? 0 : unitOf.Max() + 1 : unitOf[same]);
            }

            return unitOf.MoveToImmutable();
        }
    }

    /// <summary>Draws the inputs of a model.</summary>
    /// <exception cref="InvalidInputException">The options don't fit the model, or the tokenizer has no tokens to repeat.</exception>
    public static HeadScoreInputs Build(ModelConfig config, Tokenizer tokenizer, TaskLexicon lexicon, HeadScoreOptions options)
    {
        Check(config, options);
        var notes = ImmutableArray.CreateBuilder<string>();
        var (lists, successorNote) = options.Words.SuccessorLists(tokenizer);
        var (functionTokens, functionNote) = options.Words.FunctionTokens(tokenizer);
        notes.AddRange(successorNote, functionNote);
        var texts = OrNothing(notes, "texts", () =>
        {
            var taken = options.Corpus.Take(tokenizer, options.Seed, options.TextLength, options.TextPositions, Math.Max(options.MeanTexts, options.Texts));
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{taken.Length} texts of {options.Corpus.Name}"));
            return taken;
        });
        var ioi = OrNothing(notes, "IOI prompts", () =>
        {
            var dataset = TaskLibrary.Build(TaskLibrary.Ioi, tokenizer, new TaskOptions { Count = options.Prompts, Lexicon = lexicon });
            notes.AddRange(dataset.Notes);
            return dataset.Examples;
        });

        return new HeadScoreInputs
        {
            Options = options,
            RepeatedHalves = RandomHalves(tokenizer, options),
            SuccessorLists = lists,
            Ioi = ioi,
            Texts = texts,
            FunctionTokens = functionTokens.Union(tokenizer.AddedTokens.Select(t => t.Id)),
            Notes = notes.ToImmutable(),
        };
    }

    /// <summary>What the tokenizer or the lexicon doesn't give is left out: the roles that don't need it are scored all the same.</summary>
    private static ImmutableArray<T> OrNothing<T>(ImmutableArray<string>.Builder notes, string what, Func<ImmutableArray<T>> build)
    {
        try
        {
            return build();
        }
        catch (InvalidInputException e)
        {
            notes.Add($"no {what}: {e.Message}");
            return [];
        }
    }

    private static ImmutableArray<ImmutableArray<int>> RandomHalves(Tokenizer tokenizer, HeadScoreOptions options)
    {
        int[] ids = options.RandomIds is var (first, end) ? [.. Enumerable.Range(first, end - first)] : OrdinaryTokens(tokenizer);
        if (ids.Length < 2)
        {
            throw new InvalidInputException("tokenizer", "has fewer than two tokens that are a word after a space, so there is nothing to repeat; give the range of ids to draw from");
        }

        var random = SeededRandom.ForStream(options.Seed, 0);
        return [.. Enumerable.Range(0, options.RepeatedSequences).Select(_ => Enumerable.Range(0, options.RepeatedTokens).Select(_ => random.Pick(ids)).ToImmutableArray())];
    }

    private static int[] OrdinaryTokens(Tokenizer tokenizer) =>
    [
        .. Enumerable.Range(0, tokenizer.VocabularySize).Where(id =>
            tokenizer.IsToken(id) && tokenizer.TokenText(id) is [' ', _, ..] text && text.AsSpan(1).IndexOfAnyExcept(s_letters) < 0
            && tokenizer.EncodeAfterSpace(text[1..]) is [var same] && same == id),
    ];

    private static readonly System.Buffers.SearchValues<char> s_letters = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static void Check(ModelConfig config, HeadScoreOptions options)
    {
        var fault =
            options.RepeatedTokens < 2 || 2 * options.RepeatedTokens > config.ContextLength ? $"{options.RepeatedTokens} tokens said twice don't fit a context of {config.ContextLength}"
            : options.RepeatedSequences < 1 || options.Prompts is < 1 || options.TopTokens < 1 ? "there must be at least one sequence, one prompt and one token to be among"
            : options.RandomIds is var (first, end) && (first < 0 || end - first < 2 || end > config.Vocabulary) ? $"ids from {first} to {end} aren't a range of a vocabulary of {config.Vocabulary}"
            : options.TextPositions < 1 || options.TextPositions > Math.Min(options.TextLength, config.ContextLength) ? $"{options.TextPositions} positions don't fit texts of {options.TextLength} tokens and a context of {config.ContextLength}"
            : options.Texts < 1 || options.MeanTexts < 1 ? "copy suppression needs at least one text"
            : options.SourceShare is not (> 0 and <= 1) ? $"the share of sources is {options.SourceShare:R}; it must be above 0 and at most 1"
            : options.FirstLayer < 0 ? "the first layer is below 0"
            : null;
        if (fault is not null)
        {
            throw new InvalidInputException("head scores", fault);
        }
    }
}
