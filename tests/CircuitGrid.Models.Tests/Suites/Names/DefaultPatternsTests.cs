using CircuitGrid.Models.Suites.Names;

namespace CircuitGrid.Models.Tests.Suites.Names;

public sealed class DefaultPatternsTests
{
    /// <summary>Names as public suites and trainings have them.</summary>
    [Theory]
    [InlineData("step0", 0, null, "")]
    [InlineData("step143000", 143_000, null, "")]
    [InlineData("step0012500", 12_500, null, "")]
    [InlineData("step-125000", 125_000, null, "")]
    [InlineData("step_1000", 1000, null, "")]
    [InlineData("step1000-hf", 1000, null, "")]
    [InlineData("step-001000-2BT", 1000, 2_000_000_000L, "")]
    [InlineData("step452000-tokens2000B", 452_000, 2_000_000_000_000L, "")]
    [InlineData("step2627139-tokens15T", 2_627_139, 15_000_000_000_000L, "")]
    [InlineData("step1000-tokens2.5B", 1000, 2_500_000_000L, "")]
    [InlineData("stage1-step1000-tokens3B", 1000, 3_000_000_000L, ".stage1")]
    [InlineData("stage2-ingredient1-step1000-tokens3B", 1000, 3_000_000_000L, ".stage2.ingredient1")]
    [InlineData("stage3-step11921", 11_921, null, ".stage3")]
    [InlineData("stage1-step-40000", 40_000, null, ".stage1")]
    [InlineData("longctx-step1000-tokens210B", 1000, 210_000_000_000L, ".longctx")]
    [InlineData("extension_step0000220", 220, null, ".extension")]
    [InlineData("step1250-seed-default", 1250, null, ".seed-default")]
    [InlineData("step1250-seed-small-aux-2", 1250, null, ".seed-small-aux-2")]
    [InlineData("checkpoint-500", 500, null, "")]
    [InlineData("checkpoint_500", 500, null, "")]
    [InlineData("global_step1000", 1000, null, "")]
    [InlineData("iter_0124800", 124_800, null, "")]
    [InlineData("ckpt_358", 358, null, "")]
    [InlineData("CrystalCoder_phase2_checkpoint_054000", 54_000, null, ".phase2")]
    [InlineData("593B", null, 593_000_000_000L, "")]
    [InlineData("0000020000", 20_000, null, "")]
    public void Read_NamesOfPublicSuites_GiveStepTokensAndParts(string name, int? step, long? tokens, string suffix)
    {
        var read = DefaultPatterns.Read(name)!.Name!;

        Assert.Equal((step, tokens, suffix, false, null), (read.Step, read.Tokens, read.Suffix, read.IsEpoch, read.Model));
    }

    [Theory]
    [InlineData("epoch_3")]
    [InlineData("epoch-3")]
    [InlineData("epoch3")]
    public void Read_Epochs_AreNoSteps(string name) => Assert.Equal((3, true), (DefaultPatterns.Read(name)!.Name!.Step, DefaultPatterns.Read(name)!.Name!.IsEpoch));

    [Theory]
    [InlineData("TinyLlama-1.1B-intermediate-step-480k-1007B", "TinyLlama-1.1B", 480_000, 1_007_000_000_000L)]
    [InlineData("TinyLlama-1.1B-intermediate-step-955k-token-2T", "TinyLlama-1.1B", 955_000, 2_000_000_000_000L)]
    [InlineData("TinyLlama-1.1B-intermediate-step-1195k-token-2.5T", "TinyLlama-1.1B", 1_195_000, 2_500_000_000_000L)]
    public void Read_RepositoriesOfOneCheckpoint_NameTheirModel(string name, string model, int step, long tokens)
    {
        var read = DefaultPatterns.Read(name)!.Name!;

        Assert.Equal((model, step, tokens), (read.Model, read.Step, read.Tokens));
    }

    [Theory]
    [InlineData("main")]
    [InlineData("step")]
    [InlineData("step12-broken")]
    [InlineData("mystep5")]
    [InlineData("step5\n")]
    [InlineData("STEP5")]
    [InlineData("pythia-70m")]
    [InlineData("logs")]
    [InlineData("step٣")]
    public void Read_OtherNames_FitNothing(string name) => Assert.Null(DefaultPatterns.Read(name));

    [Fact]
    public void Read_StepBeyondWhatACellCanName_IsAFault() =>
        Assert.Equal("has '99999999999' for its step; a step is a whole number to 2147483647", DefaultPatterns.Read("step99999999999")!.Fault);
}
