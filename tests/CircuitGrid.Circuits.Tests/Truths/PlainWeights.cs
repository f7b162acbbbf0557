using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Circuits.Tests.Truths;

/// <summary>A checkpoint's tensors as the matrices of <see cref="PlainTransformer"/>, [outputs][inputs], by Hugging Face's names and nothing of the engine's.</summary>
/// <param name="source">The checkpoint.</param>
internal sealed class PlainWeights(ITensorSource source)
{
    private readonly Dictionary<string, double[]> tensors = [];
    private readonly Dictionary<int, PlainLayer> layers = [];
    private double[][]? embedding;
    private double[][]? unembedding;

    private ModelConfig Config => source.Config;

    private string Type => Config.Family.ModelType;

    /// <summary>[V][D].</summary>
    public double[][] Embedding => embedding ??= Rows(
        Type switch { "gpt_neox" => "gpt_neox.embed_in.weight", "gpt2" => "wte.weight", _ => "model.embed_tokens.weight" }, Config.Vocabulary, Config.Width);

    /// <summary>[V][D].</summary>
    public double[][] Unembedding => unembedding ??= Config.TiedUnembedding
        ? Embedding
        : Rows(Type == "gpt_neox" ? "embed_out.weight" : "lm_head.weight", Config.Vocabulary, Config.Width);

    /// <summary>Learned positions.</summary>
    public double[][]? Positions => Type == "gpt2" ? Rows("wpe.weight", Config.ContextLength, Config.Width) : null;

    public PlainNorm FinalNorm => Norm(Type switch { "gpt_neox" => "gpt_neox.final_layer_norm", "gpt2" => "ln_f", _ => "model.norm" });

    public PlainLayer Layer(int layer)
    {
        if (!layers.TryGetValue(layer, out var weights))
        {
            layers[layer] = weights = Type switch
            {
                "gpt_neox" => NeoX($"gpt_neox.layers.{layer}"),
                "gpt2" => Gpt2($"h.{layer}"),
                _ => Separate($"model.layers.{layer}"),
            };
        }

        return weights;
    }

    private double[] Tensor(string name, int length)
    {
        if (!tensors.TryGetValue(name, out var values))
        {
            var read = new float[length];
            source.Read(name, read);
            tensors[name] = values = [.. read.Select(x => (double)x)];
        }

        return values;
    }

    /// <summary>Rows of the fused matrix: for each head its queries, its keys, its values.</summary>
    private PlainLayer NeoX(string block)
    {
        var (d, f, dh) = (Config.Width, Config.MlpWidth, Config.Width / Config.Heads);
        var fused = Rows($"{block}.attention.query_key_value.weight", 3 * d, d);
        var bias = Bias(Biases.QueryKeyValue, $"{block}.attention.query_key_value.bias", 3 * d);
        T[] Part<T>(T[] rows, int component) => [.. rows.Where((_, i) => i / dh % 3 == component)];
        return new PlainLayer
        {
            Matrices = [Part(fused, 0), Part(fused, 1), Part(fused, 2)],
            Biases = [Part(bias, 0), Part(bias, 1), Part(bias, 2)],
            Output = Rows($"{block}.attention.dense.weight", d, d),
            OutputBias = Bias(Biases.Output, $"{block}.attention.dense.bias", d),
            BeforeAttention = Norm($"{block}.input_layernorm"),
            BeforeMlp = Norm($"{block}.post_attention_layernorm"),
            Up = Rows($"{block}.mlp.dense_h_to_4h.weight", f, d),
            UpBias = Tensor($"{block}.mlp.dense_h_to_4h.bias", f),
            Down = Rows($"{block}.mlp.dense_4h_to_h.weight", d, f),
            DownBias = Tensor($"{block}.mlp.dense_4h_to_h.bias", d),
        };
    }

    /// <summary>Conv1D: matrices are stored [in, out].</summary>
    private PlainLayer Gpt2(string block)
    {
        var (d, f) = (Config.Width, Config.MlpWidth);
        var fused = Columns($"{block}.attn.c_attn.weight", d, 3 * d);
        var bias = Tensor($"{block}.attn.c_attn.bias", 3 * d);
        return new PlainLayer
        {
            Matrices = [fused[..d], fused[d..(2 * d)], fused[(2 * d)..]],
            Biases = [bias[..d], bias[d..(2 * d)], bias[(2 * d)..]],
            Output = Columns($"{block}.attn.c_proj.weight", d, d),
            OutputBias = Tensor($"{block}.attn.c_proj.bias", d),
            BeforeAttention = Norm($"{block}.ln_1"),
            BeforeMlp = Norm($"{block}.ln_2"),
            Up = Columns($"{block}.mlp.c_fc.weight", d, f),
            UpBias = Tensor($"{block}.mlp.c_fc.bias", f),
            Down = Columns($"{block}.mlp.c_proj.weight", f, d),
            DownBias = Tensor($"{block}.mlp.c_proj.bias", d),
        };
    }

