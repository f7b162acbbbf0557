using System.Text.Json.Nodes;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Models.Tests.Architectures;

/// <summary>Rotary settings under the keys of both versions of transformers, and where these contradict each other.</summary>
public sealed class RotaryReadingTests
{
    private const string Llama3 = """
        "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 32
        """;

    public static TheoryData<string, string> EverySpelling { get; } = new(
        from scaling in new[] { ("default", "\"rope_type\": \"default\""), ("linear:2", "\"rope_type\": \"linear\", \"factor\": 2"), ("llama3:8:1:4:32", $"\"rope_type\": \"llama3\", {Llama3}") }
        from spelling in new[]
        {
            $$"""{"rope_theta": 300, "rope_scaling": { {{scaling.Item2}} } }""",
            $$"""{"rope_theta": 300, "rope_scaling": { {{scaling.Item2.Replace("rope_type", "type", StringComparison.Ordinal)}} } }""",
            $$"""{"rope_parameters": {"rope_theta": 300, {{scaling.Item2}} } }""",
            $$"""{"rope_theta": 300, "rope_parameters": { {{scaling.Item2}} } }""",
            $$"""{"rope_theta": 300, "rope_scaling": { {{scaling.Item2}} }, "rope_parameters": {"rope_theta": 300.0, {{scaling.Item2}} } }""",
            $$"""{"rope_theta": 300, "rope_scaling": null, "rope_parameters": {"partial_rotary_factor": 1.0, {{scaling.Item2}} } }""",
        }
        select (scaling.Item1, spelling));

    [Theory]
    [MemberData(nameof(EverySpelling))]
    public void Read_KeysOfBothVersions_MeanTheSame(string expected, string spelling)
    {
        var rotary = Read("llama", spelling).Rotary!.Value;

        Assert.Equal(300, rotary.Base);
        Assert.Equal(12, rotary.Dimensions);
        Assert.Equal(expected, rotary.Scaling?.ToString() ?? "default");
    }

    [Fact]
    public void Read_LinearScalingByOne_IsNone() =>
        Assert.Null(Read("llama", """{"rope_scaling": {"type": "linear", "factor": 1.0}}""").Rotary!.Value.Scaling);

    [Fact]
    public void Read_YarnLeftToDefaults_HasThoseOfHuggingFace()
    {
        var scaling = Read("llama", """{"rope_scaling": {"rope_type": "yarn", "factor": 4.0, "attention_factor": null, "mscale": null, "truncate": true}}""").Rotary!.Value.Scaling;

        Assert.Equal(new YarnScaling(4, 32, 1, 96, (0.1 * Math.Log(4)) + 1), scaling);
    }

    [Fact]
    public void Read_NeoXWithScaling_TurnsItsShareScaled()
    {
        var config = FamilySamples.Parse("""
            {"model_type": "gpt_neox", "hidden_size": 64, "num_attention_heads": 2, "num_hidden_layers": 3, "intermediate_size": 96, "vocab_size": 50,
             "rotary_pct": 0.5, "rope_scaling": {"type": "linear", "factor": 2}}
            """);
        using var file = new MemoryStream();
        config.Write(file, Models.Checkpoints.ElementKind.F32);

        Assert.Equal(new Rotary(16, 10000, new LinearScaling(2)), config.Rotary);
        Assert.Equal(config, ModelConfig.Parse("config.json", file.ToArray()));
    }

