namespace CircuitGrid.Compute.Tests.Conformance;

/// <content>Attention and answers.</content>
public static partial class KernelCases
{
    /// <summary>Heads, width of a head, and the sequences' lengths.</summary>
    private static readonly (int Heads, int Width, int[] Lengths)[] AttentionShapes =
    [
        (1, 1, [1]), (2, 8, [3, 1, 2]), (3, 16, [15, 16, 17]), (2, 17, [33, 4]), (4, 64, [21, 5, 9]), (1, 33, [100]), (2, 80, [18]), (1, 256, [20, 7]),
    ];

    private static IEnumerable<(string Name, Action<KernelRun> Run)> Attention()
    {
        foreach (var (heads, width, lengths) in AttentionShapes)
        {
            var sequences = new Sequences(lengths);
            var (rows, longest) = (sequences.Rows, sequences.MaxLength);
            var stride = (3 * heads * width) + 4;
            var q = BlockLayout.Columns(heads, rows, width, stride, offset: 1);
            var k = BlockLayout.Columns(heads, rows, width, stride, offset: 1 + (heads * width));
            var v = BlockLayout.Columns(heads, rows, width, stride, offset: 1 + (2 * heads * width));
            var z = BlockLayout.Stacked(heads, rows, width);
            var shape = $"{heads}×{width} [{string.Join(',', lengths)}]";

            foreach (var inverse in (bool[])[false, true])
            {
                var dimensions = width / 2 / 2 * 2;
                yield return Case($"Rotate {(inverse ? "back " : "")}{shape}", run => run.Device.Rotate(
                    run.Updated("x", Tolerance.Sum(2), 1, rows, stride), k, sequences, new Rotary(dimensions, 10000), inverse));
                yield return Case($"Rotate {(inverse ? "back " : "")}whole heads {shape}", run => run.Device.Rotate(
                    run.Updated("x", Tolerance.Sum(2), 1, rows, stride), q, sequences, new Rotary(width & -2, 500), inverse));
            }

            yield return Case($"Attend {shape}", run =>
            {
                var qkv = run.Input(1, rows, stride);
                run.Device.Attend(run.Output("z", AttentionTolerance(width, longest), heads, rows, width), z, qkv, q, qkv, k, qkv, v, sequences, AttentionRule.Of(width));
            });
            yield return Case($"Attend with pattern {shape}", run =>
            {
                var tolerance = AttentionTolerance(width, longest);
                var (queries, keys, values) = (run.Input(1, rows, stride), run.Input(2, rows, stride), run.Input(3, rows, stride));
                var pattern = run.Output("pattern", tolerance, heads, (int)KernelShapes.PatternLength(sequences));
                run.Device.Attend(run.Updated("z", tolerance, 4, rows, stride), q, queries, q, keys, k, values, v, sequences, AttentionRule.Of(width), pattern);
            });
            yield return Case($"AttendBackward {shape}", run => run.Device.AttendBackward(
                run.Updated("dqkv", AttentionTolerance(width, longest), 3, rows, stride),
                new(q, k, v),
                run.Input(1, heads, rows, width),
                z,
                run.Input(2, rows, stride),
                new(q, k, v),
                sequences,
                AttentionRule.Of(width)));
        }
    }

    /// <summary>The exponentials turn the scores' rounding errors, which grow with the scores (up to about √width here), into relative ones.</summary>
    private static Tolerance AttentionTolerance(int width, int longest) => Tolerance.Sum(longest + (width * width));

    private static IEnumerable<(string Name, Action<KernelRun> Run)> Answers()
    {
        foreach (var vocabulary in (int[])[.. Sizes, 5000])
        {
            Answers answers(MetricKind metric) => new(
                metric,
                [[0], [vocabulary - 1, 0, 0], [vocabulary / 2]],
                [[vocabulary - 1, vocabulary / 3], [vocabulary / 2], [vocabulary / 2, vocabulary - 1]]);
            foreach (var metric in Enum.GetValues<MetricKind>())
            {
                Answers against(KernelRun run) => answers(metric) with { CleanLogits = metric == MetricKind.Divergence ? run.Input(2, 3, vocabulary) : null };
                yield return Case($"Measure {metric} {vocabulary}", run => run.Device.Measure(
                    run.Output("metric", Tolerance.Sum(2), 3), dlogits: null, run.Input(1, 3, vocabulary), against(run)));
                yield return Case($"Measure {metric} with gradient {vocabulary}", run => run.Device.Measure(
                    run.Output("metric", Tolerance.Sum(2), 3), run.Output("dlogits", Tolerance.Sum(2), 3, vocabulary), run.Input(1, 3, vocabulary), against(run)));
            }

            yield return Case($"Measure one side each {vocabulary}", run => run.Device.Measure(
                run.Output("metric", Tolerance.Sum(2), 3),
                run.Output("dlogits", Tolerance.Sum(2), 3, vocabulary),
                run.Input(1, 3, vocabulary),
                new(MetricKind.LogProbabilityDifference, [[0], [], [vocabulary / 2]], [[], [vocabulary - 1, vocabulary / 2], [vocabulary - 1]])));
            yield return Case($"Measure no incorrect answers {vocabulary}", run => run.Device.Measure(
                run.Output("metric", Tolerance.Sum(2), 2),
                run.Output("dlogits", Tolerance.Sum(2), 2, vocabulary),
                run.Input(1, 2, vocabulary),
                new(MetricKind.LogProbability, [[0], [vocabulary / 2, vocabulary - 1]], [[], []])));
            yield return Case($"Measure Divergence of repeated rows {vocabulary}", run => run.Device.Measure(
                run.Output("metric", Tolerance.Sum(2), 6),
                run.Output("dlogits", Tolerance.Sum(2), 6, vocabulary),
                run.Input(1, 6, vocabulary),
                answers(MetricKind.Divergence).Repeat(2) with { CleanLogits = run.Input(2, 3, vocabulary) }));
            yield return Case($"Measure Divergence of equal rows {vocabulary}", run => run.Device.Measure(
                run.Output("metric", Tolerance.Sum(2), 3),
                run.Output("dlogits", Tolerance.Sum(2), 3, vocabulary),
                run.Input(1, 3, vocabulary),
                answers(MetricKind.Divergence) with { CleanLogits = run.Input(1, 3, vocabulary) }));

            int[] targets = [vocabulary - 1, -1, 0, vocabulary / 2];
            yield return Case($"CrossEntropy {vocabulary}", run => run.Device.CrossEntropy(
                run.Output("loss", Tolerance.Sum(2), 4), dlogits: null, run.Input(1, 4, vocabulary), targets, 0.25f));
            yield return Case($"CrossEntropy with gradient in place {vocabulary}", run =>
            {
                var logits = run.Updated("dlogits", Tolerance.Sum(2), 1, 4, vocabulary);
                run.Device.CrossEntropy(run.Output("loss", Tolerance.Sum(2), 4), logits, logits, targets, 0.25f);
            });
        }
    }
}
