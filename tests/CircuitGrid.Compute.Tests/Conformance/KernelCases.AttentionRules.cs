namespace CircuitGrid.Compute.Tests.Conformance;

/// <content>Shared keys, windows, soft caps and scaled rotary angles.</content>
public static partial class KernelCases
{
    /// <summary>Heads, heads of keys and values, width of a head, the sequences' lengths, and the rule.</summary>
    private static readonly (int Heads, int KeyHeads, int Width, int[] Lengths, AttentionRule Rule)[] RuleShapes =
    [
        (4, 2, 8, [3, 1, 2], AttentionRule.Of(8)),
        (6, 2, 17, [33, 4], new(0.3)),
        (3, 1, 16, [15, 16, 17], AttentionRule.Of(16)),
        (2, 2, 8, [40, 3], AttentionRule.Of(8) with { Window = 1 }),
        (2, 1, 33, [50], AttentionRule.Of(33) with { Window = 4 }),
        (1, 1, 16, [70, 20], AttentionRule.Of(16) with { Window = 16 }),
        (1, 1, 16, [70, 20], AttentionRule.Of(16) with { Window = 17 }),
        (2, 2, 12, [70, 33], AttentionRule.Of(12) with { Window = 33 }),
        (2, 2, 16, [40, 2], AttentionRule.Of(16) with { SoftCap = 0.9 }),
        (4, 1, 64, [40], AttentionRule.Of(64) with { SoftCap = 50, Window = 100 }),
        (4, 2, 12, [24, 5, 37], new(0.4, SoftCap: 3, Window: 4)),
        (8, 4, 20, [64, 18], new(0.2, SoftCap: 2, Window: 21)),
    ];

    private static readonly (string Name, Rotary Rotary)[] ScaledRotaries =
    [
        ("linear", new(16, 10, new LinearScaling(4))),
        ("llama3", new(16, 10, new Llama3Scaling(8, LowFrequencyFactor: 2, HighFrequencyFactor: 4, OriginalContext: 64))),
        ("yarn", new(16, 10, new YarnScaling(4, BetaFast: 4, BetaSlow: 1.5, OriginalContext: 64, AttentionFactor: 1.3))),
    ];

    private static IEnumerable<(string Name, Action<KernelRun> Run)> AttentionRules()
    {
        foreach (var (heads, keyHeads, width, lengths, rule) in RuleShapes)
        {
            var sequences = new Sequences(lengths);
            var (rows, longest) = (sequences.Rows, sequences.MaxLength);
            var stride = (heads + (2 * keyHeads)) * width;
            var layouts = HeadLayouts.SideBySide(heads, keyHeads, rows, width);
            var z = BlockLayout.Columns(heads, rows, width, (heads * width) + 3, offset: 2);
            var tolerance = AttentionTolerance(width, longest);
            var shape = $"{heads}×{keyHeads}×{width} [{string.Join(',', lengths)}] {rule}";
            yield return Case($"Attend {shape}", run =>
            {
                var qkv = run.Input(1, rows, stride);
                run.Device.Attend(run.Updated("z", tolerance, 4, rows, z.RowStride), z, qkv, layouts.Query, qkv, layouts.Key, qkv, layouts.Value, sequences, rule);
            });
            yield return Case($"Attend with pattern {shape}", run => run.Device.Attend(
                run.Updated("z", tolerance, 4, rows, z.RowStride),
                z,
                run.Input(1, heads, rows, width),
                BlockLayout.Stacked(heads, rows, width),
                run.Input(2, keyHeads, rows, width),
                BlockLayout.Stacked(keyHeads, rows, width),
                run.Input(3, rows, keyHeads * width),
                BlockLayout.Columns(keyHeads, rows, width, keyHeads * width),
                sequences,
                rule,
                run.Output("pattern", tolerance, heads, (int)KernelShapes.PatternLength(sequences))));
            yield return Case($"AttendBackward {shape}", run => run.Device.AttendBackward(
                run.Output("dqkv", tolerance, rows, 3 * heads * width),
                HeadLayouts.SideBySide(heads, heads, rows, width),
                run.Input(1, rows, z.RowStride),
                z,
                run.Input(2, rows, stride),
                layouts,
                sequences,
                rule));
            yield return Case($"SumGroups {shape}", run => run.Device.SumGroups(
                run.Updated("y", Tolerance.Sum(heads / keyHeads), 1, rows, stride), layouts.Key, run.Input(2, heads, rows, width), BlockLayout.Stacked(heads, rows, width)));
        }

        var two = new Sequences([33, 4]);
        foreach (var (name, rotary) in ScaledRotaries)
        {
            foreach (var inverse in (bool[])[false, true])
            {
                yield return Case($"Rotate {(inverse ? "back " : "")}{name}", run => run.Device.Rotate(
                    run.Updated("x", Tolerance.Sum(2), 1, two.Rows, 64), BlockLayout.Columns(3, two.Rows, 20, 64, offset: 3), two, rotary, inverse));
            }
        }

        yield return Case("Rotate, layers in turn", run =>
        {
            var (x, layout) = (run.Updated("x", Tolerance.Sum(4), 1, two.Rows, 16), BlockLayout.Columns(1, two.Rows, 16, 16));
            foreach (var (_, rotary) in ScaledRotaries)
            {
                run.Device.Rotate(x, layout, two, rotary with { Scaling = null }, inverse: false);
                run.Device.Rotate(x, layout, two, rotary, inverse: false);
            }
        });
    }
}
