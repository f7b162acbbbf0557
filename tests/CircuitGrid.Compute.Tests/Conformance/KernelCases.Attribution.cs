namespace CircuitGrid.Compute.Tests.Conformance;

/// <content>Attribution, evaluation and training.</content>
public static partial class KernelCases
{
    private static IEnumerable<(string Name, Action<KernelRun> Run)> Attribution()
    {
        var sequences = new Sequences([3, 1, 5, 2]);
        var (examples, rows) = (sequences.Count, sequences.Rows);
        float[] weights = [0.5f, -1.25f, 0.75f];
        var points = weights.Length;
        foreach (var n in Sizes)
        {
            yield return Case($"AccumulateScaled {n}", run => run.Device.AccumulateScaled(
                run.Updated("acc", Tolerance.Sum(points), 1, rows, n), run.Input(2, points * rows, n), run.Input(3, points * rows), weights));
            yield return Case($"SlotDots 5×{n}", run => run.Device.SlotDots(
                run.Output("c", Tolerance.Sum(n), 7, 5), run.Input(1, 7, 5 * n), run.Input(2, 7, 5 * n), run.Input(3, 5 * n), run.Input(4, 7)));
            yield return Case($"SlotDots of shared blocks 5×{n}", run => run.Device.SlotDots(
                run.Output("c", Tolerance.Sum(n), 7, 5), run.Input(1, 7, 5 * n), run.Input(2, 7, 3 * n), run.Input(3, 3 * n), run.Input(4, 7), [0, 0, 2, 1, 2]));
            yield return Case($"SourceDots {n}", run => run.Device.SourceDots(
                run.Output("u", Tolerance.Sum(n), 6, points * rows), run.Input(1, 6, rows, n), run.Input(2, points * rows, n)));
            yield return Case($"SubtractAlong 5×{n}", run => run.Device.SubtractAlong(
                run.Updated("g", Tolerance.Sum(points + 1), 1, 5, rows, n), run.Input(2, points * rows, n), run.Input(3, points * rows, 5), weights));
            foreach (var sources in (int[])[1, 6, 17])
            {
                yield return Case($"SubtractProjections {sources}×{n}", run => run.Device.SubtractProjections(
                    run.Scores("scores", Double(points * rows), 1, examples, sources, n), run.Input(2, sources, points * rows), run.Input(3, points * rows, n), sequences, weights, 24));
                yield return Case($"Contract {sources}×{n}", run => run.Device.Contract(
                    run.Scores("scores", Tolerance.Sum(5 * n), 1, examples, sources, 3), run.Input(2, sources, rows, n), run.Input(3, 3, rows, n), sequences, centre: true));
            }

            yield return Case($"Contract without centring {n}", run => run.Device.Contract(
                run.Scores("scores", Tolerance.Sum(5 * n), 1, examples, 2, 19), run.Input(2, 2, rows, n), run.Input(3, 19, rows, n), sequences, centre: false));
            yield return Case($"SumBlocks {n}", run => run.Device.SumBlocks(
                run.Scores("blocks", Double(examples), 1, 2, 3, n), run.Scores("scores", Tolerance.Exact, 2, examples, 3, n), [1, 0, 1, 1]));
            yield return Case($"Mix {n}", run => run.Device.Mix(
                run.Output("y", Tolerance.Sum(5), 4, rows, n), run.Input(1, rows, n), run.Input(2, 5, rows, n), new SparseRows([0, 3, 3, 8, 9], [4, 0, 2, 0, 1, 2, 3, 4, 3])));
        }
    }

    private static IEnumerable<(string Name, Action<KernelRun> Run)> Training()
    {
        foreach (var n in (int[])[.. Sizes, 5000])
        {
            yield return Case($"Affine {n}", run => run.Device.Affine(run.Output("y", Tolerance.Sum(2), 3, n), run.Input(1, 3, n), run.Input(2, n), run.Input(3, n)));
            yield return Case($"ScaleColumns {n}", run => run.Device.ScaleColumns(run.Output("y", Tolerance.Roundings(1), 3, n), run.Input(1, 3, n), run.Input(2, n)));
            yield return Case($"SumRows {n}", run => run.Device.SumRows(run.Updated("sums", Tolerance.SumOfOnes(30), 1, n), run.Input(2, 30, n)));
            yield return Case($"SumRows of products {n}", run => run.Device.SumRows(run.Updated("sums", Tolerance.SumOfOnes(30), 1, n), run.Input(2, 30, n), run.Input(3, 30, n)));
            yield return Case($"SquaredNorm {n}", run => run.Number("norm", Double(n), run.Device.SquaredNorm(run.Input(1, 7 * n))));
            yield return Case($"AdamW {n}", run =>
            {
                float[] squares = [.. KernelRun.Values(4, n).Select(x => x * x)];
                run.Device.AdamW(
                    run.Updated("parameter", Tolerance.Sum(8), 1, n),
                    run.Input(2, n),
                    run.Updated("first", Tolerance.Sum(2), 3, n),
                    run.Updated("second", Tolerance.Sum(2), squares, n),
                    new AdamWStep(GradientScale: 0.7, LearningRate: 0.01, Beta1: 0.9, Beta2: 0.95, Epsilon: 1e-8, WeightDecay: 0.1, Step: 3));
            });
        }
    }

    /// <summary>A sum in float64 of products of float32 numbers: 2⁻⁵³ instead of 2⁻²⁴.</summary>
    private static Tolerance Double(int terms) => new(0, Tolerance.Sum(terms).OfLargest / (1 << 29));
}
