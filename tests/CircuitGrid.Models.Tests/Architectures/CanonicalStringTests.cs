using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Tests.Checkpoints;

namespace CircuitGrid.Models.Tests.Architectures;

/// <summary>The line that digests and keys of results cover: as it always was for the families that were there first, and another one for every switch.</summary>
public sealed class CanonicalStringTests
{
    /// <summary>One change of each member of a configuration, from a model for which every one of them means something.</summary>
    private static readonly Dictionary<string, Func<ModelConfig, ModelConfig>> s_changes = new(StringComparer.Ordinal)
    {
        ["family"] = c => c with { Family = Families.Qwen2 },
        ["layers"] = c => c with { Layers = 5 },
        ["heads"] = c => c with { Heads = 8 },
        ["width"] = c => c with { Width = 96 },
        ["MLP"] = c => c with { MlpWidth = 41 },
        ["vocabulary"] = c => c with { Vocabulary = 51 },
        ["context"] = c => c with { ContextLength = 97 },
        ["norm"] = c => c with { Norms = c.Norms with { Kind = NormKind.LayerNorm } },
        ["epsilon"] = c => c with { Norms = c.Norms with { Epsilon = 1e-3 } },
        ["norms before"] = c => c with { Norms = c.Norms with { Placement = NormPlacement.Before } },
        ["norms on both sides"] = c => c with { Norms = c.Norms with { Placement = NormPlacement.Both } },
        ["norms without weights"] = c => c with { Norms = c.Norms with { HasWeights = false } },
        ["norms by 1 + w"] = c => c with { Norms = c.Norms with { IsOffset = true } },
        ["activation"] = c => c with { Activation = Activation.Silu },
        ["parallel"] = c => c with { ParallelResidual = true },
        ["untied"] = c => c with { TiedUnembedding = false },
        ["base"] = c => c with { Rotary = c.Rotary!.Value with { Base = 701 } },
        ["dimensions"] = c => c with { Rotary = c.Rotary!.Value with { Dimensions = 10 } },
        ["no rotation"] = c => c with { Rotary = null },
        ["linear"] = c => c with { Rotary = c.Rotary!.Value with { Scaling = new LinearScaling(2) } },
        ["linear by more"] = c => c with { Rotary = c.Rotary!.Value with { Scaling = new LinearScaling(3) } },
        ["llama3"] = c => c with { Rotary = c.Rotary!.Value with { Scaling = new Llama3Scaling(2, 1, 4, 32) } },
        ["llama3 low"] = c => c with { Rotary = c.Rotary!.Value with { Scaling = new Llama3Scaling(2, 2, 4, 32) } },
        ["llama3 high"] = c => c with { Rotary = c.Rotary!.Value with { Scaling = new Llama3Scaling(2, 1, 5, 32) } },
        ["llama3 original"] = c => c with { Rotary = c.Rotary!.Value with { Scaling = new Llama3Scaling(2, 1, 4, 33) } },
        ["yarn fast"] = c => c with { Rotary = c.Rotary!.Value with { Scaling = new YarnScaling(4, 25, 2, 24, 1.25) } },
        ["yarn slow"] = c => c with { Rotary = c.Rotary!.Value with { Scaling = new YarnScaling(4, 24, 3, 24, 1.25) } },
        ["yarn original"] = c => c with { Rotary = c.Rotary!.Value with { Scaling = new YarnScaling(4, 24, 2, 25, 1.25) } },
        ["yarn attention"] = c => c with { Rotary = c.Rotary!.Value with { Scaling = new YarnScaling(4, 24, 2, 24, 1.5) } },
        ["keys"] = c => c with { HeadsPerKey = 3 },
        ["a key each"] = c => c with { HeadsPerKey = 1 },
        ["head"] = c => c with { OwnHeadWidth = 14 },
        ["usual head"] = c => c with { OwnHeadWidth = null },
        ["no biases"] = c => c with { Biases = Biases.None },
        ["some biases"] = c => c with { Biases = Biases.QueryKeyValue },
        ["all biases"] = c => c with { Biases = Biases.All },
        ["no gate"] = c => c with { IsGated = false },
        ["norm of heads"] = c => c with { QueryKeyNorm = QueryKeyNorm.PerHead },
        ["no norm of heads"] = c => c with { QueryKeyNorm = QueryKeyNorm.None },
        ["bound"] = c => c with { QueryKeyValueLimit = 8 },
        ["window"] = c => c with { Window = 6 },
        ["windows"] = c => c with { WindowedLayers = FamilySamples.Set("0100") },
        ["no windows"] = c => c with { Window = 0, WindowedLayers = default },
        ["unrotated"] = c => c with { UnrotatedLayers = FamilySamples.Set("0001") },
        ["windows scaled"] = c => c with { WindowedAreUnscaled = false },
        ["queries"] = c => c with { QueryScalar = 20 },
        ["layers below"] = c => c with { DividesByLayer = true },
        ["attention's cap"] = c => c with { AttentionCap = 50 },
        ["logits' cap"] = c => c with { LogitCap = 50 },
        ["embedding"] = c => c with { ScalesEmbedding = true },
    };

