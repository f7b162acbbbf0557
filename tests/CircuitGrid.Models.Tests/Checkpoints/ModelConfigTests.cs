using System.Text;
using System.Text.Json.Nodes;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Models.Tests.Checkpoints;

public sealed class ModelConfigTests
{
    private const string Pythia70M = """
        {"architectures": ["GPTNeoXForCausalLM"], "bos_token_id": 0, "eos_token_id": 0, "hidden_act": "gelu", "hidden_size": 512,
         "initializer_range": 0.02, "intermediate_size": 2048, "layer_norm_eps": 1e-05, "max_position_embeddings": 2048,
         "model_type": "gpt_neox", "num_attention_heads": 8, "num_hidden_layers": 6, "rotary_emb_base": 10000, "rotary_pct": 0.25,
         "tie_word_embeddings": false, "torch_dtype": "float16", "transformers_version": "4.24.0", "use_cache": true,
         "use_parallel_residual": true, "vocab_size": 50304}
        """;

    private const string Gpt2Small = """
        {"activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"], "attn_pdrop": 0.1, "layer_norm_epsilon": 1e-05,
         "model_type": "gpt2", "n_ctx": 1024, "n_embd": 768, "n_head": 12, "n_layer": 12, "n_positions": 1024,
         "summary_type": "cls_index", "vocab_size": 50257}
        """;

    // Published parameter counts of the Pythia suite (Biderman et al. 2023, table 1).
    [Theory]
    [InlineData(6, 4, 128, 50304, 14_067_712, 1_189_888)]
    [InlineData(6, 8, 256, 50304, 30_494_720, 4_739_072)]
    [InlineData(6, 8, 512, 50304, 70_426_624, 18_915_328)]
    [InlineData(12, 12, 768, 50304, 162_322_944, 85_056_000)]
    [InlineData(24, 16, 1024, 50304, 405_334_016, 302_311_424)]
    [InlineData(16, 8, 2048, 50304, 1_011_781_632, 805_736_448)]
    [InlineData(24, 16, 2048, 50304, 1_414_647_808, 1_208_602_624)]
    [InlineData(32, 32, 2560, 50304, 2_775_208_960, 2_517_652_480)]
    [InlineData(32, 32, 4096, 50432, 6_857_302_016, 6_444_163_072)]
    [InlineData(36, 40, 5120, 50688, 11_846_072_320, 11_327_027_200)]
    public void ParameterCount_PythiaSizes_IsThePublishedOne(int layers, int heads, int width, int vocabulary, long all, long nonEmbedding)
    {
        var config = Edit(Pythia70M, json =>
        {
            json["num_hidden_layers"] = layers;
            json["num_attention_heads"] = heads;
            json["hidden_size"] = width;
            json["intermediate_size"] = 4 * width;
            json["vocab_size"] = vocabulary;
        });

        Assert.Equal(all, config.ParameterCount);
        Assert.Equal(nonEmbedding, config.NonEmbeddingParameterCount);
        Assert.Equal(width / heads / 4, config.Rotary!.Value.Dimensions);
    }

    [Fact]
    public void ParameterCount_Gpt2Small_IsThePublishedOne()
    {
        var config = Edit(Gpt2Small, _ => { });

        Assert.Equal(124_439_808, config.ParameterCount);
        Assert.Equal(85_056_000, config.NonEmbeddingParameterCount);
        Assert.Equal(4 * 768, config.MlpWidth);
        Assert.True(config.TiedUnembedding);
        Assert.False(config.ParallelResidual);
    }

    [Fact]
    public void Read_GptNeoXWithoutAttentionBiases_HasThoseOfTheMlpAlone()
    {
        var config = Edit(Pythia70M, json => json["attention_bias"] = false);

        Assert.Equal(Biases.Mlp, config.Biases);
        Assert.Equal(70_426_624 - (6 * 4 * 512), config.ParameterCount);
    }

    [Fact]
    public void Read_Gpt2ThatDividesByTheLayer_HasSmallerScalesInLaterLayers()
    {
        var config = Edit(Gpt2Small, json => json["scale_attn_by_inverse_layer_idx"] = true);

        Assert.True(config.DividesByLayer);
        Assert.Equal([1 / 8.0, 1 / 16.0, 1 / 96.0], new[] { config.AttentionOf(0).Scale, config.AttentionOf(1).Scale, config.AttentionOf(11).Scale });
    }

    [Fact]
    public void ParameterCount_UntiedGpt2_HasTheUnembeddingToo() =>
        Assert.Equal(124_439_808 + (50257 * 768), Edit(Gpt2Small, json => json["tie_word_embeddings"] = false).ParameterCount);

