using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Architectures.Weights;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Checkpoints.Formats;

namespace CircuitGrid.Circuits.Heads;

/// <summary>
/// Which heads turn a word of a series into the next one, from weights alone (Gould et al. 2023, in the form of Tigges et al. 2024;
/// docs/method.md, head scores). The weights are those that are stored, without any norm.
/// </summary>
public static class SuccessorScores
{
    /// <summary>
    /// For every head the share, over all pairs of all lists, in which the successor alone scores highest among the list's successors. A word w is
    /// x = MLP₀(E[w]), and a token t scores x·W_V·W_O·U[t]. The sampling units are the lists.
    /// </summary>
    /// <returns><see langword="null"/> where there are no pairs.</returns>
    /// <exception cref="InvalidInputException">A tensor is missing or unusable, or a score overflows float32.</exception>
    public static HeadTable? Measure(IDevice device, ITensorSource checkpoint, IReadOnlyList<SuccessorList> lists)
    {
        if (lists.Count == 0)
        {
            return null;
        }

        var config = checkpoint.Config;
        var weights = config.Family.Layout(checkpoint, fold: false);
        int[] words = [.. lists.SelectMany(l => l.Pairs).Select(p => p.Token).Distinct().Order()];
        int[] successors = [.. lists.SelectMany(l => l.Pairs).Select(p => p.Successor).Distinct().Order()];
        using var embedded = Embedded(device, weights, words);
        using var unembedding = Rows(device, weights.ReadUnembedding(), successors);
        var right = ImmutableArray.CreateBuilder<double>(config.Layers * config.Heads * lists.Count);
        using var outputs = device.Allocate([config.Heads, words.Length, config.Width]);
        using var scores = device.Allocate([config.Heads * words.Length, successors.Length]);
        var downloaded = new float[scores.Length];
        for (var l = 0; l < config.Layers; l++)
        {
            ReadOut(device, config, weights.ReadLayer(l), embedded, outputs);
            device.MatrixProduct(scores, outputs.Reshape(config.Heads * words.Length, config.Width), transposeA: false, unembedding, transposeB: true);
            device.Download(scores, downloaded);
            if (HalfPrecision.IndexOfNonFinite(downloaded) >= 0)
            {
                throw new InvalidInputException("successor scores", string.Create(CultureInfo.InvariantCulture, $"what a head of layer {l} writes for a word overflows float32"));
            }

            for (var h = 0; h < config.Heads; h++)
            {
                right.AddRange(lists.Select(list => (double)Right(list, words, successors, downloaded.AsMemory(h * words.Length * successors.Length))));
            }
        }

        var pairs = lists.Sum(l => l.Pairs.Length);
        var samples = new HeadSamples(lists.Count, right.MoveToImmutable(), [.. lists.Select(l => (double)l.Pairs.Length)]);
        return new HeadTable(config.Heads, [.. samples.Numerators.Chunk(lists.Count).Select(head => head.Sum() / pairs)]) { Samples = samples };
    }

    /// <summary>Pairs of a list in which the successor alone scores highest.</summary>
    private static int Right(SuccessorList list, int[] words, int[] successors, ReadOnlyMemory<float> scores)
    {
        int[] candidates = [.. list.Pairs.Select(p => Array.BinarySearch(successors, p.Successor)).Distinct()];
        return list.Pairs.Count(pair =>
        {
            var row = scores.Slice(Array.BinarySearch(words, pair.Token) * successors.Length, successors.Length);
            var own = Array.BinarySearch(successors, pair.Successor);
            return Array.TrueForAll(candidates, c => c == own || row.Span[c] < row.Span[own]);
        });
    }

    /// <summary>MLP₀(E[w]) of every word, [words, D].</summary>
    private static Tensor Embedded(IDevice device, WeightLayout weights, int[] words)
    {
        var (config, layer) = (weights.Config, weights.ReadLayer(0));
        using var rows = Rows(device, weights.Embedding, words);
        using var mlpIn = device.Prepare(layer.MlpIn);
        using var mlpInBias = Vector(device, layer.MlpIn.Bias);
        using var mlpOut = device.Prepare(layer.MlpOut);
        using var mlpOutBias = Vector(device, layer.MlpOutBias);
        using var hidden = device.Allocate([words.Length, config.HiddenWidth]);
        device.Linear(hidden, rows, mlpIn, mlpInBias);
        using var activated = device.Allocate([words.Length, config.MlpWidth]);
        if (config.IsGated)
        {
            device.Gate(activated, hidden, layer.Activation);
        }
        else
        {
            device.Activate(activated, hidden, layer.Activation);
        }

        var embedded = device.Allocate([words.Length, config.Width]);
        device.Linear(embedded, activated, mlpOut, mlpOutBias);
        return embedded;
    }

    /// <summary>x·W_V·W_O of every head, [H, words, D].</summary>
    private static void ReadOut(IDevice device, ModelConfig config, LayerMatrices layer, Tensor x, Tensor outputs)
    {
        var (heads, words, width, headWidth) = (config.Heads, x.Rows, x.Columns, config.HeadWidth);
        var valueRows = new float[config.KeyWidth * width];
        layer.QueryKeyValue.CopyRows(config.QueryWidth + config.KeyWidth, valueRows);
        using var valueWeight = device.Prepare(new ArrayMatrix(valueRows, config.KeyWidth, width));
        using var output = device.Prepare(layer.Output);
        using var values = device.Allocate([words, config.KeyWidth]);
        device.Linear(values, x, valueWeight);
        using var ofHeads = device.Allocate([heads, words, headWidth]);
        var stacked = BlockLayout.Stacked(heads, words, headWidth);
        device.GatherBlocks(
            ofHeads, stacked, values, BlockLayout.Columns(config.KeyHeads, words, headWidth, config.KeyWidth), [.. Enumerable.Range(0, heads).Select(h => h / config.HeadsPerKey)]);
        device.GroupedLinearTransposed(
            outputs, BlockLayout.Stacked(heads, words, width), ofHeads, stacked, output, [.. Enumerable.Range(0, heads).Select(h => h * headWidth)]);
    }

    private static Tensor Rows(IDevice device, IMatrixSource matrix, int[] rows)
    {
        var values = new float[rows.Length * matrix.Columns];
        for (var i = 0; i < rows.Length; i++)
        {
            matrix.CopyRows(rows[i], values.AsSpan(i * matrix.Columns, matrix.Columns));
        }

        var tensor = device.Allocate([rows.Length, matrix.Columns]);
        device.Upload(tensor, values);
        return tensor;
    }

    private static Tensor Vector(IDevice device, float[] values)
    {
        var tensor = device.Allocate([values.Length]);
        device.Upload(tensor, values);
        return tensor;
    }
}
