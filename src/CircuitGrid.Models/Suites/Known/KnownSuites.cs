using System.Collections.Immutable;
using System.Text.RegularExpressions;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Suites.Known;

/// <summary>The public suites of which something is known that their checkpoints' names don't say: <c>known-suites.json</c>.</summary>
public static class KnownSuites
{
    private const string Resource = "known-suites.json";
    private const long MostTokens = 1_000_000_000_000;

    private static readonly Lazy<ImmutableArray<Entry>> s_all = new(Read);

    /// <summary>What is known of a model by its name, which is that of its repository without the organization; <see langword="null"/> for nothing.</summary>
    public static KnownSuite? Find(string model) => s_all.Value.FirstOrDefault(entry => entry.Models.IsMatch(model))?.Of(model);

    private static ImmutableArray<Entry> Read()
    {
        using var stream = typeof(KnownSuites).Assembly.GetManifestResourceStream($"CircuitGrid.Models.{Resource}")!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        var json = JsonInput.Parse(Resource, bytes.ToArray());
        ImmutableArray<Entry> entries = [.. (json.FindObjects("suites") ?? []).Select(ReadSuite)];
        json.Finish();
        return entries;
    }

    private static Entry ReadSuite(JsonInput json)
    {
        var models = Whole(Required(json, "models"));
        var suite = new KnownSuite
        {
            Name = Required(json, "name"),
            TokensPerStep = json.FindInteger("tokensPerStep", 1, MostTokens),
            IsRounded = json.FindBoolean("isRounded") ?? false,
            Main = (int?)json.FindInteger("main", 0, int.MaxValue),
            Grid = (int?)json.FindInteger("grid", 1, int.MaxValue),
            Unstaged = json.FindString("unstaged"),
            Restarts = json.FindBoolean("restarts"),
            Order = [.. json.Find("order")?.Items().Select(stage => stage.AsString()) ?? []],
            Stages = [.. (json.FindObjects("stages") ?? []).Select(ReadStage)],
            Source = Required(json, "source"),
        };
        ImmutableArray<(Regex? Models, KnownDefect Defect)> defects = [.. (json.FindObjects("defects") ?? []).Select(ReadDefect)];
        json.Finish();
        return new(models, suite, defects);
    }

    private static KnownStage ReadStage(JsonInput json)
    {
        var stage = new KnownStage(
            Required(json, "stage"),
            json.Require("tokensPerStep").AsInteger(1, MostTokens),
            (int)json.Require("steps").AsInteger(1, int.MaxValue));
        json.Finish();
        return stage;
    }

    private static (Regex? Models, KnownDefect Defect) ReadDefect(JsonInput json)
    {
        var models = json.FindString("models") is { } text ? Whole(text) : null;
        var defect = new KnownDefect(
            [.. json.Require("steps").Items().Select(step => (int)step.AsInteger(0, int.MaxValue))],
            (int?)json.FindInteger("equals", 0, int.MaxValue),
            Required(json, "text"),
            Required(json, "source"));
        json.Finish();
        return (models, defect);
    }

    private static string Required(JsonInput json, string key) => json.Require(key).AsString();

    private static Regex Whole(string text) => new($@"\A(?:{text})\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant);

    private sealed record Entry(Regex Models, KnownSuite Suite, ImmutableArray<(Regex? Models, KnownDefect Defect)> Defects)
    {
        public KnownSuite Of(string model) => Suite with
        {
            Defects = [.. Defects.Where(d => d.Models?.IsMatch(model) ?? true).Select(d => d.Defect)],
        };
    }
}
