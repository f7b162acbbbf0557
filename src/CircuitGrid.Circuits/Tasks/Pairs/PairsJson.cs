using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>The lines of a <c>.jsonl</c> pairs file.</summary>
internal static class PairsJson
{
    private const string Correct = "correct";
    private const string Incorrect = "incorrect";

    private const string CorrectTokens = "correct_tokens";
    private const string IncorrectTokens = "incorrect_tokens";

    private static readonly ImmutableArray<string> s_known =
        [PairColumns.Clean, PairColumns.Corrupted, Correct, Incorrect, CorrectTokens, IncorrectTokens, PairColumns.Position, PairColumns.Template];

    public static IEnumerable<PairLine> Read(PairsText text, string path, PairsOptions options)
    {
        var columns = new PairColumns(path, s_known, descriptions: [], options.IgnoreColumns);
        var rest = text.Utf8;
        for (var number = 1; !rest.IsEmpty; number++)
        {
            var end = rest.Span.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            if (line.Span.ContainsAnyExcept(" \t\r"u8))
            {
                yield return Parse(JsonInput.Parse(PairLine.PlaceOf(path, number), line.Span), path, number, columns);
            }
        }

        columns.Finish();
    }

    private static PairLine Parse(JsonInput json, string path, int number, PairColumns columns)
    {
        foreach (var (key, _) in json.Members())
        {
            columns.Reads(key, json.Where, "key");
        }

        return new(
            path,
            number,
            Prompt(json.Require(PairColumns.Clean)),
            Prompt(json.Require(PairColumns.Corrupted)),
            new(Answer(json, Correct, CorrectTokens), Answer(json, Incorrect, IncorrectTokens)),
            (int?)json.FindInteger(PairColumns.Position, int.MinValue, int.MaxValue),
            json.FindString(PairColumns.Template));
    }

    private static PairPrompt Prompt(JsonInput value) => value.Kind switch
    {
        JsonValueKind.String => new(value.AsString(), null),
        JsonValueKind.Array => new(null, Ids(value)),
        var kind => throw value.Error($"is {JsonText.Describe(kind)}; it must be a text or a list of ids"),
    };

    /// <summary>Answers under a key, or the tokens of one under another.</summary>
    private static PairAnswer Answer(JsonInput json, string key, string tokens)
    {
        if (json.Find(tokens) is { } continued)
        {
            return json.Has(key)
                ? throw json.Error(tokens, $"stands beside {key}: {tokens} has the tokens of one answer, {key} answers of one token each; give one of the two")
                : PairAnswer.OfTokens(Ids(continued));
        }

        var value = json.Require(key);
        return value.Kind == JsonValueKind.String ? PairAnswer.OfTexts([value.AsString()])
            : value.Kind == JsonValueKind.Array && value.Items().Any(x => x.Kind == JsonValueKind.String) ? PairAnswer.OfTexts([.. value.Items().Select(x => x.AsString())])
            : value.Kind == JsonValueKind.Array && value.Items().Any(x => x.Kind == JsonValueKind.Array) ? throw json.Error(key, $"has lists in its list; the tokens of one answer go into {tokens}")
            : PairAnswer.OfIds(Ids(value));
    }

    private static ImmutableArray<int> Ids(JsonInput value) => [.. value.Items().Select(x => (int)x.AsInteger(int.MinValue, int.MaxValue))];
}
