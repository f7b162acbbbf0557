using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tests.Files;

namespace CircuitGrid.Models.Tests.Architectures;

public sealed class FamilyReadingTests
{
    public static TheoryData<string> Published { get; } = [.. PublishedFamilies.All.Keys];

    public static TheoryData<string> Samples { get; } = [.. FamilySamples.All.Keys];

    [Fact]
    public void All_Families_HaveASampleHere() => Assert.Equal(
        ["gpt_neox", "gpt2", .. FamilySamples.All.Keys],
        Families.All.Select(f => f.ModelType));

    [Theory]
    [MemberData(nameof(Published))]
    public void Read_PublishedConfig_IsTakenWithoutANote(string model)
    {
        var (json, parameters) = PublishedFamilies.All[model];
        var foreign = new ForeignKeys();

        var config = FamilySamples.Parse(json, foreign);

        Assert.Empty(foreign.Notes);
        Assert.Empty(foreign.PassedOver);
        Assert.Equal(parameters, config.ParameterCount);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Read_SettingsOtherThanDefaults_AreTheSwitchesTheyMean(string family) =>
        Assert.Equal(FamilySamples.All[family].Config, FamilySamples.Parse(FamilySamples.All[family].Json));

    [Theory]
    [MemberData(nameof(Samples))]
    public void Read_AnyChangeOfAKey_IsAnErrorOrChangesNothing(string family) => KeyChanges.AssertNoneIsMissed(
        FamilySamples.All[family].Json,
        (text, foreign) => FamilySamples.Parse(text, foreign).ToString(),
        open: ["id2label"],
        names: [],
        nulls: ["layer_types", "sliding_window", "no_rope_layers", "clip_qkv", "attn_logit_softcapping", "final_logit_softcapping", "num_key_value_heads", "head_dim", "rope_scaling", "attention_factor", "beta_fast", "beta_slow", "original_max_position_embeddings", "pretraining_tp"]);

    [Theory]
    [MemberData(nameof(Samples))]
    public void Write_Sample_IsReadBackAsItWas(string family)
    {
        var config = FamilySamples.All[family].Config;
        using var file = new MemoryStream();
        config.Write(file, ElementKind.BF16);

        Assert.Equal(config, ModelConfig.Parse("config.json", file.ToArray()));
    }

    [Theory]
    [MemberData(nameof(Published))]
    public void Write_PublishedConfig_IsReadBackAsItWas(string model)
    {
        var config = FamilySamples.Parse(PublishedFamilies.All[model].Json);
        using var file = new MemoryStream();
        config.Write(file, ElementKind.BF16);

        Assert.Equal(config, ModelConfig.Parse("config.json", file.ToArray()));
    }

    // Only the keys that give the model its size; the rest is what Hugging Face's classes say.
    [Theory]
    [InlineData("llama", 2048, 1e-6, false, 10000)]
    [InlineData("olmo", 2048, 1e-5, false, 10000)]
    [InlineData("olmo2", 2048, 1e-5, false, 10000)]
    [InlineData("olmo3", 2048, 1e-5, false, 10000)]
    [InlineData("smollm3", 32768, 1e-6, true, 2e6)]
    [InlineData("qwen2", 32768, 1e-6, false, 10000)]
    [InlineData("qwen3", 32768, 1e-6, false, 10000)]
    [InlineData("mistral", 131072, 1e-6, false, 10000)]
    [InlineData("gemma2", 8192, 1e-6, true, 10000)]
    [InlineData("apertus", 65536, 1e-5, false, 12e6)]
    public void Read_KeysLeftOut_HaveTheDefaultsOfHuggingFace(string family, int context, double epsilon, bool tied, double angleBase)
    {
        var config = Sparse(family);

        Assert.Equal(context, config.ContextLength);
        Assert.Equal(epsilon, config.Norms.Epsilon);
        Assert.Equal(tied, config.TiedUnembedding);
        Assert.Equal(angleBase, config.Rotary!.Value.Base);
        Assert.Equal(8, config.Rotary.Value.Dimensions);
        Assert.Equal(1, config.HeadsPerKey);
        Assert.Null(config.OwnHeadWidth);
        Assert.Equal(family == "qwen2" ? Biases.QueryKeyValue : Biases.None, config.Biases);
        Assert.Equal(family switch { "gemma2" => Activation.GeluTanh, "apertus" => Activation.XIelu, _ => Activation.Silu }, config.Activation);
        Assert.Equal(family switch { "olmo3" => (4096, "11101"), "gemma2" => (4096, "10101"), "mistral" => (4096, "11111"), _ => (0, "") }, (config.Window, config.WindowedLayers.ToString()));
        Assert.Equal(family == "smollm3" ? "00010" : "", config.UnrotatedLayers.ToString());
        Assert.Equal(family == "apertus" ? new Llama3Scaling(8, 1, 4, 8192) : null, config.Rotary.Value.Scaling);
        Assert.Equal(family == "gemma2" ? (50, 30, 256) : (0, 0, null), (config.AttentionCap, config.LogitCap, config.QueryScalar));
        Assert.Equal(0, config.QueryKeyValueLimit);
    }

    [Fact]
    public void Read_HeadWidthThatIsTheUsualOne_IsNoSettingOfItsOwn()
    {
        var config = FamilySamples.Parse(FamilySamples.With("llama", "head_dim", "8"));

        Assert.Null(config.OwnHeadWidth);
        Assert.Equal(8, config.HeadWidth);
        Assert.Equal(config, FamilySamples.Parse(FamilySamples.With("llama", "head_dim", null)));
    }

    [Fact]
    public void Read_NullForWhatMayBeNone_IsNone()
    {
        Assert.Equal(0, FamilySamples.Parse(FamilySamples.With("olmo", "clip_qkv", "null")).QueryKeyValueLimit);
        Assert.Equal(0, FamilySamples.Parse(FamilySamples.With("gemma2", "attn_logit_softcapping", "null")).AttentionCap);
        Assert.Equal(0, FamilySamples.Parse(FamilySamples.With("gemma2", "final_logit_softcapping", "null")).LogitCap);
        Assert.True(FamilySamples.Parse(FamilySamples.With("mistral", "sliding_window", "null")).WindowedLayers.IsEmpty);
        Assert.True(FamilySamples.Parse(FamilySamples.With("qwen2", "sliding_window", "null")).WindowedLayers.IsEmpty);
    }

    [Fact]
    public void Read_SmolLm3WithoutLists_HasWindowsWhereItHasNoRotation()
    {
        var config = FamilySamples.Parse(FamilySamples.Edit(FamilySamples.All["smollm3"].Json, json =>
        {
            json["layer_types"] = null;
            json["no_rope_layers"] = null;
        }));

        Assert.Equal("0010", config.UnrotatedLayers.ToString());
        Assert.Equal("0010", config.WindowedLayers.ToString());
    }

    [Fact]
    public void Read_WindowThatIsNotUsed_IsNone()
    {
        foreach (var family in new[] { "qwen2", "qwen3" })
        {
            var config = FamilySamples.Parse(FamilySamples.With(family, "use_sliding_window", "false"));
            Assert.Equal((0, true), (config.Window, config.WindowedLayers.IsEmpty));
            Assert.Equal(config, FamilySamples.Parse(FamilySamples.With(family, "use_sliding_window", null)));
        }
    }

    [Fact]
    public void Read_QueriesDividedByTheWidthOfAHead_AreAsUsual() =>
        Assert.Null(FamilySamples.Parse(FamilySamples.With("gemma2", "query_pre_attn_scalar", "12")).QueryScalar);

    private static ModelConfig Sparse(string family) => FamilySamples.Parse(
        $$"""{"model_type": "{{family}}", "hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": 5, "intermediate_size": 40, "vocab_size": 50}""");
}
