using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures.Weights;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;
using static CircuitGrid.Models.Architectures.ConfigReading;

namespace CircuitGrid.Models.Architectures.LlamaLike;

/// <summary>
/// A family with Llama's keys and names: RMSNorm, rotary positions over the whole head, a gated MLP, and no biases. A family says where it departs from that.
/// Numbers of heads and their width have the defaults H and D/H in every family; what Hugging Face's classes have instead could only fail to fit the tensors.
/// </summary>
internal abstract class LlamaLikeFamily : ModelFamily
{
    internal override string Prefix => "model.";

    internal override string EmbeddingName => "model.embed_tokens.weight";

    // tables that older versions save
    internal override ImmutableArray<string> Buffers => ["rotary_emb.inv_freq"];

    /// <summary>The longest sequence where the file doesn't say.</summary>
    protected abstract int DefaultContext { get; }

    /// <summary>ε where the file doesn't say.</summary>
    protected virtual double DefaultEpsilon => 1e-6;

    /// <summary>Whether the unembedding is the embedding where the file doesn't say.</summary>
    protected virtual bool IsTiedByDefault => false;

    protected virtual RotaryRules Rotaries { get; } = new();

    /// <summary>A block's norms.</summary>
    protected virtual BlockNorms BlockNorms { get; } = new("input_layernorm", "post_attention_layernorm");

    /// <summary>Keys without effect.</summary>
    protected virtual FrozenSet<string> Harmless => ConfigKeys.LlamaLike;

    /// <summary>Keys of its own for which <c>null</c> is a value.</summary>
    protected virtual IReadOnlyList<string> Nullable => [];

    internal sealed override ModelConfig Read(JsonInput json, ForeignKeys foreign)
    {
        DemandPlainDecoder(json);
        Demand(json, "rope_interleaved", false);
        if (!Harmless.Contains("pretraining_tp"))
        {
            DemandNumber(json, "pretraining_tp", 1);
        }

        var (width, heads) = (Size(json, "hidden_size", MaxWidth), Size(json, "num_attention_heads", MaxHeads));
        var keyHeads = Size(json, "num_key_value_heads", MaxHeads, heads);
        if (heads % keyHeads != 0)
        {
            throw json.Error("num_key_value_heads", $"is {keyHeads}; it must divide num_attention_heads, {heads}");
        }

        var headWidth = (int?)json.FindInteger("head_dim", 1, MaxWidth);
        var config = ReadOwn(json, new()
        {
            Family = this,
            Layers = Size(json, "num_hidden_layers", MaxLayers),
            Heads = heads,
            Width = width,
            MlpWidth = Size(json, "intermediate_size", MaxMlpWidth),
            Vocabulary = Size(json, "vocab_size", MaxVocabulary),
            ContextLength = Size(json, "max_position_embeddings", MaxContextLength, DefaultContext),
            Norms = ReadNorms(json),
            Activation = ReadNonlinearity(json),
            ParallelResidual = false,
            TiedUnembedding = json.FindBoolean("tie_word_embeddings") ?? IsTiedByDefault,
            HeadsPerKey = heads / keyHeads,
            OwnHeadWidth = (long?)headWidth * heads == width ? null : headWidth,
            Biases = Biases.None,
            IsGated = true,
        });
        var (full, windowed) = RotaryReading.Read(json, Rotaries, config.HeadWidth, config.ContextLength, foreign);
        json.RefuseNulls([.. ConfigKeys.Nullable, "head_dim", "num_key_value_heads", "pretraining_tp", "rope_parameters", "rope_scaling", .. Nullable]);
        json.FinishForeign(Harmless, foreign);
        return config with { Rotary = full, WindowedAreUnscaled = !config.WindowedLayers.IsEmpty && windowed.Scaling != full.Scaling };
    }

    internal sealed override void Write(Utf8JsonWriter json, ModelConfig config)
    {
        json.WriteNumber("num_hidden_layers", config.Layers);
        json.WriteNumber("num_attention_heads", config.Heads);
        json.WriteNumber("num_key_value_heads", config.KeyHeads);
        json.WriteNumber("hidden_size", config.Width);
        json.WriteNumber("head_dim", config.HeadWidth);
        json.WriteNumber("intermediate_size", config.MlpWidth);
        json.WriteNumber("max_position_embeddings", config.ContextLength);
        RotaryWriting.Write(json, config, Rotaries);
        WriteOwn(json, config);
    }

    internal sealed override string? FindFault(ModelConfig config) => config.Rotary is not { } rotary
        ? $"a {ModelType} model has rotary positions, and none are given"
        : rotary.Dimensions != config.HeadWidth
            ? $"rotary positions turn {rotary.Dimensions} of a head's {config.HeadWidth} dimensions; in a {ModelType} model they turn all of them"
            : base.FindFault(config);

    internal sealed override ModelConfig Nearest(ModelConfig config) => Departed(
        config,
        config with
        {
            Norms = new(NormKind.RmsNorm, config.Norms.Epsilon),
            Activation = config.Activation == Activation.XIelu ? Activation.Silu : config.Activation,
            ParallelResidual = false,
            Biases = Biases.None,
            IsGated = true,
            QueryKeyNorm = QueryKeyNorm.None,
            QueryKeyValueLimit = 0,
            WindowedLayers = default,
            Window = 0,
            UnrotatedLayers = default,
            WindowedAreUnscaled = false,
            QueryScalar = null,
            DividesByLayer = false,
            AttentionCap = 0,
            LogitCap = 0,
            ScalesEmbedding = false,
        });

