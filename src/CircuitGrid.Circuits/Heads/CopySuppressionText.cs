using System.Buffers;
using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.CompilerServices;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Heads;

/// <summary>Copy suppression on one text of P positions: the run of the unchanged model, and what becomes of its predictions head by head.</summary>
internal sealed class CopySuppressionText : IDisposable
{
    private readonly Transformer model;
    private readonly IDevice device;
    private readonly ImmutableArray<int> tokens;
    private readonly Mention[] mentions;
    private readonly double sourceShare;
    private readonly Sequences sequences;
    private readonly SourceRun run;
    private readonly Tensor directions;
    private readonly LentValues directionLogits;
    private readonly float[] norms;
    private readonly float[] inverseScales;
    private readonly double[] probabilities;

    public CopySuppressionText(Transformer model, ImmutableArray<int> tokens, ImmutableHashSet<int> functionTokens, double sourceShare)
    {
        this.model = model;
        this.tokens = tokens;
        mentions = [.. tokens.Select((t, s) => functionTokens.Contains(t) ? Mention.None : tokens.IndexOf(t) == s ? Mention.First : Mention.Later)];
        this.sourceShare = sourceShare;
        device = model.Device;
        var batch = new TokenBatch([tokens]);
        sequences = batch.Sequences;
        run = model.RunSources(batch);

        using var unembedding = Lend(model.UnembeddingRows(tokens.AsSpan()));
        norms = new float[Positions];
        for (var s = 0; s < Positions; s++)
        {
            var row = unembedding.Values.Slice(s * Width, Width);
            var squares = 0.0;
            foreach (var u in row)
            {
                squares += (double)u * u;
            }

            norms[s] = (float)Math.Sqrt(squares);
            foreach (ref var u in row)
            {
                u = norms[s] > 0 ? u / norms[s] : 0;
            }
        }

        directions = device.Allocate([Positions, Width]);
        device.Upload(directions, unembedding.Values);
        directionLogits = Lend(model.ProjectToVocabulary(directions));

        using var xhat = device.Allocate([Positions, Width]);
        using var scales = device.Allocate([Positions]);
        device.Normalize(xhat, scales, run.FinalResidual, model.Config.Norms.Epsilon, model.Config.Norms.Centres);
        inverseScales = new float[Positions];
        device.Download(scales, inverseScales);
        using var logits = Lend(model.Logits(run.FinalResidual));
        Overflow.Refuse(logits.Values, "a text's logits", model, batch);
        probabilities = Softmax(logits.Values, model.Config.Vocabulary);
    }

    /// <summary>What a position says: a function word, which is no source, or another token, for the first time or again.</summary>
    private enum Mention
    {
        None,
        First,
        Later,
    }

    private int Positions => tokens.Length;

    private int Width => model.Config.Width;

    /// <summary>Each head's divergences at every position.</summary>
    /// <param name="layer">Zero-based.</param>
    /// <param name="means">μ of the layer's heads, [H, P, D].</param>
    /// <param name="batchBytes">Bytes that logits may take at once.</param>
    /// <param name="add">
    /// Receives, head by head and by position, the head, the KL of the model from one in which the head does only copy suppression, and the KL of the model
    /// from one in which the head's output is its mean.
    /// </param>
    public void Divergences(int layer, Tensor means, int batchBytes, Action<int, double, double> add)
    {
        var heads = model.Config.Heads;
        using var shifts = device.Allocate([heads, Positions, Width]);
        model.HeadOutputs(layer, run.Heads[layer], shifts);
        device.Subtract(shifts, means, shifts);
        var rows = shifts.Reshape(heads * Positions, Width);
        using var coefficients = Coefficients(layer, means);
        var vocabulary = model.Config.Vocabulary;
        var rowsAtOnce = Math.Max(1, batchBytes / sizeof(float) / vocabulary);
        for (var first = 0; first < rows.Rows; first += rowsAtOnce)
        {
            var batch = rows.Slice(first, Math.Min(rowsAtOnce, rows.Rows - first));
            using var logits = Lend(model.ProjectToVocabulary(batch));
            for (var row = first; row < first + batch.Rows; row++)
            {
                var (head, position) = (row / Positions, row % Positions);
                var moved = logits.Values.Slice((row - first) * vocabulary, vocabulary);
                var harm = Divergence(position, moved);

                // Where a head suppresses nothing, keeping its copy suppression keeps its mean.
                add(head, AddSuppression(moved, coefficients.Values.Slice(row * Positions, Positions)) ? Divergence(position, moved) : harm, harm);
            }
        }
    }

    public void Dispose()
    {
        run.Dispose();
        directions.Dispose();
        directionLogits.Dispose();
    }

