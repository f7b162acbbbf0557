using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Circuits.Tests.Truths;

/// <content>What a block does to what its slots read.</content>
internal sealed partial class PlainTransformer
{
    private int HeadWidth => Config.OwnHeadWidth ?? Config.Width / Config.Heads;

    /// <summary>The MLP's nonlinearity.</summary>
    private double Activated(double x, int layer)
    {
        switch (Config.Activation)
        {
            case Activation.Relu:
                return Math.Max(x, 0);
            case Activation.GeluTanh:
                return 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));
            case Activation.Silu:
                return x / (1 + Math.Exp(-x));
            case Activation.XIelu:
                var slopes = Weights.Layer(layer).Slopes;
                static double Softplus(double x) => Math.Log(1 + Math.Exp(x));
                var (positive, beta, epsilon) = (Softplus(slopes[0]), slopes[2], slopes[3]);
                var negative = beta + Softplus(slopes[1]);
                return (x > 0 ? positive * x * x : (Math.Exp(Math.Min(x, epsilon)) - 1 - x) * negative) + (beta * x);
            default:
                return 0.5 * x * (1 + Erf(x / Math.Sqrt(2)));
        }
    }

    /// <summary>What a projection reads: the stream through a norm, where the block has one before it.</summary>
    private double[][] Read(double[][] stream, PlainNorm? norm, HeldFactors? held, int slot) => norm is null ? stream : Normalized(stream, norm, held, "scale", slot);

    private double[][] Normalized(double[][] x, PlainNorm norm, HeldFactors? held, string what, int index) => [.. x.Select((row, p) =>
    {
        var mean = Config.Norms.Kind == NormKind.LayerNorm ? row.Average() : 0;
        var scale = Held(held, what, index, p, 0, Math.Sqrt(row.Average(v => (v - mean) * (v - mean)) + Config.Norms.Epsilon));
        return row.Select((v, d) => ((v - mean) / scale * (norm.Scale?[d] ?? 1)) + (norm.Shift?[d] ?? 0)).ToArray();
    })];

    /// <summary>Queries, keys and values of every head as attention sees them, [heads][components][positions][head width].</summary>
    private double[][][][] Projected(int layer, HeadStream stream, HeldFactors? held)
    {
        var weight = Weights.Layer(layer);
        double[][][][] result =
        [
            .. Enumerable.Range(0, Config.Heads).Select(h => Enumerable.Range(0, 3).Select(c =>
            {
                // Neighbouring heads share a key and a value.
                var first = (c == 0 ? h : h / Config.HeadsPerKey) * HeadWidth;
                return Read(stream(h, c), weight.BeforeAttention, held, graph.HeadSlot(layer, h, c))
                    .Select(x => Enumerable.Range(first, HeadWidth).Select(i => Clipped(Dot(x, weight.Matrices[c][i]) + weight.Biases[c][i])).ToArray())
                    .ToArray();
            }).ToArray()),
        ];
        for (var c = 0; c < 2; c++)
        {
            if ((c == 0 ? weight.QueryNorm : weight.KeyNorm) is { } scale)
            {
                NormalizeHeads(result, layer, c, scale, held);
            }

            foreach (var head in result)
            {
                head[c] = [.. head[c].Select((x, p) => Rotated(x, layer, p))];
            }
        }

        return result;
    }

    /// <summary>RMSNorm of each head's queries or keys, or of all heads' own copies together: with shared keys too, of every head's own.</summary>
    private void NormalizeHeads(double[][][][] heads, int layer, int component, double[] scale, HeldFactors? held)
    {
        for (var p = 0; p < heads[0][component].Length; p++)
        {
            double Of(IEnumerable<double> values, string what, int index) =>
                Held(held, what, index, p, 0, Math.Sqrt(values.Average(x => x * x) + Config.Norms.Epsilon));
            var isWhole = Config.QueryKeyNorm == QueryKeyNorm.Whole;
            var whole = isWhole ? Of(heads.SelectMany(h => h[component][p]), "whole", (2 * layer) + component) : 0;
            for (var h = 0; h < heads.Length; h++)
            {
                var x = heads[h][component][p];
                var sigma = isWhole ? whole : Of(x, "head", graph.HeadSlot(layer, h, component));
                var first = isWhole ? (component == 0 ? h : h / Config.HeadsPerKey) * HeadWidth : 0;
                heads[h][component][p] = [.. x.Select((v, u) => v / sigma * scale[first + u])];
            }
        }
    }

    private double[][] Attention(int layer, double[][][] head) => [.. head[0].Select((query, i) =>
    {
        var divisor = Math.Sqrt(Config.QueryScalar ?? HeadWidth) * (Config.DividesByLayer ? layer + 1 : 1);
        var first = Config.WindowedLayers.Contains(layer) ? Math.Max(0, i - Config.Window + 1) : 0;
        var scores = head[1].Take(i + 1).Select((key, j) => j < first ? double.NegativeInfinity : Capped(Dot(query, key) / divisor, Config.AttentionCap)).ToArray();
        var weights = scores.Select(s => Math.Exp(s - scores.Max())).ToArray();
        var total = weights.Sum();
        return weights.Select(w => w / total).ToArray();
    })];

    private static double[] Mix(double[] shares, double[][] values)
    {
        var sum = new double[values[0].Length];
        for (var j = 0; j < shares.Length; j++)
        {
            for (var u = 0; u < sum.Length; u++)
            {
                sum[u] += shares[j] * values[j][u];
            }
        }

        return sum;
    }

    private double Clipped(double x) => Config.QueryKeyValueLimit == 0 ? x : Math.Clamp(x, -Config.QueryKeyValueLimit, Config.QueryKeyValueLimit);

    private static double Capped(double x, double cap) => cap == 0 ? x : cap * Math.Tanh(x / cap);

    private double[] Rotated(double[] x, int layer, int position)
    {
        if (Config.Rotary is not { } rotary || Config.UnrotatedLayers.Contains(layer))
        {
            return x;
        }

        var scaling = Config.WindowedAreUnscaled && Config.WindowedLayers.Contains(layer) ? null : rotary.Scaling;
        var (result, half) = ((double[])x.Clone(), rotary.Dimensions / 2);
        for (var j = 0; j < half; j++)
        {
            var (frequency, factor) = Turn(rotary.Dimensions, rotary.Base, scaling, j);
            var (cosine, sine) = (factor * Math.Cos(position * frequency), factor * Math.Sin(position * frequency));
            result[j] = (x[j] * cosine) - (x[j + half] * sine);
            result[j + half] = (x[j + half] * cosine) + (x[j] * sine);
        }

        return result;
    }

    /// <summary>The frequency of pair j and the factor on its cosine and sine.</summary>
    private static (double Frequency, double Factor) Turn(int dimensions, double theta, RotaryScaling? scaling, int j)
    {
        var f = Math.Pow(theta, -2.0 * j / dimensions);
        switch (scaling)
        {
            case null:
                return (f, 1);
            case LinearScaling linear:
                return (f / linear.Factor, 1);
            case Llama3Scaling llama:
                var (wavelength, context) = (2 * Math.PI / f, llama.OriginalContext);
                if (wavelength < context / llama.HighFrequencyFactor)
                {
                    return (f, 1);
                }

                var s = ((context / wavelength) - llama.LowFrequencyFactor) / (llama.HighFrequencyFactor - llama.LowFrequencyFactor);
                return (wavelength > context / llama.LowFrequencyFactor ? f / llama.Factor : ((1 - s) * f / llama.Factor) + (s * f), 1);
            case YarnScaling yarn:
                double Pair(double turns) => dimensions * Math.Log(yarn.OriginalContext / (2 * Math.PI * turns)) / (2 * Math.Log(theta));
                var low = Math.Max(Math.Floor(Pair(yarn.BetaFast)), 0);
                var high = Math.Min(Math.Ceiling(Pair(yarn.BetaSlow)), dimensions - 1);
                high += low == high ? 0.001 : 0;
                var ramp = Math.Min(Math.Max((j - low) / (high - low), 0), 1);
                return ((f * (1 - ramp)) + (f / yarn.Factor * ramp), yarn.AttentionFactor);
            default:
                throw new NotSupportedException(scaling.ToString());
        }
    }

    /// <summary>What an MLP makes of a row, without the norms around it.</summary>
    public double[] MlpWithoutNorms(int layer, double[] row) => MlpRow(layer, row, held: null, position: 0);

    private double[][] Mlp(int layer, double[][] stream, HeldFactors? held)
    {
        var weight = Weights.Layer(layer);
        double[][] output = [.. Read(stream, weight.BeforeMlp, held, graph.MlpSlot(layer)).Select((x, p) => MlpRow(layer, x, held, p))];
        return weight.AfterMlp is { } norm ? Normalized(output, norm, held, "post", -1 - layer) : output;
    }

    private double[] MlpRow(int layer, double[] x, HeldFactors? held, int position)
    {
        var weight = Weights.Layer(layer);
        var hidden = weight.Up.Select((up, j) =>
        {
            var value = Dot(x, up) + weight.UpBias[j];
            if (weight.Gate is null)
            {
                return held is null ? Activated(value, layer) : value * Held(held, "factor", layer, position, j, Activated(value, layer) / value);
            }

            var gate = Dot(x, weight.Gate[j]) + weight.GateBias[j];
            if (held is null)
            {
                return Activated(gate, layer) * value;
            }

            // RelP's half rule: of a product of two each factor counts half, the other one held.
            var factor = Held(held, "factor", layer, position, j, Activated(gate, layer) / gate);
            return ((gate * factor * Held(held, "up", layer, position, j, value)) + (value * Held(held, "gate", layer, position, j, Activated(gate, layer)))) / 2;
        }).ToArray();
        return [.. weight.Down.Select((row, o) => Dot(hidden, row) + weight.DownBias[o])];
    }

    private static double Held(HeldFactors? held, string what, int index, int position, int unit, double value) =>
        held?.Hold((what, index, position, unit), value) ?? value;

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
}
