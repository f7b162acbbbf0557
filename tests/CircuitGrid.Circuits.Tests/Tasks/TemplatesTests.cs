using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Compute;
using FsCheck;
using FsCheck.Fluent;

namespace CircuitGrid.Circuits.Tests.Tasks;

/// <summary>Which wording an example is of: the prompt must fit the template, read as a pattern, and no draw may change by its being kept.</summary>
public sealed class TemplatesTests
{
    public static TheoryData<string, TemplateSet> Tasks { get; } = new()
    {
        { "ioi", TemplateSet.Published },
        { "gendered-pronoun", TemplateSet.Published },
        { "greater-than", TemplateSet.Published },
        { "sva", TemplateSet.Published },
        { "gendered-pronoun", TemplateSet.Paraphrases },
        { "greater-than", TemplateSet.Paraphrases },
    };

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Templates_OfEveryExample_FitItsPrompts(string task, TemplateSet set)
    {
        var wordings = Wordings(task, set);
        foreach (var (seed, bos) in ((int, bool)[])[(42, false), (7, true)])
        {
            var dataset = TaskLibrary.Build(task, EnglishTokenizer.Whole, new() { Seed = seed, PrependBos = bos, Templates = set });

            Assert.Equal(dataset.Examples.Length, dataset.Templates.Length);
            Assert.All(dataset.Examples.Zip(dataset.Templates), x =>
            {
                Assert.Contains(x.Second, wordings);
                Assert.Matches(Pattern(x.Second, bos), EnglishTokenizer.Whole.Text(x.First.Clean));
                Assert.Matches(Pattern(x.Second, bos), EnglishTokenizer.Whole.Text(x.First.Corrupted));
            });
            Assert.Equal(dataset.Templates.ToHashSet().Count, dataset.TemplateCount);
        }
    }

    /// <summary>The patterns tell a task's templates apart, or fitting one would say nothing.</summary>
    [Theory]
    [InlineData("ioi", TemplateSet.Published)]
    [InlineData("gendered-pronoun", TemplateSet.Published)]
    [InlineData("gendered-pronoun", TemplateSet.Paraphrases)]
    [InlineData("greater-than", TemplateSet.Paraphrases)]
    public void Templates_OfEveryExample_AreTheOnlyOnesThatFit(string task, TemplateSet set)
    {
        var patterns = Wordings(task, set).ToDictionary(x => x, x => Pattern(x, bos: false));
        var dataset = TaskLibrary.Build(task, EnglishTokenizer.Whole, new() { Templates = set });
        Assert.All(dataset.Examples.Zip(dataset.Templates), x =>
            Assert.Equal([x.Second], patterns.Where(p => p.Value.IsMatch(EnglishTokenizer.Whole.Text(x.First.Clean))).Select(p => p.Key)));
    }

    [Fact]
    public void ByTemplate_OfAnyOrder_IsAStableSort()
    {
        Prop.ForAll(Gen.Choose(0, 4).NonEmptyListOf().ToArbitrary(), drawn =>
        {
            ImmutableArray<string> templates = [.. drawn.Select(x => $"template {x}")];
            var dataset = Numbered(templates);

            var sorted = dataset.ByTemplate();

            // by hand: one pass over the examples for every template, in order of first appearance
            var first = new List<string>();
            foreach (var template in templates)
            {
                if (!first.Contains(template))
                {
                    first.Add(template);
                }
            }

            var expected = new List<(int Number, string Template)>();
            foreach (var template in first)
            {
                for (var i = 0; i < templates.Length; i++)
                {
                    if (templates[i] == template)
                    {
                        expected.Add((i, template));
                    }
                }
            }

            Assert.Equal(expected, sorted.Examples.Select(x => x.Clean[0]).Zip(sorted.Templates));
            Assert.Equal((dataset.Task, dataset.Metric, first.Count), (sorted.Task, sorted.Metric, sorted.TemplateCount));
            Assert.Equal(sorted.Examples, sorted.ByTemplate().Examples);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void ByTemplate_WithoutTemplates_IsRefused()
    {
        var dataset = Numbered(["a", "b"]) with { Templates = [] };
        Assert.Equal(0, dataset.TemplateCount);
        Assert.Equal(
            "task numbers: names no templates to put its examples in order by; give every example of its pairs file a 'template'",
            Assert.Throws<InvalidInputException>(dataset.ByTemplate).Message);
    }

    private static TaskDataset Numbered(ImmutableArray<string> templates) =>
        new("numbers", MetricKind.LogitDifference, [.. templates.Select((_, i) => new Example([i], [i + 1], [0], [1]))], []) { Templates = templates };

    /// <summary>The wordings of the embedded file, by another reader than the program's.</summary>
    private static ImmutableArray<string> Wordings(string task, TemplateSet set)
    {
        using var file = typeof(TaskLexicon).Assembly.GetManifestResourceStream("CircuitGrid.Circuits.english.json")!;
        var section = JsonNode.Parse(file)![task.Replace('-', '_')]!;
        var key = set == TemplateSet.Published ? "templates" : "paraphrases";
        return task == "sva"
            ? [.. section["constructions"]!.AsArray().SelectMany(x => x![key]!.AsArray()).Select(x => x!.GetValue<string>())]
            : [.. section[key]!.AsArray().Select(x => x!.GetValue<string>())];
    }

    /// <summary>What a prompt of a template looks like, whatever stands in its slots.</summary>
    private static Regex Pattern(string template, bool bos)
    {
        var text = string.Concat(Regex.Split(template, @"(\{[^}]*\})").Select(part => part switch
        {
            "{XX}" or "{YY}" => "[0-9]{2}",
            ['{', ..] => "[A-Za-z][A-Za-z ]*",
            _ => Regex.Escape(part),
        }));
        return new($"^{(bos ? Regex.Escape("<|endoftext|>") : "")}{text}$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));
    }
}
