using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Circuits.Published;

/// <summary>Reads what an entry's values are and what they were computed from, by its kind.</summary>
internal static class PublishedValues
{
    private const int MaxId = 1 << 24;
    private const int MaxHeads = 1 << 12;

    /// <summary>Reads an entry's values.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="heading">What it says of them.</param>
    /// <exception cref="Compute.InvalidInputException">A key is missing, or a value can't be.</exception>
    public static PublishedEntry Read(JsonInput entry, PublishedHeading heading)
    {
        var kind = entry.Require("kind");
        return kind.AsString() switch
        {
            PublishedKinds.Loss => ReadLoss(entry, heading),
            PublishedKinds.LogitMeans => ReadMeans(entry, heading),
            PublishedKinds.Logits => ReadLogits(entry, heading),
            PublishedKinds.LogitDifferences => ReadDifferences(entry, heading, isMean: false),
            PublishedKinds.LogitDifferenceMean => ReadDifferences(entry, heading, isMean: true),
            PublishedKinds.Probabilities => ReadProbabilities(entry, heading),
            PublishedKinds.Greedy => ReadGreedy(entry, heading),
            PublishedKinds.Tokens => ReadTokens(entry, heading),
            PublishedKinds.HeadRoles => ReadRoles(entry, heading),
            var other => throw kind.Error($"is {Text.OneLine(other)}, which isn't known"),
        };
    }

    private static LossEntry ReadLoss(JsonInput entry, PublishedHeading heading)
    {
        var prompts = entry.Require("prompts");
        ImmutableArray<PublishedPrompt> read = Some(prompts, ReadPrompt);
        return read.All(p => p.Text is not null || p.Ids.Length > 1)
            ? new() { Heading = heading, Prompts = read, Value = Number(entry.Require("value"), heading) }
            : throw prompts.Error("has one of a single token, of which none is predicted");
    }

    private static LogitMeansEntry ReadMeans(JsonInput entry, PublishedHeading heading)
    {
        var (prompt, values) = (Prompt(entry), Numbers(entry, heading));
        return prompt.Text is not null || prompt.Ids.Length == values.Length
            ? new() { Heading = heading, Prompt = prompt, Values = values }
            : throw entry.Error("values", $"are {values.Length}, and the prompt has {prompt.Ids.Length} tokens");
    }

    private static LogitsEntry ReadLogits(JsonInput entry, PublishedHeading heading) => new()
    {
        Heading = heading,
        Prompt = Prompt(entry),
        Position = Integer(entry.Require("position")),
        FirstToken = Integer(entry.Require("firstToken")),
        Values = Numbers(entry, heading),
    };

    private static LogitDifferencesEntry ReadDifferences(JsonInput entry, PublishedHeading heading, bool isMean)
    {
        ImmutableArray<PublishedPrompt> prompts = Some(entry.Require("prompts"), ReadPrompt);
        ImmutableArray<(int, int)> answers = Some(entry.Require("answers"), ReadPair);
        var values = isMean ? [Number(entry.Require("value"), heading)] : Numbers(entry, heading);
        return answers.Length == prompts.Length && (isMean || values.Length == prompts.Length)
            ? new() { Heading = heading, Prompts = prompts, Answers = answers, IsMean = isMean, Values = values }
            : throw entry.Error($"has {prompts.Length} prompts, {answers.Length} answers and {values.Length} values, which don't fit");
    }

    private static ProbabilitiesEntry ReadProbabilities(JsonInput entry, PublishedHeading heading)
    {
        var read = new ProbabilitiesEntry
        {
            Heading = heading,
            Prompt = Prompt(entry),
            Ids = entry.Find("tokenIds") is { } ids ? Ids(ids) : [],
            Texts = entry.Find("tokens") is { } texts ? Some(texts, PublishedReader.Said) : [],
            Values = Numbers(entry, heading),
        };
        return read.Ids.IsEmpty == read.Texts.IsEmpty ? throw entry.Error("must have tokenIds or tokens, one of both")
            : read.Ids.Length + read.Texts.Length == read.Values.Length ? read
            : throw entry.Error("values", $"are {read.Values.Length} for {read.Ids.Length + read.Texts.Length} tokens");
    }

    private static GreedyEntry ReadGreedy(JsonInput entry, PublishedHeading heading)
    {
        var read = new GreedyEntry
        {
            Heading = heading,
            Prompt = Prompt(entry),
            Ids = entry.Find("continuationIds") is { } ids ? Ids(ids) : [],
            Text = entry.Find("continuation") is { } text ? PublishedReader.Said(text) : "",
        };
        return read.Ids.IsEmpty == (read.Text.Length == 0) ? throw entry.Error("must have continuationIds or continuation, one of both") : read;
    }

