using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures.LlamaLike;
using CircuitGrid.Models.Architectures.Weights;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;
using static CircuitGrid.Models.Architectures.ConfigReading;

namespace CircuitGrid.Models.Architectures.Apertus;

/// <summary>Apertus: Llama with a norm of each head's query and key and an MLP without a gate, whose xIELU has learned slopes in every layer.</summary>
internal sealed class ApertusFamily : LlamaLikeFamily
{
    // Hugging Face's class has no keys for these two. Its files hold them as tensors, in whatever type the weights have.
    internal const double Beta = 0.5;
    internal const double Epsilon = -1e-6;

    public override string ModelType => "apertus";

    internal override string ClassName => "ApertusForCausalLM";

    internal override ImmutableArray<(string End, double Value)> Constants => [(".mlp.act_fn.beta", Beta), (".mlp.act_fn.eps", Epsilon)];

    protected override int DefaultContext => 65536;

    protected override double DefaultEpsilon => 1e-5;

    protected override RotaryRules Rotaries { get; } = new() { Base = 12e6, Scaling = new Llama3Scaling(8, 1, 4, 8192) };

    protected override BlockNorms BlockNorms { get; } = new("attention_layernorm", "feedforward_layernorm");

    protected override FrozenSet<string> Harmless => ConfigKeys.Apertus;

    internal override WeightLayout Layout(ITensorSource source, bool fold) => new ApertusLayout(source, fold, BlockNorms);

    protected override Activation ReadNonlinearity(JsonInput json) => json.FindString("hidden_act") is { } stated and not "xielu"
        ? throw json.Error("hidden_act", $"is {Text.OneLine(stated)}; only xielu is supported")
        : Activation.XIelu;

    protected override ModelConfig ReadOwn(JsonInput json, ModelConfig config)
    {
        Demand(json, "mlp_bias", false);
        Demand(json, "post_norm", false);
        Demand(json, "qk_norm", true);
        return config with { IsGated = false, QueryKeyNorm = QueryKeyNorm.PerHead, Biases = ReadAttentionBiases(json) };
    }

    protected override void WriteOwn(Utf8JsonWriter json, ModelConfig config)
    {
        WriteUsual(json, config);
        WriteAttentionBiases(json, config);
    }

    protected override ModelConfig Departed(ModelConfig config, ModelConfig plain) =>
        plain with { Activation = Activation.XIelu, IsGated = false, QueryKeyNorm = QueryKeyNorm.PerHead, Biases = AttentionBiases(config) };

    protected override IEnumerable<TensorSpec> NonlinearityTensors(string mlp) => [new($"{mlp}.act_fn.alpha_p", [1]), new($"{mlp}.act_fn.alpha_n", [1])];
}
