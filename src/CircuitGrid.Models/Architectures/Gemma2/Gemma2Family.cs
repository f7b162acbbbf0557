using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures.LlamaLike;
using CircuitGrid.Models.Files;
using static CircuitGrid.Models.Architectures.ConfigReading;

namespace CircuitGrid.Models.Architectures.Gemma2;

/// <summary>
/// Gemma 2: norms by 1 + w before and behind attention and MLP, soft caps, embeddings times √D, queries divided by a number of their own, and a window in the even
/// layers where the file doesn't list them.
/// </summary>
internal sealed class Gemma2Family : LlamaLikeFamily
{
    private const int DefaultWindow = 4096;
    private const double DefaultQueryScalar = 256;
    private const double DefaultAttentionCap = 50;
    private const double DefaultLogitCap = 30;
    private const string DefaultActivation = "gelu_pytorch_tanh";

    public override string ModelType => "gemma2";

    internal override string ClassName => "Gemma2ForCausalLM";

    protected override int DefaultContext => 8192;

    protected override bool IsTiedByDefault => true;

    protected override RotaryRules Rotaries { get; } = new() { HasLayerTypes = true };

    protected override BlockNorms BlockNorms { get; } =
        new("input_layernorm", "pre_feedforward_layernorm", "post_attention_layernorm", "post_feedforward_layernorm");

    protected override IReadOnlyList<string> Nullable { get; } =
        [.. WindowReading.Nullable, "attn_logit_softcapping", "final_logit_softcapping", "use_bidirectional_attention"];

    /// <summary><c>hidden_activation</c> counts; <c>hidden_act</c>, which older files have beside it, has no effect there and must not be all that a file says.</summary>
    protected override Activation ReadNonlinearity(JsonInput json)
    {
        var (counts, older) = (json.FindString("hidden_activation"), json.FindString("hidden_act"));
        if (counts is null && older is not null && ReadGatedActivation(json, "hidden_act", older) != Activation.GeluTanh)
        {
            throw json.Error("hidden_act", $"is {Text.OneLine(older)}, and hidden_activation, which counts, is missing and then means {DefaultActivation}");
        }

        return ReadGatedActivation(json, "hidden_activation", DefaultActivation);
    }

    protected override ModelConfig ReadOwn(JsonInput json, ModelConfig config)
    {
        Demand(json, "use_bidirectional_attention", false);
        var scalar = json.FindNumber("query_pre_attn_scalar") ?? DefaultQueryScalar;
        if (scalar <= 0)
        {
            throw json.Error("query_pre_attn_scalar", $"is {scalar:R}; it must be above 0");
        }

        var own = config with
        {
            Norms = config.Norms with { Placement = NormPlacement.Both, IsOffset = true },
            Biases = ReadAttentionBiases(json),
            QueryScalar = scalar == config.HeadWidth ? null : scalar,
            AttentionCap = ReadBound(json, "attn_logit_softcapping", DefaultAttentionCap),
            LogitCap = ReadBound(json, "final_logit_softcapping", DefaultLogitCap),
            ScalesEmbedding = true,
        };
        return WindowReading.Read(json, own, DefaultWindow, l => l % 2 == 0);
    }

    protected override void WriteOwn(Utf8JsonWriter json, ModelConfig config)
    {
        json.WriteNumber("rms_norm_eps", config.Norms.Epsilon);
        json.WriteString("hidden_activation", config.Activation == Activation.GeluTanh ? DefaultActivation : config.ActivationName);
        WriteAttentionBiases(json, config);
        json.WriteNumber("query_pre_attn_scalar", config.QueryScalar ?? config.HeadWidth);
        WriteBound(json, "attn_logit_softcapping", config.AttentionCap);
        WriteBound(json, "final_logit_softcapping", config.LogitCap);
        WindowReading.Write(json, config);
    }

    protected override ModelConfig Departed(ModelConfig config, ModelConfig plain) => plain with
    {
        Norms = plain.Norms with { Placement = NormPlacement.Both, IsOffset = true },
        Biases = AttentionBiases(config),
        QueryScalar = config.QueryScalar,
        AttentionCap = config.AttentionCap,
        LogitCap = config.LogitCap,
        ScalesEmbedding = true,
        Window = config.Window,
        WindowedLayers = config.WindowedLayers,
        WindowedAreUnscaled = config.WindowedAreUnscaled,
    };
}
