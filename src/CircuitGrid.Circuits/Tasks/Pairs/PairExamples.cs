using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>Makes the examples of a task from the lines of a pairs file.</summary>
internal sealed class PairExamples
{
    private readonly string _path;
    private readonly MetricKind _metric;
    private readonly PairsOptions _options;
    private readonly BeginToken? _begin;
    private readonly List<PairLine> _lines = [];
    private readonly ImmutableArray<Example>.Builder _examples = ImmutableArray.CreateBuilder<Example>();

    private PairExamples(string path, MetricKind metric, PairsOptions options)
    {
        _path = path;
        _metric = metric;
        _options = options;
        _begin = options.PrependBos ? BeginToken.Of(options.Tokenizer?.Value, options.ConfiguredBegin, path) : null;
    }

    /// <exception cref="InvalidInputException">There are none, or an example can't be used.</exception>
    public static TaskDataset Of(IEnumerable<PairLine> lines, string path, MetricKind metric, PairsOptions options)
    {
        var made = new PairExamples(path, metric, options);
        foreach (var line in lines)
        {
            made._examples.Add(made.ToExample(line));
            made._lines.Add(line);
        }

        made.CheckAll();
        var count = options.Count ?? made._examples.Count;
        return new(Path.GetFileNameWithoutExtension(path), metric, [.. made._examples.Take(count)], made._begin is { } begin ? [begin.Note] : [])
        {
            Templates = [.. made._lines.Take(count).Select(x => x.Template).OfType<string>()],
            Begin = made._begin,
        };
    }

    private void CheckAll()
    {
        if (_examples.Count == 0)
        {
            throw new InvalidInputException(_path, "has no examples");
        }

        if (_options.Count > _examples.Count)
        {
            throw new InvalidInputException(_path, $"has {_examples.Count} examples, and 'count' asks for {_options.Count}");
        }

        var faults = _examples.SelectMany((example, i) => DegenerateExample.FaultsOf(example).Select(fault => (fault, _lines[i].Number)))
            .GroupBy(x => x.fault, x => x.Number, StringComparer.Ordinal)
            .Select(x => $"{x.Key} in {LineList.Of([.. x])}")
            .ToArray();
        if (faults.Length > 0)
        {
            throw new InvalidInputException(_path, $"{string.Join("; ", faults)}. Such examples say nothing of a model");
        }

        var without = _lines.Where(x => x.Template is null).Select(x => x.Number).ToArray();
        if (without.Length > 0 && without.Length < _lines.Count)
        {
            throw new InvalidInputException(_path, $"has no {PairColumns.Template} in {LineList.Of(without)}, and has one elsewhere; give it for all examples or for none");
        }
    }

    private Example ToExample(PairLine line)
    {
        var clean = Tokens(line, PairColumns.Clean, line.Clean);
        var corrupted = Tokens(line, PairColumns.Corrupted, line.Corrupted);
        if (clean.Length != corrupted.Length)
        {
            throw line.Error($"the clean prompt has {clean.Length} tokens and the corrupted one {corrupted.Length}; they must have as many. {Parting(clean, corrupted)}");
        }

        var position = line.Position ?? clean.Length - 1;
        if (position < 0 || position >= clean.Length)
        {
            throw line.Error($"position {position} isn't one of the {clean.Length} of the prompts, which are counted from 0");
        }

        RefuseUnknown(line, PairColumns.Clean, clean);
        RefuseUnknown(line, PairColumns.Corrupted, corrupted);
        var texts = position == clean.Length - 1 ? (line.Clean.Text, line.Corrupted.Text) : default;
        var example = new PairAnswerTokens(line, _metric, _options.Tokenizer, texts).Complete([.. clean.AsSpan(0, position + 1)], [.. corrupted.AsSpan(0, position + 1)]);
        RefuseUnknown(line, "correct", example.Correct.AsSpan());
        RefuseUnknown(line, "incorrect", example.Incorrect.AsSpan());
        var begun = example with { Clean = Prompt(line, PairColumns.Clean, example.Clean), Corrupted = Prompt(line, PairColumns.Corrupted, example.Corrupted) };
        foreach (var sequence in AnswerSequence.Of(begun, _metric))
        {
            if (_options.Limits.FaultOfPrompt(sequence.Clean.AsSpan()) is { } fault)
            {
                throw line.Error($"{(sequence.AnswerRows > 1 ? "the clean prompt with its answer" : PairColumns.Clean)} {fault}");
            }
        }

        return begun;
    }

    /// <summary>Where two prompts part, and how each goes on.</summary>
    private string Parting(int[] clean, int[] corrupted)
    {
        var at = clean.AsSpan().CommonPrefixLength(corrupted);
        return $"They part at token {at}, counted from 0: the clean one goes on with {TokenList.Of(clean.AsSpan(at), _options.Tokenizer)}, the corrupted one with {TokenList.Of(corrupted.AsSpan(at), _options.Tokenizer)}";
    }

    private int[] Tokens(PairLine line, string key, PairPrompt prompt)
    {
        var tokens = prompt.Ids is { } given ? [.. given]
            : _options.Tokenizer is { } tokenizer ? Encode(line, key, prompt.Text!, tokenizer.Value)
            : throw line.Error($"{key} is text, and there is no tokenizer.json to make tokens of it; put one beside the model or give ids");
        return tokens.Length > 0 ? tokens : throw line.Error($"{key} has no tokens; it must have one at least");
    }

    private static int[] Encode(PairLine line, string key, string text, Tokenizer tokenizer)
    {
        try
        {
            return tokenizer.Encode(text);
        }
        catch (InvalidInputException e)
        {
            throw line.Error($"{key} can't be made into tokens: {e.Message}", e);
        }
    }

    private ImmutableArray<int> Prompt(PairLine line, string key, ImmutableArray<int> tokens) =>
        [.. BeginToken.PutBefore(_begin, tokens.AsSpan(), reason => line.Error($"{key} {reason}"))];

    private void RefuseUnknown(PairLine line, string key, ReadOnlySpan<int> tokens)
    {
        if (_options.Limits.FaultOfIds(tokens) is { } unknown)
        {
            throw line.Error($"{key} {unknown}");
        }
    }
}
