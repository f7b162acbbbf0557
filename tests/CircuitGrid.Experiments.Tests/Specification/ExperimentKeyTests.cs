using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Experiments.Tests.Specification;

/// <summary>
/// An experiment with every key that there is, changed one key at a time in every way that people and programs mistake keys: it is read as it was meant, or refused.
/// </summary>
public sealed partial class ExperimentKeyTests
{
    /// <summary>No value is its key's default, so that a key which is passed over shows.</summary>
    private const string Whole = """
        name: whole
        suite: hf:lab/nano-{2l,3l}
        suiteName: tiny
        tokensPerStep: 1024
        models: [small]
        checkpoints: [64]
        examples:
          count: 50
          seed: 7
          bos: true
          lexicon: words.json
          templates: paraphrases
        tasks:
          - name: sva
            count: 20
            seed: 3
            bos: false
            lexicon: more.json
            templates: published
          - name: capitals
            pairs: capitals.jsonl
            metric: prob-diff
            ignoreColumns: [source]
        heads: true
        ignore: [resid_scale]
        pattern: run_(?<step>[0-9]+)
        accept: [tokenizer]
        preset: paper
        analysis:
          method: eap-ig
          steps: 12
          points: midpoint
          selection: top-n
          absolute: false
          threshold: 0.9
          maxEdges: 5%
          blocks: 16
          split: half
          ablation: zero
          search: grid
          sampling: templates
        comparison:
          includeNotReached: true
          includeNoTask: true
          minimumStep: 500
        numerics: torch-cpu-f32
        memory: 3GiB
        threads: 3
        """;

    private static readonly string[] Lines = Whole.Split('\n');

    /// <summary>Places of keys in <see cref="Whole"/>.</summary>
    public static TheoryData<int> Keys => [.. Enumerable.Range(0, Lines.Length)];