    [Fact]
    public void Read_KeysLeftOut_HaveTheDefaultsOfHuggingFace()
    {
        var full = Edit(Pythia70M, _ => { });

        var sparse = Edit(Pythia70M, json =>
        {
            foreach (var key in new[] { "hidden_act", "layer_norm_eps", "max_position_embeddings", "rotary_emb_base", "rotary_pct", "tie_word_embeddings", "use_parallel_residual" })
            {
                json.Remove(key);
            }
        });
        var gpt2 = Edit(Gpt2Small, json =>
        {
            json.Remove("activation_function");
            json.Remove("layer_norm_epsilon");
            json.Remove("n_positions");
            json["n_inner"] = null;
        });

        Assert.Equal(full, sparse);
        Assert.Equal(Edit(Gpt2Small, _ => { }), gpt2);
    }

    [Fact]
    public void Read_RotaryKeysOfEveryAge_MeanTheSame()
    {
        var expected = Edit(Pythia70M, json => json["rotary_pct"] = 0.5);

        Assert.Equal(new Rotary(32, 10000), expected.Rotary);
        Assert.Equal(expected, Edit(Pythia70M, json =>
        {
            json.Remove("rotary_pct");
            json.Remove("rotary_emb_base");
            json["rope_parameters"] = JsonNode.Parse("""{"rope_theta": 10000.0, "partial_rotary_factor": 0.5, "rope_type": "default"}""");
        }));
        Assert.Equal(expected, Edit(Pythia70M, json =>
        {
            json.Remove("rotary_pct");
            json["partial_rotary_factor"] = 0.5;
            json["rope_theta"] = 10000;
            json["rope_scaling"] = null;
        }));
    }

    [Theory]
    [InlineData("rope_scaling", """{"type": "default", "factor": 1.0}""")]
    [InlineData("rope_scaling", """{"rope_type": "default", "factor": 1}""")]
    [InlineData("rope_scaling", """{"long_factor": null}""")]
    [InlineData("rope_parameters", """{"rope_theta": 10000}""")]
    [InlineData("rope_parameters", "{}")]
    public void Read_RotarySettingThatChangesNothing_IsAccepted(string key, string value) =>
        Assert.Equal(Edit(Pythia70M, _ => { }), Edit(Pythia70M, json => json[key] = JsonNode.Parse(value)));

    [Theory]
    [InlineData("gelu", Activation.Gelu)]
    [InlineData("gelu_new", Activation.GeluTanh)]
    [InlineData("gelu_pytorch_tanh", Activation.GeluTanh)]
    [InlineData("gelu_fast", Activation.GeluTanh)]
    [InlineData("relu", Activation.Relu)]
    public void Read_Activation_IsTheFunctionOfThatName(string name, Activation activation) =>
        Assert.Equal(activation, Edit(Pythia70M, json => json["hidden_act"] = name).Activation);

    [Theory]
    [InlineData("use_parallel_residual", "false")]
    [InlineData("tie_word_embeddings", "true")]
    [InlineData("rotary_emb_base", "20000")]
    [InlineData("layer_norm_eps", "1e-6")]
    [InlineData("max_position_embeddings", "4096")]
    [InlineData("hidden_act", "\"relu\"")]
    [InlineData("attention_bias", "false")]
    public void ToCanonicalString_AnySettingThatMatters_Changes(string key, string value)
    {
        var changed = Edit(Pythia70M, json => json[key] = JsonNode.Parse(value));

        Assert.NotEqual(Edit(Pythia70M, _ => { }), changed);
        Assert.NotEqual(Edit(Pythia70M, _ => { }).ToCanonicalString(), changed.ToCanonicalString());
    }

