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

    private PlainWeights Weights => model.Plain.Weights;

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
                var output = ThroughHead(layer, head, model.Plain.MlpWithoutNorms(0, Weights.Embedding[token]));
                double Score(int t) => Dot(output, Weights.Unembedding[t]);
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
                var o = Centred(ThroughHead(layer, head, Scaled(z, Before(layer))));
                var logits = Weights.Unembedding.Select(u => (sign * Dot(o, Scaled(u, Weights.FinalNorm))) + Shift(u)).ToArray();
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
            [.. model.Plain.Stream(model.Graph.HeadSlot(layer, head, 0), sources).Select(x => Centred(ThroughHead(layer, head, Scaled(Normalized(x), Before(layer)))))];
        double[][] Output(double[][][] sources)
        {
            var (attention, results) = (Attention(layer, head, sources), Results(sources));
            return [.. attention.Select(row => Sum(row.Select((a, s) => Times(results[s], a))))];
        }

        var outputs = runs.Select(Output).ToArray();
        double[][] mean = [.. Enumerable.Range(0, length).Select(p => Times(Sum(outputs.Take(options.MeanTexts).Select(o => o[p])), 1.0 / options.MeanTexts))];
        double[][] unembedding = [.. Weights.Unembedding.Select(u => Centred(Scaled(u, Weights.FinalNorm)))];
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

                double[] Logits(double[] stream) => [.. Enumerable.Range(0, Config.Vocabulary).Select(t => Dot(Times(stream, 1 / sigma), unembedding[t]) + Shift(Weights.Unembedding[t]))];
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

    private PlainNorm Before(int layer) => Weights.Layer(layer).BeforeAttention!;

    /// <summary>What the final norm's shift adds to the logit of a row of the unembedding.</summary>
    private double Shift(double[] row) => Weights.FinalNorm.Shift is { } shift ? Dot(row, shift) : 0;

    private static double[] Scaled(double[] x, PlainNorm norm) => norm.Scale is { } scale ? [.. x.Zip(scale, (a, b) => a * b)] : x;

    /// <summary>x·W_V·W_O of a head, whose values are those of its group.</summary>
    private double[] ThroughHead(int layer, int head, double[] x)
    {
        var (weights, dh) = (Weights.Layer(layer), Config.HeadWidth);
        var values = weights.Matrices[2].Skip(head / Config.HeadsPerKey * dh).Take(dh).Select(row => Dot(row, x)).ToArray();
        return [.. weights.Output.Select(row => Dot(values, row[(head * dh)..((head + 1) * dh)]))];
    }

    private double Deviation(double[] x) => Math.Sqrt(Centred(x).Average(v => v * v) + Config.Norms.Epsilon);

    private double[] Normalized(double[] x) => Times(Centred(x), 1 / Deviation(x));

    /// <summary>Less its mean where nobody reads that: RMSNorm does.</summary>
    private double[] Centred(double[] x) => Config.Norms.Kind == NormKind.RmsNorm ? x : [.. x.Select(v => v - x.Average())];

    private static double[] Times(double[] x, double factor) => [.. x.Select(v => v * factor)];

    private static double[] Minus(double[] x, double[] y) => [.. x.Zip(y, (a, b) => a - b)];

    private static double[] Sum(IEnumerable<double[]> rows) => rows.Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)]);

    private static double Dot(double[] x, double[] y) => x.Zip(y, (a, b) => a * b).Sum();
}
