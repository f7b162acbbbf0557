using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Tests.Checkpoints;
using CircuitGrid.Models.Tests.Files;

namespace CircuitGrid.Models.Tests.Suites;

public sealed class SuiteFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_SuiteFile_GivesItsModelsInItsOrderAndTheirStepsAscending()
    {
        File.WriteAllText(_folder["suite.json"], """
            {"name": "nano", "tokensPerStep": 1024,
             "models": [{"name": "nano-s", "parameters": 162000}, {"name": "nano-l"}, {"name": "nano-xl", "parameters": 5e6}]}
            """);
        Make("nano-s/step1000", "nano-s/step0", "nano-s/step16", "nano-s/notes", "nano-s/step", "nano-s/step12-broken", "nano-l/step2", "other/step1");
        File.WriteAllText(_folder["nano-s/step7"], "a file");

        var suite = SuiteFolder.Open(_folder.Path);

        Assert.Equal(("nano", 1024L), (suite.Name, suite.TokensPerStep));
        Assert.Equal(new TrainingTime(16, 16 * 1024, TokensKnown.Counted), suite.Find("nano-s")!.At(16).Time);
        Assert.Equal(["nano-s", "nano-l", "nano-xl"], suite.Models.Select(model => model.Name));
        Assert.Equal([162_000L, null, 5_000_000L], suite.Models.Select(model => model.Parameters));
        Assert.Equal([0, 16, 1000], suite.Find("nano-s")!.Steps);
        Assert.Equal([2], suite.Find("nano-l")!.Steps);
        Assert.Empty(suite.Find("nano-xl")!.Steps);
        Assert.Null(suite.Find("other"));
        Assert.Equal(Path.Combine(_folder.Path, "nano-s", "step16"), suite.Find("nano-s")!.StepFolder(16));
    }

    [Fact]
    public void Open_NoSuiteFile_TakesFoldersOfStepsAndSaysThatItAssumesPythiasTokens()
    {
        Make("suite/b/step10", "suite/a/step5", "suite/a/step500", "suite/docs/pages");

        var suite = SuiteFolder.Open(_folder["suite"] + Path.DirectorySeparatorChar);

        Assert.Equal(("suite", null), (suite.Name, suite.TokensPerStep));
        Assert.Equal(new TrainingTime(500, 500 * 2_097_152L, TokensKnown.Assumed), suite.Models[0].At(500).Time);
        Assert.Equal(["a", "b"], suite.Models.Select(model => model.Name));
        Assert.Equal([5, 500], suite.Models[0].Steps);
        Assert.Null(suite.Models[0].Parameters);
    }

    [Fact]
    public void FindTokenizer_NearestFile_IsTaken()
    {
        Make("a/step1", "a/step2", "b/step1");
        File.WriteAllText(_folder["a/step2/tokenizer.json"], "{}");
        var suite = SuiteFolder.Open(_folder.Path);
        Assert.Null(suite.Find("b")!.FindTokenizer(1));

        File.WriteAllText(_folder["tokenizer.json"], "{}");
        File.WriteAllText(_folder["a/tokenizer.json"], "{}");

        Assert.Equal(Path.Combine(_folder.Path, "a", "step2", "tokenizer.json"), suite.Find("a")!.FindTokenizer(2));
        Assert.Equal(Path.Combine(_folder.Path, "a", "tokenizer.json"), suite.Find("a")!.FindTokenizer(1));
        Assert.Equal(Path.Combine(_folder.Path, "tokenizer.json"), suite.Find("b")!.FindTokenizer(1));
    }

    [Theory]
    [InlineData("{}", "name is missing")]
    [InlineData("""{"name": "a/b", "models": [{"name": "m"}]}""", "name is \"a/b\"; it must be a plain folder name without @")]
    [InlineData("""{"name": "s@1", "models": [{"name": "m"}]}""", "name is \"s@1\"")]
    [InlineData("""{"name": "s"}""", "models must be a list of one to 10000 models")]
    [InlineData("""{"name": "s", "models": []}""", "models must be a list")]
    [InlineData("""{"name": "s", "models": ["m"]}""", "models[0] is a text; it must be an object")]
    [InlineData("""{"name": "s", "models": [{"name": "m"}, {}]}""", "models[1]: name is missing")]
    [InlineData("""{"name": "s", "models": [{"name": "../m"}]}""", "models[0]: name is \"../m\"")]
    [InlineData("""{"name": "s", "models": [{"name": ".."}]}""", "models[0]: name is \"..\"")]
    [InlineData("""{"name": "s", "models": [{"name": "m"}, {"name": "m"}]}""", "models[1]: name is m, as another model's already is")]
    [InlineData("""{"name": "s", "models": [{"name": "m", "parameters": -5}]}""", "models[0]: parameters is -5; it must be a whole number")]
    [InlineData("""{"name": "s", "tokensPerStep": 0, "models": [{"name": "m"}]}""", "tokensPerStep is 0; it must be a whole number from 1")]
    [InlineData("""{"name": "s", "tokensPerStep": 0.5, "models": [{"name": "m"}]}""", "tokensPerStep is 0.5")]
    [InlineData("""{"name": "s", "tokens_per_step": 1000, "models": [{"name": "m"}]}""", "has no key 'tokens_per_step'; did you mean 'tokensPerStep'?")]
    [InlineData("""{"name": "s", "recipe": {}, "models": [{"name": "m"}]}""", "has no key 'recipe'; known are name, tokensPerStep, pattern, stages, ignore, models")]
    [InlineData("""{"name": "s", "models": [{"name": "m", "params": 5}]}""", "models[0] has no key 'params'; known are name, parameters")]
    [InlineData("""{"name": "s", "tokensPerStep": null, "models": [{"name": "m"}]}""", "tokensPerStep is null; give it a value, or leave the key out")]
    [InlineData("""{"name": "s", "models": [{"name": "m", "parameters": null}]}""", "models[0]: parameters is null")]
    [InlineData("""{"name": "s", "ignore": "scale", "models": [{"name": "m"}]}""", "ignore is a text; it must be a list")]
    [InlineData("""{"name": "s", "ignore": [""], "models": [{"name": "m"}]}""", "ignore[0] is empty; it must be a key")]
    [InlineData("""{"name": "s", """, "isn't valid JSON")]
    public void Parse_SuiteFileThatIsWrong_NamesKeyAndReason(string json, string reason)
    {
        var error = Assert.Throws<InvalidInputException>(() => SuiteFolder.Parse(_folder.Path, "suite.json", Encoding.UTF8.GetBytes(json)));

        Assert.StartsWith("suite.json: " + reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_AnyChangeOfAKey_IsAnErrorOrChangesNothing() => KeyChanges.AssertNoneIsMissed(
        """{"name": "s", "tokensPerStep": 1024, "pattern": "(?<step>[0-9]+)", "stages": ["one"], "ignore": ["scale"], "models": [{"name": "m", "parameters": 5000000}, {"name": "n"}]}""",
        (json, _) =>
        {
            var suite = SuiteFolder.Parse(_folder.Path, "suite.json", Encoding.UTF8.GetBytes(json));
            return $"{suite.Name} {suite.TokensPerStep} {string.Join(',', suite.Ignored)} {string.Join(',', suite.Models.Select(m => $"{m.Name} {m.Parameters}"))}";
        },
        open: [],
        names: [],
        nulls: []);

    [Fact]
    public void Open_KeysToIgnore_AreThoseOfTheFileAndThoseItIsOpenedWith_ForEveryModel()
    {
        File.WriteAllText(_folder["suite.json"], """{"name": "s", "ignore": ["b", "a"], "models": [{"name": "m"}]}""");

        var suite = SuiteFolder.Open(_folder.Path, ["c", "a"]);

        Assert.Equal(["a", "b", "c"], suite.Ignored);
        Assert.Equal(["a", "b", "c"], suite.Models[0].Ignored);
        Assert.Equal(["a", "b"], SuiteFolder.Open(_folder.Path).Ignored);
    }

    [Fact]
    public void Open_NoSuiteFile_IgnoresWhatItIsOpenedWith()
    {
        Make("suite/a/step5");

        Assert.Equal(["c"], SuiteFolder.Open(_folder["suite"], ["c"]).Models[0].Ignored);
    }

    [Fact]
    public void Open_FolderThatIsNoSuite_SaysWhatWasSeen()
    {
        Make("suite/m/x");

        var message = Assert.Throws<InvalidInputException>(() => SuiteFolder.Open(_folder["suite"])).Message;

        Assert.Contains("suite: has no checkpoints: m: x: its name fits no pattern", message, StringComparison.Ordinal);
    }

    [Fact]
    public void At_StepThatIsNotThere_IsAnError()
    {
        Make("suite/m/step5");

        var model = SuiteFolder.Open(_folder["suite"]).Models[0];

        Assert.Null(model.Find(6));
        Assert.EndsWith("m: has no checkpoint of step 6 of m", Assert.Throws<InvalidInputException>(() => model.At(6)).Message, StringComparison.Ordinal);
    }

    /// <summary>What can be analysed under a name can be asked for by it: the same rule for folders, files and cells' names.</summary>
    [Fact]
    public void PartName_Rule_IsThatOfFoldersAndSuiteFiles()
    {
        string[] usable = ["a", "a b", "größe-漢字", "😀", "\u202ea", new('a', 255), "a:b"];
        string[] unusable = ["", " a", "a ", "\u00a0a", "a/b", "a\\b", "a@b", "a\nb", "a\u009bb", "\ud83d", "\ude00a", "a\ud83d\ud83d", new('a', 256)];
        Assert.All(usable, name => Assert.True(PartName.IsUsable(name), name));
        Assert.All(unusable, name => Assert.False(PartName.IsUsable(name), name));
        foreach (var name in unusable.Where(n => !n.Any(char.IsSurrogate)))
        {
            var json = $$"""{"name": "s", "models": [{"name": {{System.Text.Json.JsonSerializer.Serialize(name)}}}]}""";
            var error = Assert.Throws<InvalidInputException>(() => SuiteFolder.Parse(_folder.Path, "suite.json", Encoding.UTF8.GetBytes(json)));
            Assert.Contains("1 to 255 characters", error.Message, StringComparison.Ordinal);
        }

    }

    [Fact]
    public void Open_NoFolder_IsAnError() =>
        Assert.EndsWith("nowhere: doesn't exist", Assert.Throws<InvalidInputException>(() => SuiteFolder.Open(_folder["nowhere"])).Message, StringComparison.Ordinal);

    private void Make(params string[] folders)
    {
        foreach (var folder in folders)
        {
            Directory.CreateDirectory(_folder[folder]);
        }
    }
}