    private PlainLayer Separate(string block)
    {
        var (d, f, dh) = (Config.Width, Config.MlpWidth, Config.OwnHeadWidth ?? Config.Width / Config.Heads);
        var (queries, keys) = (Config.Heads * dh, Config.Heads / Config.HeadsPerKey * dh);
        var (attention, mlp) = ($"{block}.self_attn", $"{block}.mlp");
        var isWhole = Config.QueryKeyNorm == QueryKeyNorm.Whole;
        double[]? KeyNorm(string name, int whole) => Config.QueryKeyNorm == QueryKeyNorm.None ? null : Tensor($"{attention}.{name}.weight", isWhole ? whole : dh);
        var (before, beforeMlp, after, afterMlp) = Type switch
        {
            "olmo2" or "olmo3" => (null, null, "post_attention_layernorm", "post_feedforward_layernorm"),
            "gemma2" => ("input_layernorm", "pre_feedforward_layernorm", "post_attention_layernorm", "post_feedforward_layernorm"),
            "apertus" => ("attention_layernorm", "feedforward_layernorm", null, null),
            _ => ("input_layernorm", "post_attention_layernorm", (string?)null, (string?)null),
        };
        PlainNorm? Own(string? name) => name is null ? null : Norm($"{block}.{name}");
        return new PlainLayer
        {
            Matrices = [Rows($"{attention}.q_proj.weight", queries, d), Rows($"{attention}.k_proj.weight", keys, d), Rows($"{attention}.v_proj.weight", keys, d)],
            Biases =
            [
                Bias(Biases.QueryKeyValue, $"{attention}.q_proj.bias", queries),
                Bias(Biases.QueryKeyValue, $"{attention}.k_proj.bias", keys),
                Bias(Biases.QueryKeyValue, $"{attention}.v_proj.bias", keys),
            ],
            Output = Rows($"{attention}.o_proj.weight", d, queries),
            OutputBias = Bias(Biases.Output, $"{attention}.o_proj.bias", d),
            BeforeAttention = Own(before),
            BeforeMlp = Own(beforeMlp),
            AfterAttention = Own(after),
            AfterMlp = Own(afterMlp),
            QueryNorm = KeyNorm("q_norm", queries),
            KeyNorm = KeyNorm("k_norm", keys),
            Gate = Config.IsGated ? Rows($"{mlp}.gate_proj.weight", f, d) : null,
            GateBias = Config.IsGated ? Bias(Biases.Mlp, $"{mlp}.gate_proj.bias", f) : [],
            Up = Rows($"{mlp}.up_proj.weight", f, d),
            UpBias = Bias(Biases.Mlp, $"{mlp}.up_proj.bias", f),
            Down = Rows($"{mlp}.down_proj.weight", d, f),
            DownBias = Bias(Biases.Mlp, $"{mlp}.down_proj.bias", d),
            Slopes = Type == "apertus" ? [Tensor($"{mlp}.act_fn.alpha_p", 1)[0], Tensor($"{mlp}.act_fn.alpha_n", 1)[0], 0.5, -1e-6] : [],
        };
    }

    private PlainNorm Norm(string name) => new(
        Config.Norms.HasWeights ? [.. Tensor($"{name}.weight", Config.Width).Select(w => Type == "gemma2" ? 1 + w : w)] : null,
        Type is "gpt_neox" or "gpt2" ? Tensor($"{name}.bias", Config.Width) : null);

    private double[] Bias(Biases which, string name, int length) => Config.Biases.HasFlag(which) ? Tensor(name, length) : new double[length];

    private double[][] Rows(string name, int rows, int columns) => [.. Tensor(name, rows * columns).Chunk(columns)];

    private double[][] Columns(string name, int rows, int columns)
    {
        var values = Tensor(name, rows * columns);
        return [.. Enumerable.Range(0, columns).Select(c => Enumerable.Range(0, rows).Select(r => values[(r * columns) + c]).ToArray())];
    }
}

/// <summary>A norm's weights.</summary>
/// <param name="Scale">What the normalised numbers are multiplied by, if anything.</param>
/// <param name="Shift">What is added then, if anything.</param>
internal sealed record PlainNorm(double[]? Scale, double[]? Shift);

/// <summary>One block's weights.</summary>
internal sealed record PlainLayer
{
    /// <summary>Of queries, keys and values, head after head.</summary>
    public required double[][][] Matrices { get; init; }

    public required double[][] Biases { get; init; }

    /// <summary>[D][H·dh].</summary>
    public required double[][] Output { get; init; }

    public required double[] OutputBias { get; init; }

    public PlainNorm? BeforeAttention { get; init; }

    public PlainNorm? BeforeMlp { get; init; }

    public PlainNorm? AfterAttention { get; init; }

    public PlainNorm? AfterMlp { get; init; }

    public double[]? QueryNorm { get; init; }

    public double[]? KeyNorm { get; init; }

    public double[][]? Gate { get; init; }

    public double[] GateBias { get; init; } = [];

    public required double[][] Up { get; init; }

    public required double[] UpBias { get; init; }

    public required double[][] Down { get; init; }

    public required double[] DownBias { get; init; }

    /// <summary>xIELU's numbers: α_p and α_n as they are stored, before softplus, β and ε, which are the same in every model.</summary>
    public double[] Slopes { get; init; } = [];
}
