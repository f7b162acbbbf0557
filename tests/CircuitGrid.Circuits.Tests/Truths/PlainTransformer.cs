using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Circuits.Tests.Truths;

/// <summary>
/// A second implementation, in float64 and without any of the engine's identities: every slot adds up its incoming edges one by one, has
/// a LayerNorm of its own, and any edge can be made to carry anything. Slow and obvious; the judge of attribution and evaluation.
/// </summary>
internal sealed class PlainTransformer(ITensorSource source, CircuitGraph graph)
{
    private readonly Dictionary<string, double[]> cache = [];

    /// <summary>What an edge carries, given its source's output in this run, [positions][width].</summary>
    public delegate double[][] EdgeValue(int edge, double[][] current);

    private ModelConfig Config => source.Config;

    private bool IsNeoX => Config.Family == Families.GptNeoX;

    /// <summary>Outputs of all source nodes and the logits of the last position.</summary>
    /// <param name="tokens">The prompt.</param>
    /// <param name="carry">What edges carry; their source's output where none is given.</param>
    /// <param name="embedding">Takes the place of the token embeddings, if given.</param>
    /// <param name="held">Factors to hold: where it knows none yet, those of this run.</param>
    public (double[][][] Sources, double[] Logits) Run(IReadOnlyList<int> tokens, EdgeValue? carry = null, double[][]? embedding = null, HeldFactors? held = null)
    {
        var outputs = new double[graph.Sources][][];
        outputs[0] = embedding ?? [.. tokens.Select(t => Matrix(IsNeoX ? "gpt_neox.embed_in.weight" : "wte.weight", Config.Vocabulary * Config.Width).AsSpan(t * Config.Width, Config.Width).ToArray())];
        for (var l = 0; l < Config.Layers; l++)
        {
            for (var h = 0; h < Config.Heads; h++)
            {
                outputs[graph.HeadNode(l, h)] = Head(l, h, [.. Enumerable.Range(0, 3).Select(c => SlotInput(graph.HeadSlot(l, h, c), Norm(l, 1)))]);
            }

            outputs[graph.MlpNode(l)] = Mlp(l, SlotInput(graph.MlpSlot(l), Norm(l, 2)), held);
        }

        var final = SlotInput(graph.LogitsSlot, IsNeoX ? "gpt_neox.final_layer_norm" : "ln_f")[^1];
        var unembedding = Matrix(IsNeoX ? "embed_out.weight" : "wte.weight", Config.Vocabulary * Config.Width);
        return (outputs, [.. Enumerable.Range(0, Config.Vocabulary).Select(t => Dot(final, unembedding, t * Config.Width))]);

        double[][] SlotInput(int slot, string norm) => Normalized(Input(slot), norm, held, slot);

        double[][] Input(int slot)
        {
            var sum = Constant(slot, tokens.Count);
            for (var s = 0; s < graph.SourcesOf(slot); s++)
            {
                var value = carry is null ? outputs[s] : carry(graph.Edge(s, slot), outputs[s]);
                for (var p = 0; p < sum.Length; p++)
                {
                    for (var d = 0; d < Config.Width; d++)
                    {
                        sum[p][d] += value[p][d];
                    }
                }
            }

            return sum;
        }
    }

    /// <summary>What every residual stream a slot reads holds besides source outputs: learned positions and attention biases.</summary>
    public double[][] Constant(int slot, int positions)
    {
        var layer = graph.SlotLayer(slot);
        var biases = slot == graph.MlpSlot(Math.Min(layer, Config.Layers - 1)) && !Config.ParallelResidual ? layer + 1 : layer;
        var result = new double[positions][];
        for (var p = 0; p < positions; p++)
        {
            result[p] = IsNeoX ? new double[Config.Width] : Matrix("wpe.weight", Config.ContextLength * Config.Width).AsSpan(p * Config.Width, Config.Width).ToArray();
            for (var l = 0; l < biases; l++)
            {
                var bias = Matrix(IsNeoX ? $"gpt_neox.layers.{l}.attention.dense.bias" : $"h.{l}.attn.c_proj.bias", Config.Width);
                for (var d = 0; d < Config.Width; d++)
                {
                    result[p][d] += bias[d];
                }
            }
        }

        return result;
    }

