using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tests.Truths;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Circuits.Tests.Heads;

/// <summary>Head scores by their definitions: float64 loops over the weights as they are stored, element by element.</summary>
internal sealed class PlainHeads(TruthModel model)
{
    private ModelConfig Config => model.Config;

    private bool IsNeoX => Config.Family == Families.GptNeoX;

    private int Width => Config.Width;

    public double[][] Attention(int layer, int head, double[][][] sources)
    {
        var stream = model.Plain.Stream(model.Graph.HeadSlot(layer, head, 0), sources);
        return model.Plain.Attention(layer, head, (_, _) => stream);
    }

    /// <summary>Mean of A[k + distance, k] over the first count k and all sequences.</summary>
    public double Diagonal(int layer, int head, IEnumerable<ImmutableArray<int>> halves, int distance, int count) => halves.Average(half =>
    {
        var attention = Attention(layer, head, model.Plain.Run(half.AddRange(half)).Sources);
        return Enumerable.Range(0, count).Average(k => attention[k + distance][k]);
    });

    public double Successor(int layer, int head, IReadOnlyList<SuccessorList> lists)
    {
        var (right, all) = (0, 0);
        foreach (var list in lists)
        {
            foreach (var (token, successor) in list.Pairs)
            {
                var output = ThroughHead(layer, head, FirstMlp(Embedding(token)), null);
                double Score(int t) => Dot(output, Unembedding(t));
                right += list.Pairs.All(p => p.Successor == successor || Score(p.Successor) < Score(successor)) ? 1 : 0;
                all++;
            }
        }

        return (double)right / all;
    }

    public double Copying(int layer, int head, IReadOnlyList<Example> examples, int top, int sign)
    {
        var (among, all) = (0, 0);
        foreach (var example in examples)
        {
            var sources = model.Plain.Run(example.Clean).Sources;
            for (var p = 0; p < example.Length; p++)
            {
                if (example.Clean[p] != example.Correct[0] && example.Clean[p] != example.Incorrect[0])
                {
                    continue;
                }

                var z = Centred(model.Plain.Stream(model.Graph.HeadSlot(1, 0, 0), sources)[p]);
                var o = Centred(ThroughHead(layer, head, z, $"{Norm(layer)}"));
                var logits = Enumerable.Range(0, Config.Vocabulary).Select(t => (sign * Dot(o, Scaled(Unembedding(t), FinalNorm))) + Dot(Unembedding(t), Vector($"{FinalNorm}.bias"))).ToArray();
                among += logits.Count(x => x > logits[example.Clean[p]]) < top ? 1 : 0;
                all++;
            }
        }

        return (double)among / all;
    }

    /// <summary>CSPA with every logit of every ablated model, and divergences by their definition.</summary>
    public double CopySuppression(int layer, int head, HeadScoreInputs inputs)
    {
        var options = inputs.Options;
        var runs = inputs.Texts.Select(t => model.Plain.Run(t).Sources).ToArray();
        var length = inputs.Texts[0].Length;
        double[][] Results(double[][][] sources) =>
            [.. model.Plain.Stream(model.Graph.HeadSlot(layer, head, 0), sources).Select(x => Centred(ThroughHead(layer, head, Normalized(x), Norm(layer))))];
        double[][] Output(double[][][] sources)
        {
            var (attention, results) = (Attention(layer, head, sources), Results(sources));
            return [.. attention.Select(row => Sum(row.Select((a, s) => Times(results[s], a))))];
        }

        var outputs = runs.Select(Output).ToArray();
        double[][] mean = [.. Enumerable.Range(0, length).Select(p => Times(Sum(outputs.Take(options.MeanTexts).Select(o => o[p])), 1.0 / options.MeanTexts))];
        double[][] unembedding = [.. Enumerable.Range(0, Config.Vocabulary).Select(t => Centred(Scaled(Unembedding(t), FinalNorm)))];
        var average = Times(Sum(unembedding), 1.0 / Config.Vocabulary);
        unembedding = [.. unembedding.Select(u => Minus(u, average))];
        var (kept, ablated) = (0.0, 0.0);
        for (var n = 0; n < options.Texts; n++)
        {
            var (text, sources) = (inputs.Texts[n], runs[n]);
            var (attention, results) = (Attention(layer, head, sources), Results(sources));
            var before = model.Plain.Stream(model.Graph.HeadSlot(layer, head, 0), sources);
            var final = model.Plain.Stream(model.Graph.LogitsSlot, sources);
            for (var d = 0; d < length; d++)
            {
                var sigma = Deviation(final[d]);
                double Lens(int s) => Dot(Times(Centred(before[d]), 1 / sigma), unembedding[text[s]]);
                int[] admitted = [.. Enumerable.Range(0, d + 1).Where(s => !inputs.FunctionTokens.Contains(text[s]))];
                double[] best = [.. admitted.GroupBy(s => text[s]).Select(g => Lens(g.First())).OrderDescending().Take((int)Math.Ceiling(options.SourceShare * (d + 1)))];
                var suppressed = mean[d];
                foreach (var s in admitted.Where(s => Lens(s) >= best[^1] - 1e-9))
                {
                    var unit = Times(unembedding[text[s]], 1 / Math.Sqrt(Dot(unembedding[text[s]], unembedding[text[s]])));
                    var along = attention[d][s] * Dot(Minus(results[s], mean[d]), unit);
                    suppressed = Sum([suppressed, Times(unit, Math.Min(along, 0))]);
                }

                double[] Logits(double[] stream) => [.. Enumerable.Range(0, Config.Vocabulary).Select(t => Dot(Times(stream, 1 / sigma), unembedding[t]) + Dot(Unembedding(t), Vector($"{FinalNorm}.bias")))];
                var original = Logits(Centred(final[d]));
                kept += Divergence(original, Logits(Minus(Sum([Centred(final[d]), suppressed]), outputs[n][d])));
                ablated += Divergence(original, Logits(Minus(Sum([Centred(final[d]), mean[d]]), outputs[n][d])));
            }
        }

        return 1 - (kept / ablated);
    }

