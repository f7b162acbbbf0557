using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>Makes the examples of a task from the lines of a pairs file.</summary>
internal sealed class PairExamples
{
    private readonly string _path;
    private readonly PairsOptions _options;
    private readonly BeginToken? _begin;
    private readonly List<PairLine> _lines = [];
    private readonly ImmutableArray<Example>.Builder _examples = ImmutableArray.CreateBuilder<Example>();

    private PairExamples(string path, PairsOptions options)
    {
        _path = path;
        _options = options;
        _begin = options.PrependBos ? BeginToken.Of(options.Tokenizer?.Value, options.ConfiguredBegin, path) : null;
    }

    /// <exception cref="InvalidInputException">There are none, or an example can't be used.</exception>
    public static TaskDataset Of(IEnumerable<PairLine> lines, string path, MetricKind metric, PairsOptions options)
    {
        var made = new PairExamples(path, options);
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
            throw line.Error($"the clean prompt has {clean.Length} tokens and the corrupted one {corrupted.Length}; they must have as many");
        }

        var position = line.Position ?? clean.Length - 1;
        return position >= 0 && position < clean.Length
            ? new(Prompt(line, PairColumns.Clean, clean, position), Prompt(line, PairColumns.Corrupted, corrupted, position), Answers(line, "correct", line.Answers.Correct), Answers(line, "incorrect", line.Answers.Incorrect))
            : throw line.Error($"position {position} isn't one of the {clean.Length} of the prompts, which are counted from 0");
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

    private ImmutableArray<int> Prompt(PairLine line, string key, int[] tokens, int position)
    {
        if (_options.Limits.FaultOfIds(tokens) is { } unknown)
        {
            throw line.Error($"{key} {unknown}");
        }

        var prompt = BeginToken.PutBefore(_begin, tokens.AsSpan(0, position + 1), reason => line.Error($"{key} {reason}"));
        return _options.Limits.FaultOfPrompt(prompt) is { } fault ? throw line.Error($"{key} {fault}") : [.. prompt];
    }

    private ImmutableArray<int> Answers(PairLine line, string key, ImmutableArray<int> answers) =>
        answers.IsEmpty ? throw line.Error($"{key} is empty; it must have an answer at least")
        : _options.Limits.FaultOfIds(answers.AsSpan()) is { } fault ? throw line.Error($"{key} {fault}")
        : answers;
}
