using System.Buffers.Binary;
using System.Security.Cryptography;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Tests.Tasks;

public sealed class TaskLibraryTests
{
    public static TheoryData<string> Names { get; } = [.. TaskLibrary.Tasks.Select(x => x.Name)];

    [Theory]
    [InlineData("ioi", 70, MetricKind.LogitDifference)]
    [InlineData("gendered-pronoun", 100, MetricKind.LogitDifference)]
    [InlineData("greater-than", 200, MetricKind.ProbabilityDifference)]
    [InlineData("sva", 200, MetricKind.ProbabilityDifference)]
    public void Build_AsInThePaper_HasItsNumberOfExamplesAndMetric(string task, int count, MetricKind metric)
    {
        var dataset = TaskLibrary.Build(task, EnglishTokenizer.Whole, TaskOptions.Paper);

        Assert.Equal(task, dataset.Task);
        Assert.Equal(metric, dataset.Metric);
        Assert.Equal(count, dataset.Examples.Length);
        Assert.Equal(count, dataset.Examples.Select(x => EnglishTokenizer.Whole.Text(x.Clean)).Distinct().Count());
        Assert.All(dataset.Examples, x => Assert.Equal(x.Clean.Length, x.Corrupted.Length));
    }

    /// <summary>Cells are addressed by their tokens: if these change, every stored result is out of date, and that must be meant.</summary>
    [Theory]
    [InlineData("ioi", "5cffb8bd4f06c975")]
    [InlineData("gendered-pronoun", "4be190d01f437f73")]
    [InlineData("greater-than", "2f643c0a01da59a6")]
    [InlineData("sva", "9ec209b1f28e4d20")]
    public void Build_TheDefaultSeed_AlwaysGivesTheseExamples(string task, string digest)
    {
        Assert.StartsWith(digest, Digest(TaskLibrary.Build(task, EnglishTokenizer.Whole, new())), StringComparison.Ordinal);
    }

