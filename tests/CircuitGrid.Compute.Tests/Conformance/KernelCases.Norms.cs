namespace CircuitGrid.Compute.Tests.Conformance;

/// <content>LayerNorm and RMSNorm.</content>
public static partial class KernelCases
{
    private static IEnumerable<(string Name, Action<KernelRun> Run)> Norms()
    {
        foreach (var n in (int[])[.. Sizes, 768])
        {
            const double Epsilon = 1e-5;
            yield return Case($"Normalize {n}", run => run.Device.Normalize(
                run.Output("xhat", Tolerance.Sum(n), 4, n), run.Output("inverse", Tolerance.Sum(n), 4), run.Input(1, 4, n), Epsilon));
            yield return Case($"Normalize far from zero {n}", run => run.Device.Normalize(
                run.Output("xhat", Tolerance.Sum(4096 * n), 2, n), run.Output("inverse", Tolerance.Sum(4096 * n), 2), run.Input([.. KernelRun.Values(1, 2 * n).Select(x => x + 300)], 2, n), Epsilon));
            yield return Case($"Normalize in place {n}", run =>
            {
                var x = run.Updated("xhat", Tolerance.Sum(n), 1, 3, n);
                run.Device.Normalize(x, run.Output("inverse", Tolerance.Sum(n), 3), x, Epsilon);
            });
            yield return Case($"NormalizeBackward {n}", run => run.Device.NormalizeBackward(
                run.Output("dx", Tolerance.Sum(n), 4, n), run.Input(1, 4, n), run.Input(2, 4, n), run.Input(3, 4), accumulate: false));
            yield return Case($"NormalizeBackward accumulating {n}", run => run.Device.NormalizeBackward(
                run.Updated("dx", Tolerance.Sum(n), 4, 4, n), run.Input(1, 4, n), run.Input(2, 4, n), run.Input(3, 4), accumulate: true));
            yield return Case($"NormalizeBackward in place {n}", run =>
            {
                var dx = run.Updated("dx", Tolerance.Sum(n), 1, 4, n);
                run.Device.NormalizeBackward(dx, dx, run.Input(2, 4, n), run.Input(3, 4), accumulate: false);
            });
            yield return Case($"HeldScaleBackward accumulating {n}", run => run.Device.HeldScaleBackward(
                run.Updated("dx", Tolerance.Sum(n), 4, 4, n), run.Input(1, 4, n), run.Input(3, 4), accumulate: true));
            yield return Case($"HeldScaleBackward in place {n}", run =>
            {
                var dx = run.Updated("dx", Tolerance.Sum(n), 1, 4, n);
                run.Device.HeldScaleBackward(dx, dx, run.Input(3, 4), accumulate: false);
            });

            yield return Case($"Normalize without centring {n}", run => run.Device.Normalize(
                run.Output("xhat", Tolerance.Sum(n), 4, n), run.Output("inverse", Tolerance.Sum(n), 4), run.Input(1, 4, n), Epsilon, centre: false));
            yield return Case($"Normalize without centring, far from zero, in place {n}", run =>
            {
                var x = run.Updated("xhat", Tolerance.Sum(n), [.. KernelRun.Values(1, 3 * n).Select(x => x + 300)], 3, n);
                run.Device.Normalize(x, run.Output("inverse", Tolerance.Sum(n), 3), x, Epsilon, centre: false);
            });
            foreach (var accumulate in (bool[])[false, true])
            {
                yield return Case($"NormalizeBackward without centring{(accumulate ? ", accumulating" : "")} {n}", run => run.Device.NormalizeBackward(
                    run.Updated("dx", Tolerance.Sum(n), 4, 4, n), run.Input(1, 4, n), run.Input(2, 4, n), run.Input(3, 4), accumulate, centre: false));
                yield return Case($"HeldScaleBackward without centring{(accumulate ? ", accumulating" : "")} {n}", run => run.Device.HeldScaleBackward(
                    run.Updated("dx", Tolerance.Sum(2), 4, 4, n), run.Input(1, 4, n), run.Input(3, 4), accumulate, centre: false));
            }

            yield return Case($"NormalizeBackward without centring, in place {n}", run =>
            {
                var dx = run.Updated("dx", Tolerance.Sum(n), 1, 4, n);
                run.Device.NormalizeBackward(dx, dx, run.Input(2, 4, n), run.Input(3, 4), accumulate: false, centre: false);
            });
        }
    }

    private static IEnumerable<(string Name, Action<KernelRun> Run)> BlockNorms()
    {
        const int Rows = 5;
        foreach (var n in (int[])[.. Sizes, 768])
        {
            foreach (var (blocks, shared) in ((int, int)[])[(1, 1), (4, 4), (4, 2), (6, 1)])
            {
                var stride = (blocks * n) + 3;
                var wide = BlockLayout.Columns(blocks, Rows, n, stride, offset: 2);
                var narrow = BlockLayout.Stacked(shared, Rows, n);
                yield return Case($"NormalizeBlocks {shared} of {blocks}×{n}", run => run.Device.NormalizeBlocks(
                    run.Updated("y", Tolerance.Sum(n), 1, Rows, stride), run.Output("inverse", Tolerance.Sum(n), Rows, shared), run.Input(2, Rows, stride), wide with { Blocks = shared }, run.Input(3, n), 1e-6));
                yield return Case($"NormalizeBlocks in place {shared} of {blocks}×{n}", run =>
                {
                    var x = run.Updated("y", Tolerance.Sum(n), 1, Rows, stride);
                    run.Device.NormalizeBlocks(x, run.Output("inverse", Tolerance.Sum(n), Rows, blocks), x, wide, run.Input(3, n), 0.01);
                });
                foreach (var held in (bool[])[false, true])
                {
                    yield return Case($"NormalizeBlocksBackward{(held ? " held" : "")} {shared} for {blocks}×{n}", run => run.Device.NormalizeBlocksBackward(
                        run.Updated("dx", Tolerance.Sum(n), 1, Rows, stride), run.Input(2, Rows, stride), wide, run.Input(3, shared, Rows, n), narrow, run.Input(4, Rows, shared), run.Input(5, n), held));
                    yield return Case($"NormalizeBlocksBackward{(held ? " held" : "")} in place {shared} for {blocks}×{n}", run =>
                    {
                        var dx = run.Updated("dx", Tolerance.Sum(n), 1, Rows, stride);
                        run.Device.NormalizeBlocksBackward(dx, dx, wide, run.Input(3, shared, Rows, n), narrow, run.Input(4, Rows, shared), run.Input(5, n), held);
                    });
                }
            }
        }
    }
}