    private static TokensEntry ReadTokens(JsonInput entry, PublishedHeading heading)
    {
        ImmutableArray<string> texts = Some(entry.Require("texts"), PublishedReader.Said);
        ImmutableArray<ImmutableArray<int>> ids = Some(entry.Require("ids"), Ids);
        return texts.Length == ids.Length
            ? new() { Heading = heading, Texts = texts, Ids = ids }
            : throw entry.Error("ids", $"are those of {ids.Length} texts, and there are {texts.Length}");
    }

    private static HeadRolesEntry ReadRoles(JsonInput entry, PublishedHeading heading) => new()
    {
        Heading = heading,
        Roles = Some(entry.Require("roles"), role => PublishedReader.Finished(role, ReadRole)),
    };

    private static PublishedRole ReadRole(JsonInput role) => new(
        PublishedReader.Said(role.Require("name")),
        role.Find("measured") is { } measured ? ReadMeasured(measured) : null,
        Some(role.Require("heads"), ReadHead));

    private static HeadRole ReadMeasured(JsonInput value)
    {
        var known = RoleScores.Roles.ToDictionary(r => NameOf(r), StringComparer.Ordinal);
        return known.TryGetValue(value.AsString(), out var role)
            ? role
            : throw value.Error($"is {Text.OneLine(value.AsString())}; it must be one of {string.Join(", ", known.Keys)}");
    }

    private static string NameOf(HeadRole role) => string.Concat(role.ToString()[..1].ToLower(CultureInfo.InvariantCulture), role.ToString().AsSpan(1));

    /// <summary>[layer, head], or with its score [layer, head, score].</summary>
    private static PublishedHead ReadHead(JsonInput head)
    {
        JsonInput[] parts = [.. head.Items()];
        return parts.Length is 2 or 3
            ? new(new((int)parts[0].AsInteger(0, MaxHeads), (int)parts[1].AsInteger(0, MaxHeads)), parts.Length == 3 ? parts[2].AsNumber() : null)
            : throw head.Error("isn't [layer, head] or [layer, head, score]");
    }

    private static PublishedPrompt Prompt(JsonInput entry) => ReadPrompt(entry.Require("prompt"));

    private static PublishedPrompt ReadPrompt(JsonInput prompt) => PublishedReader.Finished(prompt, p =>
    {
        if (p.Find("ids") is { } ids)
        {
            return new PublishedPrompt { Ids = Ids(ids) };
        }

        var text = PublishedReader.Said(p.Require("text"));
        return p.Find("begin") is not { } begin ? new() { Text = text }
            : begin.Kind == System.Text.Json.JsonValueKind.Number ? new() { Text = text, Begin = PromptBegin.Given, BeginId = Integer(begin) }
            : begin.AsString() switch
            {
                "configuration" => new() { Text = text, Begin = PromptBegin.Configuration },
                "tokenizer" => new() { Text = text, Begin = PromptBegin.Tokenizer },
                var other => throw begin.Error($"is {Text.OneLine(other)}; it must be a token's id, configuration or tokenizer"),
            };
    });

    private static (int Correct, int Incorrect) ReadPair(JsonInput pair) => Ids(pair) is [var correct, var incorrect] && correct != incorrect
        ? (correct, incorrect)
        : throw pair.Error("isn't a pair of two answers");

    private static ImmutableArray<int> Ids(JsonInput list) => Some(list, Integer);

    private static int Integer(JsonInput value) => (int)value.AsInteger(0, MaxId);

    private static ImmutableArray<double> Numbers(JsonInput entry, PublishedHeading heading) => Some(entry.Require("values"), v => Number(v, heading));

    /// <summary>A number with no more decimals than its tolerance says it was printed with.</summary>
    private static double Number(JsonInput value, PublishedHeading heading)
    {
        var number = value.AsNumber();
        return heading.Tolerance.Decimals is not { } decimals || Math.Round(number, decimals) == number
            ? number
            : throw value.Error($"has more than the {decimals} decimals that its tolerance tells");
    }

    private static ImmutableArray<T> Some<T>(JsonInput list, Func<JsonInput, T> read)
    {
        ImmutableArray<T> items = [.. list.Items().Select(read)];
        return !items.IsEmpty ? items : throw list.Error("is empty");
    }
}