    /// <summary>Likewise where an experiment says how many, from which seed, and after which token.</summary>
    [Theory]
    [InlineData("ioi", "d1321248259aa2c5")]
    [InlineData("gendered-pronoun", "b7c9a6478a5e3de3")]
    [InlineData("greater-than", "1cb2b28498d5e3ae")]
    [InlineData("sva", "7bd850370967d47f")]
    public void Build_AGivenSeed_AlwaysGivesTheseExamples(string task, string digest)
    {
        Assert.StartsWith(digest, Digest(TaskLibrary.Build(task, EnglishTokenizer.Whole, new() { Count = 60, Seed = 9, PrependBos = true })), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Build_AnotherSeed_GivesOtherExamples(string task)
    {
        var first = TaskLibrary.Build(task, EnglishTokenizer.Whole, new() { Seed = 1 });

        Assert.Equal(Digest(first), Digest(TaskLibrary.Build(task, EnglishTokenizer.Whole, new() { Seed = 1 })));
        Assert.NotEqual(Digest(first), Digest(TaskLibrary.Build(task, EnglishTokenizer.Whole, new() { Seed = 2 })));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Build_WithBos_IsTheSameAfterIt(string task)
    {
        var without = TaskLibrary.Build(task, EnglishTokenizer.Whole, new() { Count = 20 });
        var with = TaskLibrary.Build(task, EnglishTokenizer.Whole, new() { Count = 20, PrependBos = true });

        Assert.All(without.Examples.Zip(with.Examples), x =>
        {
            Assert.Equal([0, .. x.First.Clean], x.Second.Clean);
            Assert.Equal([0, .. x.First.Corrupted], x.Second.Corrupted);
            Assert.Equal(x.First.Correct, x.Second.Correct);
        });
    }

    [Fact]
    public void Build_WithBosTheTokenizerDoesNotHave_IsRefused()
    {
        var tokenizer = TokenizerTrainer.Train([], new() { VocabularySize = 300, SpecialTokens = ["<s>"], RequiredWords = [" Mary", " John"] });

        var error = Assert.Throws<InvalidInputException>(() => TaskLibrary.Build("ioi", tokenizer, new() { PrependBos = true }));
        Assert.Contains("<|endoftext|>", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Build_ForAModelThatIsTooSmall_IsRefusedByPrompt(string task)
    {
        var examples = TaskLibrary.Build(task, EnglishTokenizer.Whole, new() { Count = 20, PrependBos = true }).Examples;
        var longest = examples.Max(x => x.Length);
        var rows = examples.Max(x => new[] { x.Clean, x.Corrupted, x.Correct, x.Incorrect }.Max(ids => ids.Max())) + 1;

        Assert.Equal(20, Build(new(rows, longest)).Examples.Length);
        Assert.Matches($"^task {task}: prompt \".+\": has {longest} tokens, but the model's context holds {longest - 1}$", Assert.Throws<InvalidInputException>(() => Build(new(rows, longest - 1))).Message);
        Assert.Matches($"^task {task}: prompt \".+\": has the id {rows - 1}, but", Assert.Throws<InvalidInputException>(() => Build(new(rows - 1, longest))).Message);

        TaskDataset Build(ModelLimits limits) => TaskLibrary.Build(task, EnglishTokenizer.Whole, new() { Count = 20, PrependBos = true, Limits = limits });
    }

    [Fact]
    public void Build_WithBosThatIsInThePromptsAlready_IsRefused()
    {
        var lexicon = TaskLexicon.Default with
        {
            GenderedPronoun = TaskLexicon.Default.GenderedPronoun! with { Templates = ["<|endoftext|>So {NAME} is kind, isn't"] },
        };

        Assert.NotEmpty(TaskLibrary.Build("gendered-pronoun", EnglishTokenizer.Whole, new() { Count = 3, Lexicon = lexicon }).Examples);
        var error = Assert.Throws<InvalidInputException>(() => TaskLibrary.Build("gendered-pronoun", EnglishTokenizer.Whole, new() { Count = 3, Lexicon = lexicon, PrependBos = true }));
        Assert.Contains("begins with <|endoftext|> (id 0) already", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_AnAnswerThatIsRightAndWrong_IsRefused()
    {
        var lexicon = TaskLexicon.Default with { GenderedPronoun = TaskLexicon.Default.GenderedPronoun! with { FemaleAnswer = "he" } };

        var error = Assert.Throws<InvalidInputException>(() => TaskLibrary.Build("gendered-pronoun", EnglishTokenizer.Whole, new() { Lexicon = lexicon }));
        Assert.Contains("is an example in which an answer is both correct and incorrect", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_MoreThanTheWordsGive_IsRefusedWhereANumberIsAskedForAndNotedWhereNot()
    {
        var tokenizer = EnglishTokenizer.Create(x => x is not ("Carl" or "Gary" or "Amy"));

        var dataset = TaskLibrary.Build("gendered-pronoun", tokenizer, new());

        // 17 names in 5 templates.
        Assert.Equal(85, dataset.Examples.Length);
        Assert.Equal(["17 of 20 names are one token", "the words give only 85 different prompts, not 100"], dataset.Notes);
        var error = Assert.Throws<InvalidInputException>(() => TaskLibrary.Build("gendered-pronoun", tokenizer, new() { Count = 86 }));
        Assert.Contains("only 85 different prompts, not 86", error.Message, StringComparison.Ordinal);
        Assert.Equal(85, TaskLibrary.Build("gendered-pronoun", tokenizer, new() { Count = 85 }).Examples.Length);
    }

    [Fact]
    public void Build_APromptWithUnequalLengths_IsRefusedByName()
    {
        // Without a space before them the nouns aren't whole, and "authors" has a byte more than "author".
        var lexicon = TaskLexicon.Default with
        {
            Sva = TaskLexicon.Default.Sva! with { Constructions = [new("bare", ["{SUBJECT:people}"])] },
        };

        var error = Assert.Throws<InvalidInputException>(() => TaskLibrary.Build("sva", EnglishTokenizer.Whole, new() { Lexicon = lexicon }));
        Assert.Matches("^task sva: prompt \"[a-z]+\": has \\d+ tokens, but its corrupted form \"[a-z]+\" has \\d+$", error.Message);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Build_WithATokenizerThatKeepsNothingWhole_IsRefused(string task)
    {
        var bytes = TokenizerTrainer.Train([], new() { VocabularySize = 257 });

        Assert.StartsWith($"task {task}: ", Assert.Throws<InvalidInputException>(() => TaskLibrary.Build(task, bytes, new())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Build_ALexiconWithoutTheTask_IsRefused(string task)
    {
        var lexicon = new TaskLexicon { Language = "Volapük" };

        Assert.StartsWith("lexicon Volapük: has no section", Assert.Throws<InvalidInputException>(() => TaskLibrary.Build(task, EnglishTokenizer.Whole, new() { Lexicon = lexicon })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_WhatMakesNoSense_IsRefused()
    {
        Assert.Contains("did you mean 'ioi'?", Assert.Throws<InvalidInputException>(() => TaskLibrary.Build("IOI", EnglishTokenizer.Whole, new())).Message, StringComparison.Ordinal);
        Assert.Contains("ioi, gendered-pronoun, greater-than, sva", Assert.Throws<InvalidInputException>(() => TaskLibrary.Build("arithmetic", EnglishTokenizer.Whole, new())).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidInputException>(() => TaskLibrary.Build("ioi", EnglishTokenizer.Whole, new() { Count = 0 }));
    }

    private static string Digest(TaskDataset dataset)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var ids in dataset.Examples.SelectMany(x => new[] { x.Clean, x.Corrupted, x.Correct, x.Incorrect }))
        {
            foreach (var id in ids.Prepend(ids.Length))
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes, id);
                hash.AppendData(bytes);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