    public static double Divergence(double[] p, double[] q)
    {
        double Total(double[] logits) => Math.Log(logits.Sum(x => Math.Exp(x - logits.Max()))) + logits.Max();
        return p.Zip(q, (a, b) => Math.Exp(a - Total(p)) * (a - Total(p) - b + Total(q))).Sum();
    }

    private string FinalNorm => IsNeoX ? "gpt_neox.final_layer_norm" : "ln_f";

    private string Norm(int layer) => IsNeoX ? $"gpt_neox.layers.{layer}.input_layernorm" : $"h.{layer}.ln_1";

    private double[] Vector(string name) => model.Plain.Tensor(name, Width);

    private double[] Embedding(int token) => model.Plain.Tensor(IsNeoX ? "gpt_neox.embed_in.weight" : "wte.weight", Config.Vocabulary * Width).AsSpan(token * Width, Width).ToArray();

    private double[] Unembedding(int token) => model.Plain.Tensor(IsNeoX ? "embed_out.weight" : "wte.weight", Config.Vocabulary * Width).AsSpan(token * Width, Width).ToArray();

    private double[] Scaled(double[] x, string norm) => [.. x.Zip(Vector($"{norm}.weight"), (a, b) => a * b)];

    /// <summary>x·W_V·W_O of a head, x scaled by a LayerNorm's γ first if one is named.</summary>
    private double[] ThroughHead(int layer, int head, double[] x, string? norm)
    {
        var (d, dh) = (Width, Config.HeadWidth);
        var input = norm is null ? x : Scaled(x, norm);
        var qkv = model.Plain.Tensor(IsNeoX ? $"gpt_neox.layers.{layer}.attention.query_key_value.weight" : $"h.{layer}.attn.c_attn.weight", 3 * d * d);
        var output = model.Plain.Tensor(IsNeoX ? $"gpt_neox.layers.{layer}.attention.dense.weight" : $"h.{layer}.attn.c_proj.weight", d * d);
        var values = Enumerable.Range(0, dh).Select(u => Enumerable.Range(0, d).Sum(i => input[i] * (IsNeoX ? qkv[(((3 * head * dh) + (2 * dh) + u) * d) + i] : qkv[(i * 3 * d) + (2 * d) + (head * dh) + u]))).ToArray();
        return [.. Enumerable.Range(0, d).Select(j => Enumerable.Range(0, dh).Sum(u => values[u] * (IsNeoX ? output[(j * d) + (head * dh) + u] : output[(((head * dh) + u) * d) + j])))];
    }

    private double[] FirstMlp(double[] x)
    {
        var (d, f) = (Width, Config.MlpWidth);
        var (first, second) = IsNeoX ? ("gpt_neox.layers.0.mlp.dense_h_to_4h", "gpt_neox.layers.0.mlp.dense_4h_to_h") : ("h.0.mlp.c_fc", "h.0.mlp.c_proj");
        var (w1, b1) = (model.Plain.Tensor($"{first}.weight", d * f), model.Plain.Tensor($"{first}.bias", f));
        var (w2, b2) = (model.Plain.Tensor($"{second}.weight", d * f), model.Plain.Tensor($"{second}.bias", d));
        var hidden = Enumerable.Range(0, f).Select(j => model.Plain.Activated(Enumerable.Range(0, d).Sum(i => x[i] * (IsNeoX ? w1[(j * d) + i] : w1[(i * f) + j])) + b1[j])).ToArray();
        return [.. Enumerable.Range(0, d).Select(o => Enumerable.Range(0, f).Sum(j => hidden[j] * (IsNeoX ? w2[(o * f) + j] : w2[(j * d) + o])) + b2[o])];
    }

    private double Deviation(double[] x) => Math.Sqrt(x.Average(v => (v - x.Average()) * (v - x.Average())) + Config.Norms.Epsilon);

    private double[] Normalized(double[] x) => Times(Centred(x), 1 / Deviation(x));

    private static double[] Centred(double[] x) => [.. x.Select(v => v - x.Average())];

    private static double[] Times(double[] x, double factor) => [.. x.Select(v => v * factor)];

    private static double[] Minus(double[] x, double[] y) => [.. x.Zip(y, (a, b) => a - b)];

    private static double[] Sum(IEnumerable<double[]> rows) => rows.Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)]);

    private static double Dot(double[] x, double[] y) => x.Zip(y, (a, b) => a * b).Sum();
}