    /// <summary>The residual stream a slot reads where sources have the given outputs, [positions][width].</summary>
    public double[][] Stream(int slot, double[][][] sources)
    {
        var sum = Constant(slot, sources[0].Length);
        for (var s = 0; s < graph.SourcesOf(slot); s++)
        {
            for (var p = 0; p < sum.Length; p++)
            {
                for (var d = 0; d < Config.Width; d++)
                {
                    sum[p][d] += sources[s][p][d];
                }
            }
        }

        return sum;
    }

    /// <summary>Attention weights of a head, [queries][keys up to the query], from the residual streams that its queries and keys read.</summary>
    public double[][] Attention(int layer, int head, double[][] queryStream, double[][] keyStream) =>
        Weights(layer, head, Normalized(queryStream, Norm(layer, 1)), Normalized(keyStream, Norm(layer, 1)));

    /// <summary>z of a head, [positions][head width], from the residual streams that its queries, keys and values read.</summary>
    public double[][] HeadZ(int layer, int head, double[][] queryStream, double[][] keyStream, double[][] valueStream) =>
        Attended(layer, head, [.. new[] { queryStream, keyStream, valueStream }.Select(x => Normalized(x, Norm(layer, 1)))]);

    /// <summary>What a head writes into the residual stream, z·W_O, [positions][width].</summary>
    public double[][] HeadOutput(int layer, int head, double[][] z)
    {
        var (d, dh) = (Config.Width, Config.HeadWidth);
        return [.. z.Select(row => IsNeoX
            ? Enumerable.Range(0, d).Select(o => Dot(row, Matrix($"gpt_neox.layers.{layer}.attention.dense.weight", d * d), (o * d) + (head * dh))).ToArray()
            : [.. Enumerable.Range(0, d).Select(o => Enumerable.Range(0, dh).Sum(u => row[u] * Matrix($"h.{layer}.attn.c_proj.weight", d * d)[(((head * dh) + u) * d) + o]))])];
    }

    /// <summary>A stored tensor.</summary>
    public double[] Tensor(string name, int length) => Matrix(name, length);

    /// <summary>The metric of logits.</summary>
    public static double Metric(double[] logits, MetricKind kind, IReadOnlyCollection<int> correct, IReadOnlyCollection<int> incorrect)
    {
        if (kind == MetricKind.LogitDifference)
        {
            return correct.Average(t => logits[t]) - incorrect.Average(t => logits[t]);
        }

        var total = logits.Sum(x => Math.Exp(x - logits.Max()));
        double Probability(int t) => Math.Exp(logits[t] - logits.Max()) / total;
        return correct.Sum(Probability) - incorrect.Sum(Probability);
    }

    private string Norm(int layer, int which) => IsNeoX
        ? $"gpt_neox.layers.{layer}.{(which == 1 ? "input_layernorm" : "post_attention_layernorm")}"
        : $"h.{layer}.ln_{which}";

    private double[][] Normalized(double[][] x, string norm, HeldFactors? held = null, int slot = 0)
    {
        var (gamma, beta) = (Matrix($"{norm}.weight", Config.Width), Matrix($"{norm}.bias", Config.Width));
        return [.. x.Select((row, p) =>
        {
            var mean = row.Average();
            var scale = Math.Sqrt(row.Average(v => (v - mean) * (v - mean)) + Config.Norms.Epsilon);
            scale = held?.Hold(("scale", slot, p, 0), scale) ?? scale;
            return row.Select((v, d) => ((v - mean) / scale * gamma[d]) + beta[d]).ToArray();
        })];
    }

    private double[][] Head(int layer, int head, double[][][] inputs) => HeadOutput(layer, head, Attended(layer, head, inputs));

    private double[][] Attended(int layer, int head, double[][][] inputs)
    {
        var weights = Weights(layer, head, inputs[0], inputs[1]);
        var values = inputs[2].Select(x => Project(layer, head, 2, x)).ToArray();
        return [.. weights.Select((row, i) => Enumerable.Range(0, Config.HeadWidth).Select(u => Enumerable.Range(0, i + 1).Sum(j => row[j] * values[j][u])).ToArray())];
    }

    private double[][] Weights(int layer, int head, double[][] queryInputs, double[][] keyInputs)
    {
        var queries = queryInputs.Select((x, p) => Rotated(Project(layer, head, 0, x), 0, p)).ToArray();
        var keys = keyInputs.Select((x, p) => Rotated(Project(layer, head, 1, x), 1, p)).ToArray();
        return [.. queries.Select((query, i) =>
        {
            var scores = keys.Take(i + 1).Select(key => Dot(query, key, 0) / Math.Sqrt(Config.HeadWidth)).ToArray();
            var weights = scores.Select(s => Math.Exp(s - scores.Max())).ToArray();
            return weights.Select(w => w / weights.Sum()).ToArray();
        })];
    }