    [Theory]
    [InlineData("model_type", "\"bloom\"", "model_type is bloom; these can be read: gpt_neox, gpt2, llama")]
    [InlineData("model_type", null, "model_type is missing")]
    [InlineData("model_type", "5", "model_type is a number; it must be a text")]
    [InlineData("hidden_size", null, "hidden_size is missing")]
    [InlineData("hidden_size", "0", "hidden_size is 0; it must be a whole number from 1 to")]
    [InlineData("hidden_size", "512.5", "hidden_size is 512.5; it must be a whole number")]
    [InlineData("hidden_size", "1e300", "hidden_size is 1e300; it must be a whole number")]
    [InlineData("hidden_size", "1e999", "hidden_size is 1e999; it must be a finite number")]
    [InlineData("hidden_size", "\"512\"", "hidden_size is a text; it must be a number")]
    [InlineData("hidden_size", "500", "the width 500 isn't divisible by the number of heads, 8")]
    [InlineData("vocab_size", "1000000000000", "vocab_size is 1000000000000; it must be a whole number from 1 to 16777216")]
    [InlineData("num_hidden_layers", "-1", "num_hidden_layers is -1")]
    [InlineData("num_hidden_layers", "1000000", "num_hidden_layers is 1000000; it must be a whole number from 1 to 1024")]
    [InlineData("layer_norm_eps", "0", "the epsilon of the LayerNorms is 0")]
    [InlineData("layer_norm_eps", "-1e-5", "the epsilon of the LayerNorms is -1E-05")]
    [InlineData("hidden_act", "\"silu\"", "hidden_act is silu; gelu")]
    [InlineData("hidden_act", "\"quick_gelu\"", "hidden_act is quick_gelu; gelu")]
    [InlineData("use_parallel_residual", "1", "use_parallel_residual is a number; it must be true or false")]
    [InlineData("attention_bias", "1", "attention_bias is a number; it must be true or false")]
    [InlineData("rotary_pct", "0.05", "rotary positions turn 3 of a head's 64 dimensions")]
    [InlineData("rotary_pct", "0", "rotary_pct is 0; it must be above 0")]
    [InlineData("rotary_pct", "1.5", "rotary_pct is 1.5")]
    [InlineData("rotary_emb_base", "1", "the base of the rotary angles is 1")]
    [InlineData("rope_theta", "500000", "rotary_emb_base and rope_theta contradict each other: 10000 and 500000")]
    [InlineData("rope_parameters", """{"partial_rotary_factor": 0.5}""", "rotary_pct and partial_rotary_factor contradict each other")]
    [InlineData("rope_parameters", """{"rope_type": "longrope"}""", "rope_parameters: rope_type is longrope; default, linear, llama3 and yarn are supported")]
    [InlineData("rope_scaling", """{"type": "dynamic", "factor": 2}""", "rope_scaling: type is dynamic; default, linear,")]
    [InlineData("rope_parameters", "7", "rope_parameters is a number; it must be an object")]
    [InlineData("rope_scaling", """{"factor": 2}""", "rope_scaling: factor is 2, and no rope_type says what it stretches")]
    [InlineData("rope_parameters", """{"factor": 0.5, "rope_theta": 10000}""", "rope_parameters: factor is 0.5, and no rope_type says")]
    [InlineData("rope_scaling", """{"factor": 1}""", "rope_scaling: factor is 1, and no rope_type says")]
    [InlineData("rope_scaling", """{"type": "default", "factor": 2}""", "rope_scaling: factor is 2; with the type default it can only be 1")]
    [InlineData("rope_parameters", """{"rope_type": "default", "factor": "1"}""", "rope_parameters: factor is a text; it must be a number")]
    [InlineData("rope_scaling", """{"original_max_position_embeddings": 2048}""", "rope_scaling has a key 'original_max_position_embeddings', which isn't known; it is 2048")]
    [InlineData("rope_parameters", """{"rope_type": "default", "rope_thata": 500000}""", "rope_parameters has a key 'rope_thata'; did you mean 'rope_theta'?")]
    [InlineData("rope_parameters", """{"rope_type": "default", "full_attention": {"rope_theta": 500000}}""", "rope_parameters has a key 'full_attention', which isn't known")]
    [InlineData("rope_parameters", """{"Factor": 2}""", "rope_parameters has a key 'Factor'; did you mean 'factor'?")]
    public void Read_ValueThatCannotBe_NamesFileKeyAndReason(string key, string? value, string reason)
    {
        var error = Assert.ThrowsAny<InvalidInputException>(() => Edit(Pythia70M, json =>
        {
            json.Remove(key);
            if (value is not null)
            {
                json[key] = JsonNode.Parse(value);
            }
        }));

        Assert.StartsWith("config.json: " + reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scale_attn_weights", "false")]
    [InlineData("is_encoder_decoder", "true")]
    [InlineData("add_cross_attention", "true")]
    public void Read_Gpt2SettingThatIsAnotherModel_IsAnError(string key, string value) =>
        Assert.Contains($"{key} is {value}", Assert.Throws<InvalidInputException>(() => Edit(Gpt2Small, json => json[key] = JsonNode.Parse(value))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("", "isn't JSON: it is empty")]
    [InlineData("{\"a\": ", "isn't valid JSON")]
    [InlineData("[1]", "is a list, not a JSON object")]
    [InlineData("{\"model_type\": \"gpt2\", \"model_type\": \"gpt_neox\"}", "has the key 'model_type' twice")]
    [InlineData("{\"model_type\": \"\\ud800\"}", "model_type isn't valid Unicode")]
    public void Read_WhatIsNotAJsonObject_IsAnError(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidInputException>(() => ModelConfig.Parse("config.json", Encoding.UTF8.GetBytes(text))).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_NestingWithoutEnd_IsAnError() =>
        Assert.Contains("isn't valid JSON", Assert.Throws<InvalidInputException>(() =>
            ModelConfig.Parse("config.json", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 100_000))))).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_FileThatIsMissingOrTooLargeOrAFolder_IsAnError()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["large"], new byte[(1 << 20) + 1]);

        Assert.EndsWith("missing: doesn't exist", Message(folder["missing"]), StringComparison.Ordinal);
        Assert.EndsWith("is 1048577 bytes long; such a file has at most 1048576", Message(folder["large"]), StringComparison.Ordinal);
        Assert.EndsWith("is a folder, not a plain file", Message(folder.Path), StringComparison.Ordinal);

        static string Message(string path) => Assert.Throws<InvalidInputException>(() => ModelConfig.Read(path)).Message;
    }

    private static ModelConfig Edit(string config, Action<JsonObject> edit)
    {
        var json = JsonNode.Parse(config)!.AsObject();
        edit(json);
        return ModelConfig.Parse("config.json", Encoding.UTF8.GetBytes(json.ToJsonString()));
    }
}
