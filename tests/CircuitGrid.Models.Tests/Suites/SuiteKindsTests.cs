using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Suites.Names;
using CircuitGrid.Models.Tests.Checkpoints;

namespace CircuitGrid.Models.Tests.Suites;

/// <summary>Folders as trainings and publishers leave them: which checkpoints are seen, under which names, and what is left out.</summary>
public sealed class SuiteKindsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_TrainersOutput_IsOneModelWithItsLastStateAsOneMore()
    {
        Checkpoint("out/checkpoint-500", "out/checkpoint-1000", "out");
        Write("out/checkpoint-500/optimizer.pt", "out/checkpoint-500/scheduler.pt", "out/checkpoint-500/rng_state.pth", "out/runs/events.out", "out/tokenizer.json");
        State("out/checkpoint-500", 500, 1_024_000);
        State("out/checkpoint-1000", 1000, 2_048_000);
        State("out", 1500, 3_072_000);

        var suite = Open("out");

        var model = Assert.Single(suite.Models);
        Assert.Equal(("out", "out"), (suite.Name, model.Name));
        Assert.Equal([(500, 1_024_000L), (1000, 2_048_000), (1500, 3_072_000)], model.Checkpoints.Select(c => (c.Step, c.Time.Tokens!.Value)));
        Assert.All(model.Checkpoints, c => Assert.Equal(TokensKnown.Counted, c.Time.Known));
        Assert.Equal(_folder["out"], model.StepFolder(1500));
        Assert.Equal(_folder["out/tokenizer.json"], model.FindTokenizer(500));
        Assert.Equal(["runs"], suite.LeftOut.Select(l => l.Name));
        Assert.False(suite.LeftOut[0].IsCheckpoint);
    }

    [Fact]
    public void Open_TrainersOutput_WithoutItsRecords_KnowsNoTokensAndNotWhichStepTheLastIs()
    {
        Checkpoint("out/checkpoint-500", "out/checkpoint-1000", "out");

        var suite = Open("out");

        Assert.Equal([500, 1000], suite.Models[0].Steps);
        Assert.All(suite.Models[0].Checkpoints, c => Assert.Equal((null, TokensKnown.Unknown, c.Step), (c.Time.Tokens, c.Time.Known, c.Time.Steps)));
        Assert.Equal("out: the folder itself: which step it is isn't known: it has no trainer_state.json", Assert.Single(suite.LeftOut).ToString());
    }

    /// <summary>Python's json writes NaN, as of a loss that diverged; the step is checked all the same.</summary>
    [Fact]
    public void Open_TrainersRecordWithNaN_IsRead()
    {
        Checkpoint("out/checkpoint-500", "out/checkpoint-1000");
        File.WriteAllText(_folder["out/checkpoint-500/trainer_state.json"], """{"global_step": 7, "log_history": [{"loss": NaN, "grad_norm": -Infinity}, NaN]}""");

        Assert.Contains("says that it is step 7", Assert.Single(Open("out").LeftOut).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TrainersRecordThatIsDamaged_IsSaid()
    {
        Checkpoint("out/checkpoint-500", "out");
        File.WriteAllText(_folder["out/trainer_state.json"], "{\"glob");

        Assert.Contains("doesn't say it, or can't be read", Assert.Single(Open("out").LeftOut).Reason, StringComparison.Ordinal);
        Assert.Contains("whether the name says the right step wasn't checked", Assert.Single(Open("out").Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WhatHasACheckpointsNameAndIsNoFolder_IsSaid()
    {
        Checkpoint("m/step1");
        File.CreateSymbolicLink(_folder["m/step2"], "nowhere");
        Write("m/step3", "m/readme.md");

        Assert.Equal([("step2", true), ("step3", true)], Open("m").LeftOut.Select(l => (l.Name, l.IsCheckpoint)).Order());
    }

    [Fact]
    public void Open_ModelsBesideCheckpoints_AreSaid()
    {
        Checkpoint("m/step1", "m/other/step1", "m/other/step2");

        var left = Assert.Single(Open("m").LeftOut);

        Assert.Equal(("other", true), (left.Name, left.IsCheckpoint));
        Assert.StartsWith("holds checkpoints of its own", left.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_EpochsBesideSteps_AreLeftOut()
    {
        Checkpoint("m/step64", "m/epoch_3", "m/epoch_64");

        var suite = Open("m");

        Assert.Equal([64], suite.Models[0].Steps);
        Assert.All(suite.LeftOut, l => Assert.Equal("counts epochs, and others of the model have steps", l.Reason));
        Assert.Equal(2, suite.LeftOut.Length);
    }

    [Fact]
    public void Open_TrainersRecordOfAnotherStep_LeavesTheCheckpointOut()
    {
        Checkpoint("out/checkpoint-500", "out/checkpoint-1000");
        State("out/checkpoint-500", 1000, null);

        var suite = Open("out");

        Assert.Equal([1000], suite.Models[0].Steps);
        Assert.Equal("out: checkpoint-500: its trainer_state.json says that it is step 1000; give it that name, or take the file away", Assert.Single(suite.LeftOut).ToString());
    }

    [Fact]
    public void Open_LastStateThatACheckpointIsToo_IsTakenOnce()
    {
        Checkpoint("out/checkpoint-500", "out");
        State("out", 500, null);

        var suite = Open("out");

        Assert.Equal(_folder["out/checkpoint-500"], suite.Models[0].StepFolder(500));
        Assert.Equal("out: the folder itself: is step 500 again, which checkpoint-500 is", Assert.Single(suite.LeftOut).ToString());
    }

    [Theory]
    [InlineData("step{0}", TokensKnown.Assumed)]
    [InlineData("checkpoint-{0}", TokensKnown.Unknown)]
    [InlineData("global_step{0}", TokensKnown.Unknown)]
    [InlineData("step_{0}", TokensKnown.Unknown)]
    [InlineData("step-{0:D6}", TokensKnown.Unknown)]
    [InlineData("step{0}-hf", TokensKnown.Unknown)]
    [InlineData("iter_{0:D7}", TokensKnown.Unknown)]
    [InlineData("epoch_{0}", TokensKnown.Unknown)]
    [InlineData("{0:D10}", TokensKnown.Unknown)]
    public void Open_EachKindOfStepFolder_IsAModelOrASuiteOfModels(string format, TokensKnown known)
    {
        int[] steps = [1, 3, 20];
        Checkpoint([.. steps.SelectMany(step => new[] { "one", "many/a", "many/b" }, (step, model) => model + "/" + string.Format(CultureInfo.InvariantCulture, format, step))]);

        var (one, many) = (Open("one"), Open("many"));

        Assert.Equal(("one", "one"), (one.Name, Assert.Single(one.Models).Name));
        Assert.Equal(("many", "a,b"), (many.Name, string.Join(',', many.Models.Select(m => m.Name))));
        foreach (var model in one.Models.Concat(many.Models))
        {
            Assert.Equal(steps, model.Steps);
            Assert.All(model.Checkpoints, c => Assert.Equal((known, known == TokensKnown.Assumed ? c.Step * 2_097_152L : null), (c.Time.Known, c.Time.Tokens)));
            Assert.All(model.Checkpoints, c => Assert.Equal(c.Folder, model.StepFolder(c.Step)));
            Assert.All(model.Checkpoints, c => Assert.True(File.Exists(Path.Combine(c.Folder, "config.json"))));
        }

        Assert.Empty(one.LeftOut);
        Assert.Empty(many.LeftOut);
    }

    [Fact]
    public void Open_NamesWithTokens_HaveThemRounded_AndStageSeedAndBranchMakeModels()
    {
        Checkpoint("big/step-001000-2BT", "big/step-002000-4BT");
        Checkpoint("data/step1250-seed-default", "data/step1250-seed-large-aux-2");

        var big = Open("big").Models[0];
        Assert.Equal([(1000, 2_000_000_000L, TokensKnown.Rounded), (2000, 4_000_000_000, TokensKnown.Rounded)], big.Checkpoints.Select(c => (c.Step, c.Time.Tokens!.Value, c.Time.Known)));
        Assert.Equal(["data.seed-default", "data.seed-large-aux-2"], Open("data").Models.Select(m => m.Name));
        Assert.All(Open("data").Models, m => Assert.Equal(("data", null), (m.BaseName, m.Parent)));
    }

    [Fact]
    public void Open_NamesWithTokensAlone_CountInOrder()
    {
        Checkpoint("fuxi/593B", "fuxi/10B", "fuxi/1.5T");

        var model = Open("fuxi").Models[0];

        Assert.Equal([(0, 10_000_000_000L), (1, 593_000_000_000), (2, 1_500_000_000_000)], model.Checkpoints.Select(c => (c.Step, c.Time.Tokens!.Value)));
        Assert.All(model.Checkpoints, c => Assert.False(c.IsStepKnown));
    }

    /// <summary>The clock of a tree: a branch's tokens are those of the stages before it and its own.</summary>
    [Fact]
    public void Open_StagesAndBranches_FollowEachOther()
    {
        Checkpoint("suite/OLMo-2-0425-1B/stage1-step1000-tokens3B", "suite/OLMo-2-0425-1B/stage1-step2000-tokens5B");
        Checkpoint("suite/OLMo-2-0425-1B/stage2-ingredient1-step500-tokens2B", "suite/OLMo-2-0425-1B/stage2-ingredient2-step500-tokens2B");
        Checkpoint("suite/OLMo-2-0425-1B/stage3-step10-tokens1B", "suite/OLMo-2-0425-1B/step150-tokens1B");

        var suite = Open("suite");

        Assert.Equal(
            [("OLMo-2-0425-1B.stage1", null), ("OLMo-2-0425-1B.stage2.ingredient1", "OLMo-2-0425-1B.stage1"), ("OLMo-2-0425-1B.stage2.ingredient2", "OLMo-2-0425-1B.stage1"), ("OLMo-2-0425-1B.stage3", null)],
            suite.Models.Select(m => (m.Name, m.Parent)));
        Assert.Equal([150, 1000, 2000], suite.Models[0].Steps);
        Assert.Equal(new TrainingTime(2500, 7_000_000_000, TokensKnown.Rounded), suite.Models[1].Checkpoints[0].Time);
        Assert.Equal(new TrainingTime(10, 1_000_000_000, TokensKnown.Rounded), suite.Models[3].Checkpoints[0].Time);
        Assert.Contains("OLMo-2-0425-1B.stage3: the stage before it ends in 2 branches (OLMo-2-0425-1B.stage2.ingredient1, OLMo-2-0425-1B.stage2.ingredient2); it begins from none of them alone", suite.Notes);
        Assert.Contains("OLMo-2-0425-1B.stage1: is taken to end at its last checkpoint, step 2000; what comes after it begins there", suite.Notes);
    }

    /// <summary>Where a stage's length is known, the next one begins at its end and not at the last checkpoint that is here.</summary>
    [Fact]
    public void Open_StagesOfKnownLength_FollowAtTheirEnds()
    {
        Checkpoint("Olmo-3-1025-7B/stage1-step1000", "Olmo-3-1025-7B/stage2-step1000", "Olmo-3-1025-7B/stage3-step1000");

        var models = Open("Olmo-3-1025-7B").Models;

        const long First = 1_413_814L * 4_194_304;
        const long Second = 47_684L * 2_097_152;
        Assert.Equal(
            [1000L * 4_194_304, First + (1000L * 2_097_152), First + Second + (1000L * 4_194_304)],
            models.Select(m => m.Checkpoints[0].Time.Tokens!.Value));
        Assert.Equal([1000L, 1_414_814, 1_413_814 + 47_684 + 1000], models.Select(m => m.Checkpoints[0].Time.Steps));
        Assert.All(models, m => Assert.Equal(TokensKnown.Counted, m.Checkpoints[0].Time.Known));
    }

    [Fact]
    public void Open_StageWhoseStepsGoOn_CountsOn()
    {
        Checkpoint("m/stage1-step100", "m/stage1-step200", "m/stage2-step300");

        var suite = Open("m");

        Assert.Equal(300, suite.Models[1].Checkpoints[0].Time.Steps);
        Assert.Equal("m.stage1", suite.Models[1].Parent);
        Assert.Contains("m.stage2: its steps are taken to count on from m.stage1's", suite.Notes);
    }

    [Fact]
    public void Open_StagesOfNoNumber_FollowWhereTheSuiteSaysSo()
    {
        Checkpoint("suite/m/step100", "suite/m/longctx-step10");
        Assert.Null(Open("suite").Find("m.longctx")!.Parent);
        Assert.Contains("m.longctx: where its stage comes in training isn't known; 'stages' in suite.json says it", Open("suite").Notes);

        File.WriteAllText(_folder["suite/suite.json"], """{"name": "s", "tokensPerStep": 1000, "stages": ["", "longctx"], "models": [{"name": "m"}]}""");

        var model = Open("suite").Find("m.longctx")!;
        Assert.Equal(("m", 110_000L), (model.Parent, model.Checkpoints[0].Time.Tokens!.Value));
    }

    [Fact]
    public void Open_FolderOfRepositories_GroupsThoseOfOneCheckpointByModel()
    {
        Checkpoint("repos/TinyLlama-1.1B-intermediate-step-480k-1007B", "repos/TinyLlama-1.1B-intermediate-step-955k-token-2T", "repos/gpt2");

        var suite = Open("repos");

        Assert.Equal(["gpt2", "TinyLlama-1.1B"], suite.Models.Select(m => m.Name));
        Assert.Equal([(480_000, 1_007_000_000_000L), (955_000, 2_000_000_000_000)], suite.Find("TinyLlama-1.1B")!.Checkpoints.Select(c => (c.Step, c.Time.Tokens!.Value)));
        var single = Assert.Single(suite.Find("gpt2")!.Checkpoints);
        Assert.Equal((0, false, TokensKnown.Unknown), (single.Step, single.IsStepKnown, single.Time.Known));
    }

    [Fact]
    public void Open_OneModelWithoutStepFolders_IsOneCheckpoint()
    {
        Checkpoint("gpt2");
        Write("gpt2/onnx/model.onnx");

        var suite = Open("gpt2");

        Assert.Equal(("gpt2", "gpt2", _folder["gpt2"]), (suite.Name, Assert.Single(suite.Models).Name, suite.Models[0].StepFolder(0)));
    }

    [Fact]
    public void Open_KnownModel_HasItsTokensCounted()
    {
        Checkpoint("suite/pythia-70m/step512");

        var time = Open("suite").Models[0].Checkpoints[0].Time;

        Assert.Equal((512 * 2_097_152L, TokensKnown.Counted), (time.Tokens!.Value, time.Known));
    }

    [Fact]
    public void Open_TwoFoldersOfOneStep_AreSaid()
    {
        Checkpoint("m/step1000", "m/step001000", "m/step1000-hf", "m/step7");

        var suite = Open("m");

        Assert.Equal([7, 1000], suite.Models[0].Steps);
        Assert.Equal(_folder["m/step1000"], suite.Models[0].StepFolder(1000));
        Assert.Equal(
            ["m: step001000: is step 1000 again, which step1000 is", "m: step1000-hf: is step 1000 again, which step1000 is"],
            suite.LeftOut.Select(l => l.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Open_ANameThatFitsNoPatternAmongOnesThatDo_IsSaid()
    {
        Checkpoint("m/step1000", "m/final", "m/step99999999999");

        var suite = Open("m");

        Assert.Equal([1000], suite.Models[0].Steps);
        Assert.StartsWith("its name fits no pattern: a checkpoint is called like step1000, checkpoint-500, ", suite.LeftOut.Single(l => l.Name == "final").Reason, StringComparison.Ordinal);
        Assert.StartsWith("has '99999999999' for its step", suite.LeftOut.Single(l => l.Name == "step99999999999").Reason, StringComparison.Ordinal);
        Assert.All(suite.LeftOut, l => Assert.True(l.IsCheckpoint));
    }

    [Fact]
    public void Open_NothingThatFits_SaysWhatWasSeenAndWhatAPatternLooksLike()
    {
        Checkpoint("suite/m/alpha", "suite/m/beta");

        var error = Assert.Throws<InvalidInputException>(() => Open("suite"));

        Assert.Contains("has no checkpoints: m: alpha: its name fits no pattern", error.Message, StringComparison.Ordinal);
        Assert.Contains("A checkpoint is called like step1000, checkpoint-500, global_step1000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OwnPattern_IsTheOnlyOne_AndThatOfTheExperimentGoesBeforeTheSuites()
    {
        Checkpoint("suite/m/run7_300", "suite/m/step5", "suite/m/x9");
        File.WriteAllText(_folder["suite/suite.json"], """{"name": "s", "pattern": "run(?<seed>[0-9]+)_(?<step>[0-9]+)", "models": [{"name": "m"}]}""");

        Assert.Equal([("m.seed7", 300)], Open("suite").Models.Select(m => (m.Name, m.Steps.Single())));
        Assert.Contains("the pattern is run(?<seed>[0-9]+)_(?<step>[0-9]+)", Open("suite").LeftOut.Single(l => l.Name == "step5").Reason, StringComparison.Ordinal);
        Assert.Equal([("m", 9)], SuiteFolder.Open(_folder["suite"], pattern: NamePattern.Parse("x(?<step>9)", "here")).Models.Select(m => (m.Name, m.Steps.Single())));
    }

    [Fact]
    public void Open_SuiteFile_SaysWhichModelsItDoesNotList()
    {
        Checkpoint("suite/m/step1", "suite/n/step1");
        Write("suite/notes/readme.txt");
        File.WriteAllText(_folder["suite/suite.json"], """{"name": "s", "models": [{"name": "m"}]}""");

        Assert.Equal([("n", true), ("notes", false)], Open("suite").LeftOut.Select(l => (l.Name, l.IsCheckpoint)));
    }

    [Theory]
    [InlineData("a@b", "a%40b")]
    [InlineData(" a", "%20a")]
    [InlineData("100%", "100%")]
    [InlineData("a%40b", "a%2540b")]
    [InlineData("a:b", "a%3Ab")]
    public void Open_FolderWhoseNameNoCellCanHave_IsShownEscaped(string folder, string name)
    {
        Checkpoint($"suite/{folder}/step1");

        var model = Assert.Single(Open("suite").Models);

        Assert.Equal((name, _folder[$"suite/{folder}/step1"]), (model.Name, model.StepFolder(1)));
    }

    [Fact]
    public void Open_NameThatGetsTooLong_IsLeftOut()
    {
        var longest = new string('m', 250);
        Checkpoint($"suite/{longest}/step1", $"suite/{longest}/stage1-step1");

        var suite = Open("suite");

        Assert.Equal([longest], suite.Models.Select(m => m.Name));
        Assert.Contains("1 to 255 characters", Assert.Single(suite.LeftOut).Reason, StringComparison.Ordinal);
    }

    private SuiteFolder Open(string folder) => SuiteFolder.Open(_folder[folder]);

    private void Checkpoint(params string[] folders)
    {
        foreach (var folder in folders)
        {
            Write($"{folder}/config.json", $"{folder}/model.safetensors");
        }
    }

    private void State(string folder, int step, long? tokens) => File.WriteAllText(
        _folder[$"{folder}/trainer_state.json"],
        string.Create(CultureInfo.InvariantCulture, $$"""{"global_step": {{step}}, "num_input_tokens_seen": {{tokens ?? 0}}, "log_history": [{"loss": 2.5}], "is_world_process_zero": true}"""));

    private void Write(params string[] files)
    {
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[file])!);
            File.WriteAllText(_folder[file], "{}");
        }
    }
}