    private double[] Project(int layer, int head, int component, double[] x)
    {
        var (d, dh) = (Config.Width, Config.HeadWidth);
        var name = IsNeoX ? $"gpt_neox.layers.{layer}.attention.query_key_value" : $"h.{layer}.attn.c_attn";
        var (weight, bias) = (Matrix($"{name}.weight", 3 * d * d), Matrix($"{name}.bias", 3 * d));
        return [.. Enumerable.Range(0, dh).Select(u =>
        {
            if (IsNeoX)
            {
                var row = (head * 3 * dh) + (component * dh) + u;
                return Dot(x, weight, row * d) + bias[row];
            }

            var column = (component * d) + (head * dh) + u;
            return x.Select((v, i) => v * weight[(i * 3 * d) + column]).Sum() + bias[column];
        })];
    }

    private double[] Rotated(double[] x, int component, int position)
    {
        if (component == 2 || Config.Rotary is not { } rotary)
        {
            return x;
        }

        var (result, half) = ((double[])x.Clone(), rotary.Dimensions / 2);
        for (var i = 0; i < half; i++)
        {
            var angle = position * Math.Pow(rotary.Base, -2.0 * i / rotary.Dimensions);
            result[i] = (x[i] * Math.Cos(angle)) - (x[i + half] * Math.Sin(angle));
            result[i + half] = (x[i + half] * Math.Cos(angle)) + (x[i] * Math.Sin(angle));
        }

        return result;
    }

    private double[][] Mlp(int layer, double[][] x, HeldFactors? held)
    {
        var (d, f) = (Config.Width, Config.MlpWidth);
        var (input, output) = IsNeoX
            ? ($"gpt_neox.layers.{layer}.mlp.dense_h_to_4h", $"gpt_neox.layers.{layer}.mlp.dense_4h_to_h")
            : ($"h.{layer}.mlp.c_fc", $"h.{layer}.mlp.c_proj");
        var (w1, b1, w2, b2) = (Matrix($"{input}.weight", d * f), Matrix($"{input}.bias", f), Matrix($"{output}.weight", d * f), Matrix($"{output}.bias", d));
        return [.. x.Select((row, p) =>
        {
            var hidden = Enumerable.Range(0, f).Select(j =>
            {
                var before = (IsNeoX ? Dot(row, w1, j * d) : Enumerable.Range(0, d).Sum(i => row[i] * w1[(i * f) + j])) + b1[j];
                return held is null ? Activated(before) : before * held.Hold(("factor", layer, p, j), Activated(before) / before);
            }).ToArray();
            return Enumerable.Range(0, d).Select(o => (IsNeoX ? Dot(hidden, w2, o * f) : Enumerable.Range(0, f).Sum(j => hidden[j] * w2[(j * d) + o])) + b2[o]).ToArray();
        })];
    }

    /// <summary>The MLP's nonlinearity.</summary>
    public double Activated(double x) => Config.Activation switch
    {
        Activation.Relu => Math.Max(x, 0),
        Activation.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        _ => 0.5 * x * (1 + Erf(x / Math.Sqrt(2))),
    };

    /// <summary>erf by its Taylor series near 0, where the alternating terms don't cancel, and by the continued fraction of erfc beyond.</summary>
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 2)
        {
            var fraction = 0.0;
            for (var n = 200; n > 0; n--)
            {
                fraction = n / 2.0 / (Math.Abs(x) + fraction);
            }

            return Math.Sign(x) * (1 - (Math.Exp(-x * x) / Math.Sqrt(Math.PI) / (Math.Abs(x) + fraction)));
        }

        var (term, sum) = (x, x);
        for (var n = 1; Math.Abs(term) > 1e-18; n++)
        {
            term *= -x * x / n;
            sum += term / ((2 * n) + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    private static double Dot(double[] a, double[] b, int start)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[start + i];
        }

        return sum;
    }

    private double[] Matrix(string name, int length)
    {
        if (!cache.TryGetValue(name, out var values))
        {
            var read = new float[length];
            source.Read(name, read);
            cache[name] = values = [.. read.Select(x => (double)x)];
        }

        return values;
    }
}