    [Fact]
    public void ToCanonicalString_EverySwitch_MakesAnotherLine()
    {
        var config = FamilySamples.All["olmo3"].Config;
        var lines = s_changes.Values.Select(change => change(config).ToCanonicalString()).Prepend(config.ToCanonicalString()).ToList();

        Assert.Equal([], lines.GroupBy(line => line, StringComparer.Ordinal).Where(same => same.Count() > 1).Select(same => same.Key));
        Assert.All(lines, line => Assert.DoesNotContain(line.Split(' '), field => field.Split('=').Length != 2));
    }

    [Fact]
    public void Changes_OfThisTest_CoverEveryMember()
    {
        var config = FamilySamples.All["olmo3"].Config;
        var members = typeof(ModelConfig).GetProperties().Where(p => p.CanWrite).ToList();

        Assert.Equal([], members.Where(m => s_changes.Values.All(change => Equals(m.GetValue(change(config)), m.GetValue(config)))).Select(m => m.Name));
    }

    // What results of earlier versions have in their keys.
    [Fact]
    public void ToCanonicalString_FamiliesThatWereThereFirst_IsTheLineThatItWas()
    {
        Assert.Equal(
            "architecture=GptNeoX layers=2 heads=2 width=8 mlp=12 vocabulary=10 context=16 epsilon=1E-05 activation=Gelu parallel=True tied=False rotary=2 base=10000",
            ModelSamples.GptNeoX.ToCanonicalString());
        Assert.Equal(
            "architecture=Gpt2 layers=2 heads=2 width=8 mlp=12 vocabulary=10 context=16 epsilon=1E-05 activation=GeluTanh parallel=False tied=True rotary=0 base=0",
            ModelSamples.Gpt2.ToCanonicalString());
    }

    [Fact]
    public void ToCanonicalString_NewFamily_NamesItsSwitches() => Assert.Equal(
        "architecture=olmo3 layers=4 heads=6 width=48 mlp=40 vocabulary=50 context=96 epsilon=0.0001 activation=Gelu parallel=False tied=True rotary=12 base=700 "
        + "keys=3 head=12 norm=RmsNorm norms=After biases=QueryKeyValue+Output gated=True qk-norm=Whole window=5 windowed=0101 scaling=yarn:4:24:2:24:1.25 windowed-unscaled=True",
        FamilySamples.All["olmo3"].Config.ToCanonicalString());

    [Theory]
    [InlineData("llama", "a llama model can't have qk-norm=PerHead")]
    [InlineData("gpt_neox", "a gpt_neox model can't have qk-norm=PerHead")]
    [InlineData("gpt2", "a gpt2 model can't have qk-norm=PerHead")]
    public void FindFault_SwitchThatTheFamilyLacks_IsNamed(string family, string expected)
    {
        var config = family switch { "gpt_neox" => ModelSamples.GptNeoX, "gpt2" => ModelSamples.Gpt2, _ => FamilySamples.All[family].Config };

        Assert.Null(config.FindFault());
        Assert.Equal(expected, (config with { QueryKeyNorm = QueryKeyNorm.PerHead }).FindFault());
    }

    [Fact]
    public void FindFault_WhatTheFamilyAlwaysHas_IsNamedWhereItIsMissing()
    {
        Assert.Equal("a llama model can't be without gated=True", (FamilySamples.All["llama"].Config with { IsGated = false }).FindFault());
        Assert.Equal("a gemma2 model can't be without scaled-embedding=True", (FamilySamples.All["gemma2"].Config with { ScalesEmbedding = false }).FindFault());
        Assert.Equal("a llama model has rotary positions, and none are given", (FamilySamples.All["llama"].Config with { Rotary = null }).FindFault());
        Assert.Equal(
            "rotary positions turn 8 of a head's 12 dimensions; in a llama model they turn all of them",
            (FamilySamples.All["llama"].Config with { Rotary = new Rotary(8, 700) }).FindFault());
    }

    [Fact]
    public void FindFault_SettingThatSaysNothing_IsRefused()
    {
        var config = FamilySamples.All["olmo3"].Config;

        Assert.Equal("a window of 5 is given for no layer", (config with { WindowedLayers = default }).FindFault());
        Assert.Equal("the window is 0; it must be at least 1", (config with { Window = 0 }).FindFault());
        Assert.Equal("a set of layers tells of 5, and the model has 4", (config with { WindowedLayers = FamilySamples.Set("01010") }).FindFault());
        Assert.StartsWith("windowed layers are said to be unscaled", (config with { Rotary = new Rotary(12, 700) }).FindFault(), StringComparison.Ordinal);
        Assert.StartsWith("the cap on logits is NaN", (config with { LogitCap = double.NaN }).FindFault(), StringComparison.Ordinal);
        Assert.StartsWith("the number below queries is 12", (config with { QueryScalar = 12 }).FindFault(), StringComparison.Ordinal);
        Assert.StartsWith("the width of a head, 8, is given although it is D/H", (FamilySamples.All["llama"].Config with { OwnHeadWidth = 8, Rotary = new Rotary(8, 700) }).FindFault(), StringComparison.Ordinal);
    }
}
