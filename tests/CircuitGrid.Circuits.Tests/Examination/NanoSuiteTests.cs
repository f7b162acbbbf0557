using System.Globalization;
using CircuitGrid.Circuits.Examination;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Tokenization;
using CircuitGrid.Models.Training;
using CircuitGrid.Models.Training.Text;

namespace CircuitGrid.Circuits.Tests.Examination;

/// <summary>The committed suite: what it must be able to do before anything is said about its circuits.</summary>
public sealed class NanoSuiteTests
{
    private const long LargestSuite = 60_000_000;

    private static readonly string folder = FindSuite();

    private static readonly Lazy<IReadOnlyDictionary<(string Model, bool Trained), CheckpointExamination>> examinations = new(Examine);

    public static TheoryData<string> Models => [.. NanoSuite.ModelNames];

    [Theory]
    [MemberData(nameof(Models))]
    public void FinalCheckpoint_OnHeldOutPrompts_DoesTheTasks(string model)
    {
        var final = examinations.Value[(model, true)];
        Assert.InRange(final.Ioi, 0.95, 1);
        Assert.InRange(final.GenderedPronoun, 0.95, 1);
        Assert.InRange(final.Agreement, 0.95, 1);
        Assert.InRange(final.GreaterThan, 0.7, 1);
        Assert.InRange(final.GreaterThan - final.GreaterThanShuffled, 0.3, 2);
    }

    [Fact]
    public void LargerModels_HaveAPreviousTokenAndAnInductionHead() => Assert.All(NanoSuite.ModelNames.Skip(1), model =>
    {
        var final = examinations.Value[(model, true)];
        Assert.InRange(final.PreviousToken.PreviousToken, 0.5, 1);
        Assert.InRange(final.Induction.Induction, 0.5, 1);
    });

    [Theory]
    [MemberData(nameof(Models))]
    public void FirstCheckpoint_IsAtChance(string model)
    {
        var start = examinations.Value[(model, false)];
        Assert.All((double[])[start.Ioi, start.IoiUnseenWordings, start.GenderedPronoun, start.Agreement], accuracy => Assert.InRange(accuracy, 0.35, 0.65));
        Assert.InRange(start.GreaterThan, -0.2, 0.2);
        Assert.InRange(start.Induction.Induction, 0, 0.15);
        Assert.InRange(start.PreviousToken.PreviousToken, 0, 0.15);
    }

    [Fact]
    public void LargestModel_InWordingsNeverSeen_FindsTheReceiver() =>
        Assert.InRange(examinations.Value[(NanoSuite.ModelNames[^1], true)].IoiUnseenWordings, 0.8, 1);

    [Fact]
    public void Suite_HasEveryCheckpointOfEveryModel_AndIsSmall()
    {
        var suite = SuiteFolder.Open(folder);
        Assert.Equal(NanoSuite.Name, suite.Name);
        Assert.Equal(NanoSuite.TokensPerStep, suite.TokensPerStep!.Value);
        Assert.Equal(NanoSuite.ModelNames, suite.Models.Select(m => m.Name));
        Assert.All(suite.Models, m => Assert.Equal(NanoSuite.CheckpointSteps, m.Steps));
        Assert.All(suite.Models, m => Assert.InRange(m.Steps.Length, 14, 40));
        var bytes = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
        Assert.InRange(bytes, 1, LargestSuite);
    }

    [Fact]
    public void SuiteTokenizerAndLexicon_AreThoseTheTrainingTextGives()
    {
        using var expected = new MemoryStream();
        NanoLexicon.Write(expected);
        Assert.Equal(expected.ToArray(), File.ReadAllBytes(Path.Combine(folder, "lexicon.json")));

        var path = Path.GetTempFileName();
        NanoSuite.LearnTokenizer().Save(path);
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(folder, "tokenizer.json")));
        File.Delete(path);
    }

    [Fact]
    public void Prompts_NeverOccurInTheTrainingText()
    {
        var tokenizer = Tokenizer.Load(Path.Combine(folder, "tokenizer.json"));
        var examination = new SuiteExamination(folder);
        var lexicon = TaskLexicon.Load(Path.Combine(folder, "lexicon.json"));
        var unseen = lexicon with { Ioi = lexicon.Ioi! with { Templates = NanoLexicon.HeldOutStoryTemplates } };
        var prompts = TaskLibrary.Tasks.Select(t => t.Name)
            .SelectMany(t => examination.Build(t, lexicon).Examples)
            .Concat(examination.Build(TaskLibrary.Ioi, unseen).Examples)
            .Select(e => tokenizer.Decode(e.Clean.AsSpan()))
            .ToHashSet(StringComparer.Ordinal);
        Assert.InRange(prompts.Count, 1000, 2000);

        // Every prompt is how a document would begin, so it is enough to look there.
        var lookup = prompts.GetAlternateLookup<ReadOnlySpan<char>>();
        var lengths = prompts.Select(p => p.Length).Distinct().ToArray();
        const int ShortestDocument = 4;
        var documents = NanoSuite.CheckpointSteps[^1] * NanoSuite.TokensPerStep / ShortestDocument;
        var texts = NanoSuite.ModelNames.Select(NanoSuite.ShippedSeed).Distinct().Select(seed => TrainingText.Documents(seed).Take(documents));
        foreach (var document in texts.SelectMany(text => text))
        {
            Assert.DoesNotContain(lengths, length => length <= document.Length && lookup.Contains(document.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Card_StatesTheFiguresOfTheExamination()
    {
        var card = File.ReadAllText(Path.Combine(folder, "README.md"));
        foreach (var model in NanoSuite.ModelNames)
        {
            Assert.Contains(CardRow(model, examinations.Value[(model, true)]), card, StringComparison.Ordinal);
        }
    }

    /// <summary>A model's line in the card's table.</summary>
    private static string CardRow(string model, CheckpointExamination x) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {model} | {x.Ioi:f2} | {x.IoiUnseenWordings:f2} | {x.GenderedPronoun:f2} | {x.Agreement:f2} | {x.GreaterThan:f2} | {x.GreaterThanShuffled:f2} | {x.PreviousToken.PreviousToken:f2} | {x.Induction.Induction:f2} |");

    private static Dictionary<(string, bool), CheckpointExamination> Examine()
    {
        using var device = new CpuDevice(new CpuDeviceOptions());
        var examination = new SuiteExamination(folder);
        return NanoSuite.ModelNames
            .SelectMany(model => new[] { (model, trained: false), (model, trained: true) })
            .ToDictionary(x => x, x => examination.Examine(device, x.model, NanoSuite.CheckpointSteps[x.trained ? ^1 : 0]));
    }

    private static string FindSuite()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            var candidate = Path.Combine(directory, "suites", NanoSuite.Name);
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException("suites/nano isn't above the test's folder.");
    }
}
