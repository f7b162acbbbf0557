using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Circuits.Tests.Truths;

/// <summary>
/// A second implementation, in float64 and without any of the engine's identities: every slot has its own copy of each source it reads, adds these up one by
/// one and has norms of its own, and any copy can be anything. Written from tests/golden/README.md. Slow and obvious; the judge of attribution and evaluation.
/// </summary>
internal sealed partial class PlainTransformer(ITensorSource source, CircuitGraph graph)
{
    /// <summary>What an edge carries, given its source's output in this run, [positions][width].</summary>
    public delegate double[][] EdgeValue(int edge, double[][] current);

    /// <summary>What a head's slot reads, [positions][width]; components are 0 for queries, 1 for keys, 2 for values.</summary>
    public delegate double[][] HeadStream(int head, int component);

    public PlainWeights Weights { get; } = new(source);

    private ModelConfig Config { get; } = source.Config;

    /// <summary>Outputs of all source nodes and the logits of the last position.</summary>
    /// <param name="tokens">The prompt.</param>
    /// <param name="carry">What edges carry; their source's output where none is given.</param>
    /// <param name="embedding">Takes the place of the output of node <c>input</c>, if given.</param>
    /// <param name="held">Factors to hold: where it knows none yet, those of this run.</param>
    public (double[][][] Sources, double[] Logits) Run(IReadOnlyList<int> tokens, EdgeValue? carry = null, double[][]? embedding = null, HeldFactors? held = null)
    {
        var outputs = new double[graph.Sources][][];
        outputs[0] = embedding ?? [.. tokens.Select(t => Weights.Embedding[t].Select(x => Config.ScalesEmbedding ? x * Math.Sqrt(Config.Width) : x).ToArray())];
        for (var l = 0; l < Config.Layers; l++)
        {
            var z = LayerZ(l, (h, c) => Stream(graph.HeadSlot(l, h, c), outputs, carry, held), held);
            for (var h = 0; h < Config.Heads; h++)
            {
                outputs[graph.HeadNode(l, h)] = HeadOutput(l, h, z[h]);
            }

            outputs[graph.MlpNode(l)] = Mlp(l, Stream(graph.MlpSlot(l), outputs, carry, held), held);
        }

        return (outputs, Logits(Stream(graph.LogitsSlot, outputs, carry, held)[^1], held));
    }

    /// <summary>
    /// The residual stream a slot reads where sources have the given outputs, [positions][width]. Behind a post-norm attention's output of a layer is the
    /// norm of the sum of this slot's copies of the layer's heads and of b_O.
    /// </summary>
    public double[][] Stream(int slot, double[][][] sources, EdgeValue? carry = null, HeldFactors? held = null)
    {
        double[][] Copy(int s) => carry is null ? sources[s] : carry(graph.Edge(s, slot), sources[s]);
        var stream = Copied(Copy(0));
        if (Weights.Positions is { } positions)
        {
            Add(stream, positions);
        }

        for (var l = 0; l < Config.Layers; l++)
        {
            // A layer's b_O is there as soon as its attention has been added, heads or not.
            if (graph.SourcesOf(slot) > graph.HeadNode(l, 0))
            {
                var (layer, attention) = (Weights.Layer(l), Copied(stream, 0));
                for (var h = 0; h < Config.Heads; h++)
                {
                    Add(attention, Copy(graph.HeadNode(l, h)));
                }

                foreach (var row in attention)
                {
                    Add(row, layer.OutputBias);
                }

                Add(stream, layer.AfterAttention is { } norm ? Normalized(attention, norm, held, "post", (slot * Config.Layers) + l) : attention);
            }

            if (graph.SourcesOf(slot) > graph.MlpNode(l))
            {
                Add(stream, Copy(graph.MlpNode(l)));
            }
        }

        return stream;
    }

    /// <summary>Logits of a row of the final residual stream.</summary>
    public double[] Logits(double[] stream, HeldFactors? held = null)
    {
        var normalized = Normalized([stream], Weights.FinalNorm, held, "scale", graph.LogitsSlot)[0];
        return [.. Weights.Unembedding.Select(row => Capped(Dot(row, normalized), Config.LogitCap))];
    }

    /// <summary>z of every head of a layer, [heads][positions][head width], from the residual streams that the heads' slots read.</summary>
    public double[][][] LayerZ(int layer, HeadStream stream, HeldFactors? held = null)
    {
        var projected = Projected(layer, stream, held);
        return [.. projected.Select(head => Attention(layer, head).Select((row, i) => Mix(row, head[2])).ToArray())];
    }

    /// <summary>Attention weights of a head, [queries][keys up to the query], from the residual streams that the layer's slots read.</summary>
    public double[][] Attention(int layer, int head, HeadStream stream) => Attention(layer, Projected(layer, stream, held: null)[head]);

    /// <summary>What a head writes into the residual stream before any norm, z·W_O, [positions][width].</summary>
    public double[][] HeadOutput(int layer, int head, double[][] z)
    {
        var output = Weights.Layer(layer).Output;
        return [.. z.Select(row => output.Select(o => Dot(row, o, head * row.Length)).ToArray())];
    }

    /// <summary>The metric of logits, for a divergence that of the clean run's logits.</summary>
    public static double Metric(double[] logits, MetricKind kind, IReadOnlyCollection<int> correct, IReadOnlyCollection<int> incorrect, double[]? clean = null)
    {
        if (kind == MetricKind.LogitDifference)
        {
            return correct.Average(t => logits[t]) - incorrect.Average(t => logits[t]);
        }

        var total = logits.Sum(x => Math.Exp(x - logits.Max()));
        double Probability(int t) => Math.Exp(logits[t] - logits.Max()) / total;
        return kind switch
        {
            MetricKind.ProbabilityDifference => correct.Sum(Probability) - incorrect.Sum(Probability),
            MetricKind.LogProbability => LogSum(correct.Select(t => logits[t])) - LogSum(logits),
            MetricKind.LogProbabilityDifference => LogSum(correct.Select(t => logits[t])) - LogSum(incorrect.Select(t => logits[t])),
            _ => clean!.Zip(logits, (p, q) => Math.Exp(p - LogSum(clean!)) * (p - LogSum(clean!) - (q - LogSum(logits)))).Sum(),
        };
    }

    private static double LogSum(IEnumerable<double> logits) => logits.Max() + Math.Log(logits.Sum(x => Math.Exp(x - logits.Max())));

    private static double[][] Copied(double[][] rows, double factor = 1) => [.. rows.Select(row => row.Select(x => x * factor).ToArray())];

    private static void Add(double[][] to, double[][] rows)
    {
        for (var p = 0; p < to.Length; p++)
        {
            Add(to[p], rows[p]);
        }
    }

    private static void Add(double[] to, double[] row)
    {
        for (var d = 0; d < to.Length; d++)
        {
            to[d] += row[d];
        }
    }

    private static double Dot(double[] a, double[] b, int start = 0)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[start + i];
        }

        return sum;
    }
}