    internal override WeightLayout Layout(ITensorSource source, bool fold) => new LlamaLikeLayout(source, fold, BlockNorms);

    internal sealed override IEnumerable<TensorSpec> Tensors(ModelConfig config)
    {
        yield return new(EmbeddingName, [config.Vocabulary, config.Width], IsEmbedding: true);
        for (var l = 0; l < config.Layers; l++)
        {
            foreach (var tensor in BlockTensors(config, $"{Prefix}layers.{l}"))
            {
                yield return tensor;
            }
        }

        foreach (var norm in Norm(config, Prefix + "norm"))
        {
            yield return norm;
        }
    }

    /// <summary>What this family's files say besides.</summary>
    /// <param name="json">All of the file.</param>
    /// <param name="config">The model as Llama would have it.</param>
    protected abstract ModelConfig ReadOwn(JsonInput json, ModelConfig config);

    /// <summary>Writes what <see cref="ReadOwn"/>, <see cref="ReadNorms"/> and <see cref="ReadNonlinearity"/> read.</summary>
    protected abstract void WriteOwn(Utf8JsonWriter json, ModelConfig config);

    /// <summary>A configuration with what this family has otherwise than Llama.</summary>
    /// <param name="config">As it is given.</param>
    /// <param name="plain">As plain Llama without any switch would have it.</param>
    protected abstract ModelConfig Departed(ModelConfig config, ModelConfig plain);

    protected virtual NormRules ReadNorms(JsonInput json) => new(NormKind.RmsNorm, json.FindNumber("rms_norm_eps") ?? DefaultEpsilon);

    protected virtual Activation ReadNonlinearity(JsonInput json) => ReadGatedActivation(json, "hidden_act", "silu");

    /// <summary>Tensors of a block's nonlinearity.</summary>
    /// <param name="mlp">What its MLP's tensors' names begin with.</param>
    protected virtual IEnumerable<TensorSpec> NonlinearityTensors(string mlp) => [];

    /// <summary>Writes ε and the nonlinearity as <see cref="ReadNorms"/> and <see cref="ReadNonlinearity"/> read them.</summary>
    protected static void WriteUsual(Utf8JsonWriter json, ModelConfig config)
    {
        json.WriteNumber("rms_norm_eps", config.Norms.Epsilon);
        json.WriteString("hidden_act", config.ActivationName);
    }

    /// <summary>Biases of queries, keys, values and output, which come together.</summary>
    protected static Biases ReadAttentionBiases(JsonInput json) => json.FindBoolean("attention_bias") ?? false ? Biases.QueryKeyValue | Biases.Output : Biases.None;

    protected static void WriteAttentionBiases(Utf8JsonWriter json, ModelConfig config) => json.WriteBoolean("attention_bias", HasAttentionBiases(config));

    /// <summary>The biases of a family in which those of queries, keys, values and output come together.</summary>
    protected static Biases AttentionBiases(ModelConfig config) => HasAttentionBiases(config) ? Biases.QueryKeyValue | Biases.Output : Biases.None;

    private static bool HasAttentionBiases(ModelConfig config) => config.Biases.HasFlag(Biases.QueryKeyValue);

    private IEnumerable<TensorSpec> BlockTensors(ModelConfig config, string block)
    {
        var (d, f, attention, mlp, norms) = (config.Width, config.MlpWidth, $"{block}.self_attn", $"{block}.mlp", BlockNorms.Within(block));
        var isWhole = config.QueryKeyNorm == QueryKeyNorm.Whole;
        return
        [
            .. Norm(config, norms.BeforeAttention),
            .. Linear(config, Biases.QueryKeyValue, $"{attention}.q_proj", config.QueryWidth, d),
            .. Linear(config, Biases.QueryKeyValue, $"{attention}.k_proj", config.KeyWidth, d),
            .. Linear(config, Biases.QueryKeyValue, $"{attention}.v_proj", config.KeyWidth, d),
            .. config.QueryKeyNorm == QueryKeyNorm.None
                ? Enumerable.Empty<TensorSpec>()
                : [
                    new($"{attention}.q_norm.weight", [isWhole ? config.QueryWidth : config.HeadWidth]),
                    new($"{attention}.k_norm.weight", [isWhole ? config.KeyWidth : config.HeadWidth]),
                ],
            .. Linear(config, Biases.Output, $"{attention}.o_proj", d, config.QueryWidth),
            .. Norm(config, norms.AfterAttention),
            .. Norm(config, norms.BeforeMlp),
            .. config.IsGated ? Linear(config, Biases.Mlp, $"{mlp}.gate_proj", f, d) : [],
            .. Linear(config, Biases.Mlp, $"{mlp}.up_proj", f, d),
            .. NonlinearityTensors(mlp),
            .. Linear(config, Biases.Mlp, $"{mlp}.down_proj", d, f),
            .. Norm(config, norms.AfterMlp),
        ];
    }

    private static IEnumerable<TensorSpec> Norm(ModelConfig config, string? name) =>
        name is not null && config.Norms.HasWeights ? [new($"{name}.weight", [config.Width])] : [];

    private static IEnumerable<TensorSpec> Linear(ModelConfig config, Biases which, string name, int outputs, int inputs) => config.Biases.HasFlag(which)
        ? [new($"{name}.weight", [outputs, inputs]), new($"{name}.bias", [outputs])]
        : [new($"{name}.weight", [outputs, inputs])];
}