    [Fact]
    public void Sample_HasEveryKeyThatTheReaderKnows()
    {
        foreach (var (first, indent, _) in Sections())
        {
            var known = Assert.Throws<InvalidInputException>(() => Parse([.. Lines[..first], $"{indent}qqqqqqqqqqqq: 1", .. Lines[first..]])).Message.Split("known are ")[1].Split(", ");
            var there = Lines.Where(l => Line().Match(l) is { Success: true } m && known.Contains(m.Groups["key"].Value, StringComparer.Ordinal)).Select(l => Line().Match(l).Groups["key"].Value);
            Assert.Equal(known.Order(StringComparer.Ordinal), there.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Key_ThatIsMistaken_IsRefused(int at)
    {
        var (indent, key, value) = Parts(at);
        string[] slips =
        [
            key[..^1], key + key[^1], "x" + key, key + "s", key.ToUpperInvariant(), char.ToUpperInvariant(key[0]) + key[1..], Swapped(key), Snake(key), Snake(key).Replace('_', '-'), $"{key}_", $"' {key}'", $"\"{key} \"",
            key.Replace('e', 'е'), $"{key}\u200b",
        ];
        foreach (var slip in slips.Where(s => !string.Equals(s, key, StringComparison.Ordinal)))
        {
            var error = Assert.Throws<InvalidInputException>(() => Parse(With(at, [$"{indent}{slip}:{value}"])));
            Assert.StartsWith("e", error.Message, StringComparison.Ordinal);
            Assert.Throws<InvalidInputException>(() => Parse(With(at, [.. Block(at), $"{indent.Replace('-', ' ')}{slip}: 1"])));
        }
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Key_ThatIsThereTwice_IsRefused(int at)
    {
        var (indent, key, value) = Parts(at);
        foreach (var again in (string[])[$"{key}:{value}", $"\"{key}\":{value}", $"'{key}': other", $"{key}:", $"{key}: 1"])
        {
            Assert.Throws<InvalidInputException>(() => Parse(With(at, [.. Block(at), indent.Replace('-', ' ') + again])));
        }
    }

    /// <summary>A value of another kind is refused; a text in other words for the same isn't another value.</summary>
    [Theory]
    [MemberData(nameof(Keys))]
    public void Value_OfAnotherKind_IsRefusedOrTheSame(int at)
    {
        var (indent, key, value) = Parts(at);
        var bare = value.Trim();
        string[] others = ["", " ~", " null", " Null", " {}", " {a: 1}", " [[a]]", " [{a: b}]", " &a x", " *a", " !!str x", " ! x", " yes", " 1_0", " 0x7", " 0o7", " +", " -1", " 1e999", " .inf", " .nan", " \"\"", " ''", " |\n" + indent.Replace('-', ' ') + "  x"];
        foreach (var other in others.Where(o => !IsFreeText(key, o) && !IsEmptySection(value, o)))
        {
            IsRefusedOrTheSame(With(at, [$"{indent}{key}:{other}"]));
        }

        if (bare.Length > 0)
        {
            foreach (var same in (string[])[$" {bare} # said", $"   {bare}  ", $" {bare.ToUpperInvariant()}", $" {bare}x", $" {bare} {bare}", $" {bare},", $" {bare};", $" [{bare}", $" {bare}: {bare}"])
            {
                if (!IsFreeText(key, same))
                {
                    IsRefusedOrTheSame(With(at, [$"{indent}{key}:{same}"]));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Key_OfAnotherSection_IsRefusedThere(int at)
    {
        var (_, key, value) = Parts(at);
        foreach (var (first, indent, name) in Sections())
        {
            // a task has keys of its own that the other one here hasn't
            if (name is not "a task" || key is not ("pairs" or "metric" or "count" or "seed" or "bos" or "lexicon" or "templates"))
            {
                var moved = value.Length == 0 ? $"{indent}{key}: {{}}" : $"{indent}{key}:{value}";
                Assert.Throws<InvalidInputException>(() => Parse([.. Lines[..first], moved, .. Lines[first..]]));
            }
        }
    }

    [Fact]
    public void Text_AfterTheDocument_IsRefused()
    {
        foreach (var more in (string[])["...\nx: 1", "---\n", "---\nx: 1", "...\n---\nx: 1", "x", "- x", "}", "\0", "\u0004", "%YAML 1.2\n---\nx: 1"])
        {
            Assert.Throws<InvalidInputException>(() => Parse([.. Lines, more]));
        }

        foreach (var fine in (string[])["...", "# x", "  ", "...\n# x"])
        {
            Assert.Equal(Written(Parse(Lines)), Written(Parse([.. Lines, fine])));
        }
    }

    private static void IsRefusedOrTheSame(string[] lines)
    {
        ExperimentSpec read;
        try
        {
            read = Parse(lines);
        }
        catch (InvalidInputException e)
        {
            Assert.StartsWith("e", e.Message, StringComparison.Ordinal);
            return;
        }

        Assert.True(string.Equals(Written(Parse(Lines)), Written(read), StringComparison.Ordinal), string.Join('\n', lines));
    }

    /// <summary>A section that somebody writes out as empty says nothing, and is right.</summary>
    private static bool IsEmptySection(string value, string other) => value.Length == 0 && other is " {}";

    /// <summary>Whether any text is a value of the key: names of people's own things.</summary>
    private static bool IsFreeText(string key, string value) => key switch
    {
        "name" or "suite" or "models" or "pairs" or "lexicon" => !value.TrimStart().StartsWith(['{', '[', '&', '*', '!']) && value.Trim() is not ("" or "~" or "null" or "\"\"" or "''"),
        _ => false,
    };

    /// <summary>Every member of an experiment, in words.</summary>
    private static string Written(ExperimentSpec spec) => string.Create(
        CultureInfo.InvariantCulture,
        $"{spec.Name} {spec.Suite} {string.Join(',', spec.Models)} {spec.Checkpoints} {spec.Heads} {spec.Analysis} {spec.Comparison} {spec.Numerics} {spec.Memory} {spec.Threads} {string.Join('\n', spec.Tasks)}");

    private static ExperimentSpec Parse(string[] lines) => ExperimentSpec.Parse(string.Join('\n', lines), "e", "/");

    private static string[] With(int at, string[] instead) => [.. Lines[..at], .. instead, .. Lines[End(at)..]];

    private static string[] Block(int at) => Lines[at..End(at)];

    /// <summary>Where what belongs to a key ends: a section has its lines.</summary>
    private static int End(int at)
    {
        var end = at + 1;
        while (Parts(at).Value.Length == 0 && end < Lines.Length && Lines[end].StartsWith("  ", StringComparison.Ordinal))
        {
            end++;
        }

        return end;
    }

    private static (string Indent, string Key, string Value) Parts(int at)
    {
        var match = Line().Match(Lines[at]);
        return (match.Groups["indent"].Value, match.Groups["key"].Value, match.Groups["value"].Value);
    }

    /// <summary>For every map, the place of a line in it that isn't its first, the indentation there, and what messages call it.</summary>
    private static IEnumerable<(int At, string Indent, string Name)> Sections() =>
    [
        (1, "", "an experiment"),
        (Array.IndexOf(Lines, "  seed: 7"), "  ", "examples"),
        (Array.IndexOf(Lines, "    seed: 3"), "    ", "a task"),
        (Array.IndexOf(Lines, "    metric: prob-diff"), "    ", "a task"),
        (Array.IndexOf(Lines, "  steps: 12"), "  ", "analysis"),
        (Array.IndexOf(Lines, "  includeNoTask: true"), "  ", "comparison"),
    ];

    private static string Swapped(string key) => key.Length < 2 ? key : $"{key[1]}{key[0]}{key[2..]}";

    private static string Snake(string key)
    {
        var snake = new StringBuilder();
        foreach (var c in key)
        {
            snake.Append(char.IsUpper(c) ? $"_{char.ToLowerInvariant(c)}" : c);
        }

        return snake.ToString();
    }

    [GeneratedRegex("^(?<indent>[ -]*)(?<key>[A-Za-z]+):(?<value>.*)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();
}
