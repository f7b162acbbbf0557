namespace CircuitGrid.Compute.Tests.Conformance;

/// <summary>Every kernel over shapes around the vectors' and tiles' boundaries. A case makes its tensors on a run's device and calls the kernel.</summary>
public static partial class KernelCases
{
    /// <summary>Sizes on both sides of a vector's 16 lanes, and some far from it.</summary>
    private static readonly int[] Sizes = [1, 3, 15, 16, 17, 33, 100];

    private static readonly Lazy<IReadOnlyDictionary<string, Action<KernelRun>>> Table = new(() =>
        MatrixProducts().Concat(Elementwise()).Concat(Activations()).Concat(Gates()).Concat(Bounds()).Concat(Norms()).Concat(BlockNorms()).Concat(Attention()).Concat(AttentionRules())
            .Concat(Answers()).Concat(Attribution()).Concat(Training())
            .ToDictionary(entry => entry.Name, entry => entry.Run, StringComparer.Ordinal));

    /// <summary>Names of all cases, in a fixed order.</summary>
    public static IEnumerable<string> Names => Table.Value.Keys;

    /// <summary>Runs a case on a device and returns what it wrote.</summary>
    public static IReadOnlyList<KernelOutput> Run(string name, IDevice device, Func<float, float>? change = null)
    {
        using var run = new KernelRun(device, change);
        Table.Value[name](run);
        return run.Outputs();
    }

    private static (string Name, Action<KernelRun> Run) Case(string name, Action<KernelRun> run) => (name, run);

    private static IEnumerable<(string Name, Action<KernelRun> Run)> Elementwise()
    {
        foreach (var n in (int[])[.. Sizes, 5000])
        {
            yield return Case($"Add {n}", run => run.Device.Add(run.Output("y", Tolerance.Roundings(1), n), run.Input(1, n), run.Input(2, n)));
            yield return Case($"Subtract {n}", run => run.Device.Subtract(run.Output("y", Tolerance.Roundings(1), n), run.Input(1, n), run.Input(2, n)));
            yield return Case($"Subtract in place {n}", run =>
            {
                var y = run.Updated("y", Tolerance.Roundings(1), 1, n);
                run.Device.Subtract(y, y, run.Input(2, n));
            });
            yield return Case($"AddBias 5×{n}", run => run.Device.AddBias(run.Output("y", Tolerance.Roundings(1), 5, n), run.Input(1, 5, n), run.Input(2, n)));
            yield return Case($"Interpolate {n}", run => run.Device.Interpolate(
                run.Output("y", Tolerance.Sum(2), 4, n), run.Input(1, n), run.Input(2, n), [0f, 0.2f, 0.7f, 1f]));
        }

        foreach (var n in Sizes)
        {
            yield return Case($"GatherRows {n}", run => run.Device.GatherRows(run.Output("y", Tolerance.Exact, 6, n), run.Input(1, 9, n), [8, 0, 3, 3, 7, 1]));
            yield return Case($"ScatterAddRows {n}", run => run.Device.ScatterAddRows(run.Updated("y", Tolerance.Sum(4), 1, 5, n), run.Input(2, 7, n), [4, 0, 4, 2, 4, 0, 1]));
            yield return Case($"GatherBlocks {n}", run => run.Device.GatherBlocks(
                run.Updated("y", Tolerance.Exact, 1, 5, (3 * n) + 2), BlockLayout.Columns(3, 5, n, (3 * n) + 2, offset: 1), run.Input(2, 4, 5, n), BlockLayout.Stacked(4, 5, n), [3, 1, 1]));
        }

        yield return Case("Copy", run => run.Device.Copy(run.Output("y", Tolerance.Exact, 7, 11), run.Input(1, 77)));
        yield return Case("Fill", run => run.Device.Fill(run.Output("y", Tolerance.Exact, 7, 11), -2.5));
    }
}