    [Theory]
    [InlineData("""{"rope_theta": 300, "rope_parameters": {"rope_theta": 400}}""", "rope_theta is 300 in one place and 400 in another")]
    [InlineData("""{"rope_scaling": {"type": "linear", "factor": 2}, "rope_parameters": {"rope_type": "default"}}""", "rope_scaling and rope_parameters contradict each other: linear:2 and default")]
    [InlineData("""{"rope_scaling": {"type": "linear", "factor": 2}, "rope_parameters": {"rope_type": "linear", "factor": 4}}""", "rope_scaling and rope_parameters contradict each other: linear:2 and linear:4")]
    [InlineData("""{"rope_scaling": {"type": "linear", "rope_type": "yarn", "factor": 2}}""", "rope_scaling: type is linear, and rope_type yarn; they must be the same")]
    [InlineData("""{"rope_scaling": {"factor": 2}}""", "rope_scaling: factor is 2, and no rope_type says what it stretches; default, linear, llama3 and yarn are supported")]
    [InlineData("""{"rope_parameters": {"rope_theta": 300, "factor": 1}}""", "rope_parameters: factor is 1, and no rope_type says what it stretches")]
    [InlineData("""{"rope_scaling": {"rope_type": "default", "factor": 2}}""", "rope_scaling: factor is 2; with the type default it can only be 1")]
    [InlineData("""{"rope_scaling": {"rope_type": "dynamic", "factor": 2}}""", "rope_scaling: rope_type is dynamic; default, linear, llama3 and yarn are supported")]
    [InlineData("""{"rope_scaling": {"type": "longrope", "factor": 2}}""", "rope_scaling: type is longrope; default, linear, llama3 and yarn are supported")]
    [InlineData("""{"rope_scaling": {"rope_type": "mrope"}}""", "rope_scaling: rope_type is mrope; ")]
    [InlineData("""{"rope_scaling": {"rope_type": "linear"}}""", "rope_scaling: factor is missing")]
    [InlineData("""{"rope_scaling": {"rope_type": "linear", "factor": 0.5}}""", "rope_scaling: factor is 0.5; it must be at least 1")]
    [InlineData("""{"rope_scaling": {"rope_type": "linear", "factor": "2"}}""", "rope_scaling: factor is a text; it must be a number")]
    [InlineData("""{"rope_scaling": {"rope_type": "linear", "factor": 2, "original_max_position_embeddings": 32}}""", "rope_scaling has a key 'original_max_position_embeddings', which isn't known; it is 32.")]
    [InlineData("""{"rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4}}""", "rope_scaling: original_max_position_embeddings is missing")]
    [InlineData("""{"rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 4, "original_max_position_embeddings": 32}}""", "rope_scaling: high_freq_factor is 4; it must be above low_freq_factor, 4")]
    [InlineData("""{"rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 0, "high_freq_factor": 4, "original_max_position_embeddings": 32}}""", "rope_scaling: low_freq_factor is 0; it must be above 0")]
    [InlineData("""{"rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 32, "beta_fast": 32}}""", "rope_scaling has a key 'beta_fast', which isn't known; it is 32.")]
    [InlineData(
        """{"rope_scaling": {"rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 96}}""",
        "rope_scaling: factor is 4, and max_position_embeddings 1 times original_max_position_embeddings; ")]
    [InlineData("""{"rope_scaling": {"rope_type": "yarn", "factor": 4, "mscale": 0.7}}""", "rope_scaling: mscale isn't empty; another rule for the factor on cosines and sines isn't supported; state attention_factor")]
    [InlineData("""{"rope_scaling": {"rope_type": "yarn", "factor": 4, "mscale_all_dim": 1}}""", "rope_scaling: mscale_all_dim isn't empty; ")]
    [InlineData("""{"rope_scaling": {"rope_type": "yarn", "factor": 4, "truncate": false}}""", "rope_scaling: truncate is false; only true is supported")]
    [InlineData("""{"rope_scaling": {"rope_type": "yarn", "factor": 4, "attention_factor": 0}}""", "rope_scaling: attention_factor is 0; it must be above 0")]
    [InlineData("""{"rope_scaling": {"rope_type": "yarn", "factor": 4, "beta_fast": 0.5}}""", "rope_scaling: beta_fast is 0.5; it must be at least beta_slow, 1")]
    [InlineData("""{"rope_scaling": {"rope_type": "yarn", "factor": 4, "finetuned": true}}""", "rope_scaling has a key 'finetuned', which isn't known; it is true.")]
    [InlineData("""{"rope_parameters": {"rope_type": "default", "full_attention": {"rope_theta": 300}}}""", "rope_parameters has a key 'full_attention', which isn't known")]
    [InlineData("""{"rope_parameters": 7}""", "rope_parameters is a number; it must be an object")]
    public void Read_SettingThatIsNotUnderstood_NamesPlaceKeyAndReason(string rotary, string reason) =>
        Assert.StartsWith("config.json: " + reason, Refusal("llama", rotary), StringComparison.Ordinal);

    // What transformers 4.57 reads of a scaling that isn't nested, and what 5 would write for it.
    [Fact]
    public void Read_Olmo3_ScalesLayersWithoutAWindowAlone()
    {
        var scaled = new YarnScaling(4, 24, 2, 24, 1.25);
        var flat = FamilySamples.All["olmo3"].Config;
        var nested = Read("olmo3", $$$"""{"rope_parameters": {"full_attention": {"rope_theta": 700, {{{Yarn}}} }, "sliding_attention": {"rope_type": "default", "rope_theta": 700.0} } }""");

        Assert.Equal(flat, nested);
        Assert.Equal(new Rotary(12, 700, scaled), flat.RotaryOf(0));
        Assert.Equal(new Rotary(12, 700), flat.RotaryOf(1));
        Assert.Equal(flat, Read("olmo3", $$$"""{"rope_parameters": {"rope_theta": 700, {{{Yarn}}} } }"""));
    }