    /// <summary>
    /// What of a destination's attention to a source counts, [H·P, P]: the component of A·(v·W_O − μ) along the unembedding of the source's token, where the
    /// source is selected and the component negative; otherwise 0.
    /// </summary>
    private LentValues Coefficients(int layer, Tensor means)
    {
        var heads = model.Config.Heads;
        using var patterns = Lend(model.AttentionPatterns(layer, run.Residual[layer], sequences));
        using var meanAlong = Lend(Along(means.Reshape(heads * Positions, Width)));
        using var xhat = model.ReadStreams(run.Residual[layer]);
        using var valueOutputs = model.ValueOutputs(layer, xhat);
        using var valueAlong = Lend(Along(valueOutputs.Reshape(heads * Positions, Width)));
        using var lens = Lend(Along(run.Residual[layer]));
        var selected = SelectedSources(lens.Values);
        var coefficients = new LentValues(heads * Positions * Positions);
        coefficients.Values.Clear();
        for (var h = 0; h < heads; h++)
        {
            for (var d = 0; d < Positions; d++)
            {
                var row = ((h * Positions) + d) * Positions;
                foreach (var s in selected[d])
                {
                    var value = valueAlong.Values[(((h * Positions) + s) * Positions) + s];
                    coefficients.Values[row + s] = Math.Min(patterns.Values[row + s] * (value - meanAlong.Values[row + s]), 0);
                }
            }
        }

        return coefficients;
    }

    /// <summary>Components of rows [R, D] along every source's unit vector, [R, P]; a new tensor.</summary>
    private Tensor Along(Tensor rows)
    {
        var along = device.Allocate([rows.Rows, Positions]);
        device.MatrixProduct(along, rows, transposeA: false, directions, transposeB: true);
        return along;
    }

    /// <summary>
    /// Sources of every destination: those whose token the stream is most about to say (logit lens), ⌈share·(d+1)⌉ tokens of those so far that aren't
    /// function words, with all their mentions.
    /// </summary>
    /// <param name="lens">Stream of a destination along the unit vector of a source's token, [P, P].</param>
    private List<int>[] SelectedSources(ReadOnlySpan<float> lens)
    {
        var selected = new List<int>[Positions];
        float[] logits = new float[Positions], highest = new float[Positions];
        for (var d = 0; d < Positions; d++)
        {
            var named = 0;
            for (var s = 0; s <= d; s++)
            {
                logits[s] = lens[(d * Positions) + s] * norms[s] * inverseScales[d];
                if (mentions[s] == Mention.First)
                {
                    highest[named++] = logits[s];
                }
            }

            selected[d] = [];
            if (named > 0)
            {
                var wanted = Math.Min((int)Math.Ceiling(sourceShare * (d + 1)), named);
                highest.AsSpan(0, named).Sort();
                for (var s = 0; s <= d; s++)
                {
                    if (mentions[s] != Mention.None && logits[s] >= highest[named - wanted])
                    {
                        selected[d].Add(s);
                    }
                }
            }
        }

        return selected;
    }

    /// <summary>KL at a position of the model from itself with its logits moved.</summary>
    private double Divergence(int position, ReadOnlySpan<float> moved) =>
        ExcessExponential.Divergence(probabilities.AsSpan(position * moved.Length, moved.Length), moved, inverseScales[position]);

    /// <summary>Adds what few sources write along their directions to logits: a sum over sources, where projecting their sum takes one over the width.</summary>
    /// <returns>Whether there was anything to add.</returns>
    private bool AddSuppression(Span<float> logits, ReadOnlySpan<float> coefficients)
    {
        var any = false;
        for (var s = 0; s < coefficients.Length; s++)
        {
            if (coefficients[s] != 0)
            {
                AddMultiple(logits, directionLogits.Values.Slice(s * logits.Length, logits.Length), coefficients[s]);
                any = true;
            }
        }

        return any;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddMultiple(Span<float> to, ReadOnlySpan<float> x, float factor)
    {
        var whole = to.Length - (to.Length % Vector<float>.Count);
        for (var i = 0; i < whole; i += Vector<float>.Count)
        {
            (new Vector<float>(to[i..]) + (new Vector<float>(x[i..]) * factor)).CopyTo(to[i..]);
        }

        for (var i = whole; i < to.Length; i++)
        {
            to[i] += x[i] * factor;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double[] Softmax(ReadOnlySpan<float> logits, int vocabulary)
    {
        var probabilities = new double[logits.Length];
        for (var start = 0; start < logits.Length; start += vocabulary)
        {
            var row = logits.Slice(start, vocabulary);
            var highest = float.NegativeInfinity;
            foreach (var x in row)
            {
                highest = Math.Max(highest, x);
            }

            var total = 0.0;
            for (var t = 0; t < vocabulary; t++)
            {
                total += probabilities[start + t] = Math.Exp((double)row[t] - highest);
            }

            for (var t = 0; t < vocabulary; t++)
            {
                probabilities[start + t] /= total;
            }
        }

        return probabilities;
    }

    private LentValues Lend(Tensor tensor)
    {
        using (tensor)
        {
            var lent = new LentValues(checked((int)tensor.Length));
            device.Download(tensor, lent.Values);
            return lent;
        }
    }

    /// <summary>Values in an array that is used again: fresh ones of this size cost more, in clearing and collecting them, than what is computed in them.</summary>
    private sealed class LentValues(int length) : IDisposable
    {
        private float[]? array = ArrayPool<float>.Shared.Rent(length);

        public Span<float> Values => array.AsSpan(0, length);

        public void Dispose()
        {
            if (array is not null)
            {
                ArrayPool<float>.Shared.Return(array);
                array = null;
            }
        }
    }
}