    [Fact]
    public void Read_WindowedLayersScaledAsTheOthers_AreSo()
    {
        foreach (var family in new[] { "olmo3", "gemma2" })
        {
            var config = Read(family, $$$"""{"rope_parameters": {"full_attention": {"rope_theta": 700, {{{Yarn}}} }, "sliding_attention": {"rope_theta": 700, {{{Yarn}}} } } }""");
            using var file = new MemoryStream();
            config.Write(file, Models.Checkpoints.ElementKind.F32);

            Assert.False(config.WindowedAreUnscaled);
            Assert.Equal(config.RotaryOf(0), config.RotaryOf(1));
            Assert.NotNull(config.RotaryOf(1)!.Value.Scaling);
            Assert.Equal(config, ModelConfig.Parse("config.json", file.ToArray()));
        }
    }

    [Fact]
    public void Read_Gemma2_ScalesEveryLayerUnlessItSaysOtherwise()
    {
        var flat = Read("gemma2", """{"rope_theta": 700, "rope_scaling": {"type": "linear", "factor": 2}}""");
        var nested = Read("gemma2", """{"rope_parameters": {"full_attention": {"rope_type": "linear", "factor": 2, "rope_theta": 700}, "sliding_attention": {"rope_type": "default", "rope_theta": 700}}}""");
        using var file = new MemoryStream();
        nested.Write(file, Models.Checkpoints.ElementKind.F32);

        Assert.False(flat.WindowedAreUnscaled);
        Assert.Equal(flat with { WindowedAreUnscaled = true }, nested);
        Assert.Equal(nested, ModelConfig.Parse("config.json", file.ToArray()));
    }

    [Theory]
    [InlineData("""{"full_attention": {"rope_theta": 700}, "sliding_attention": {"rope_theta": 800}}""", "rope_parameters: sliding_attention has the base 800, and full_attention 700; one base for both is supported")]
    [InlineData("""{"full_attention": {"rope_theta": 700}, "sliding_attention": {"rope_theta": 700, "rope_type": "linear", "factor": 2}}""", "rope_parameters: sliding_attention is scaled by linear:2, and full_attention by default; no scaling or the same one is supported")]
    [InlineData("""{"full_attention": {"rope_theta": 700}}""", "rope_parameters: sliding_attention is missing beside the other kind of layer")]
    [InlineData("""{"sliding_attention": {"rope_theta": 700}, "full_attention": {}}""", "rope_parameters: full_attention: rope_theta is missing")]
    [InlineData("""{"full_attention": {"rope_theta": 700}, "sliding_attention": {"rope_theta": 700}, "rope_theta": 700}""", "rope_parameters has a key 'rope_theta', which isn't known")]
    [InlineData("""{"full_attention": {"rope_theta": 700, "beta_fast": 3}, "sliding_attention": {"rope_theta": 700}}""", "rope_parameters: full_attention has a key 'beta_fast', which isn't known")]
    public void Read_KindsOfLayersThatDifferOtherwise_AreRefused(string parameters, string reason) =>
        Assert.StartsWith("config.json: " + reason, Refusal("olmo3", $$"""{"rope_parameters": {{parameters}}}"""), StringComparison.Ordinal);

    [Fact]
    public void Read_Apertus_IsScaledUnlessItSaysOtherwise()
    {
        Assert.Equal(new Rotary(12, 12e6, new Llama3Scaling(8, 1, 4, 8192)), Read("apertus", "{}").Rotary);
        Assert.Equal(new Rotary(12, 500000), Read("apertus", """{"rope_theta": 500000, "rope_scaling": null}""").Rotary);
        Assert.Equal(new Rotary(12, 500000), Read("apertus", """{"rope_parameters": {"rope_theta": 500000, "rope_type": "default"}}""").Rotary);
    }

    private const string Yarn = "\"rope_type\": \"yarn\", \"factor\": 4, \"beta_fast\": 24, \"beta_slow\": 2, \"original_max_position_embeddings\": 24, \"attention_factor\": 1.25";

    /// <summary>A family's sample with these members for all that it says about rotation.</summary>
    private static ModelConfig Read(string family, string rotary) => FamilySamples.Parse(FamilySamples.Edit(FamilySamples.All[family].Json, json =>
    {
        json.Remove("rope_theta");
        json.Remove("rope_scaling");
        foreach (var (key, value) in JsonNode.Parse(rotary)!.AsObject())
        {
            json[key] = value?.DeepClone();
        }
    }));

    private static string Refusal(string family, string rotary) => Assert.ThrowsAny<InvalidInputException>(() => Read(family, rotary)).Message;
}
