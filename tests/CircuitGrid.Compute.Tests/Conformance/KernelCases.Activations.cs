namespace CircuitGrid.Compute.Tests.Conformance;

/// <content>Nonlinearities, gates and bounds.</content>
public static partial class KernelCases
{
    /// <summary>Every nonlinearity; xIELU's ε is far enough from 0 that some values lie between them.</summary>
    private static readonly ActivationFunction[] Functions =
        [Activation.Gelu, Activation.GeluTanh, Activation.Relu, Activation.Silu, ActivationFunction.XIelu(0.7, 1.3, 0.5, -0.25)];

    private static IEnumerable<(string Name, Action<KernelRun> Run)> Activations()
    {
        foreach (var n in (int[])[.. Sizes, 5000])
        {
            foreach (var f in Functions)
            {
                yield return Case($"Activate {f.Kind} {n}", run => run.Device.Activate(run.Output("y", ValueTolerance(f), n), run.Input(1, n), f));
                yield return Case($"ActivateBackward {f.Kind} {n}", run =>
                {
                    var dx = run.Updated("dx", Tolerance.Sum(4), 2, n);
                    run.Device.ActivateBackward(dx, dx, run.Input(1, n), f);
                });
                yield return Case($"ActivateSecant {f.Kind} {n}", run =>
                {
                    var dx = run.Updated("dx", Tolerance.Sum(4), 2, n);
                    run.Device.ActivateSecant(dx, dx, run.Input(1, n), f);
                });
            }
        }

        foreach (var f in Functions)
        {
            yield return Case($"Activate {f.Kind} far out, in place", run =>
            {
                var y = run.Updated("y", Tolerance.Sum(4), Far(1, 100), 100);
                run.Device.Activate(y, y, f);
            });
            yield return Case($"ActivateBackward {f.Kind} far out", run => run.Device.ActivateBackward(run.Output("dx", Tolerance.Sum(4), 100), run.Input(2, 100), run.Input(Far(1, 100), 100), f));
            yield return Case($"ActivateSecant {f.Kind} far out", run => run.Device.ActivateSecant(run.Output("dx", Tolerance.Sum(4), 100), run.Input(2, 100), run.Input(Far(1, 100), 100), f));
            yield return Case($"ActivateSecant {f.Kind} at zero", run => run.Device.ActivateSecant(run.Output("dx", Tolerance.Sum(4), 3), run.Input(2, 3), run.Input([0f, -0f, 0f], 3), f));
        }
    }

    private static IEnumerable<(string Name, Action<KernelRun> Run)> Gates()
    {
        foreach (var n in (int[])[.. Sizes, 5000])
        {
            foreach (var f in Functions)
            {
                yield return Case($"Gate {f.Kind} 3×{n}", run => run.Device.Gate(run.Output("y", GateTolerance(f), 3, n), run.Input(1, 3, 2 * n), f));
                yield return Case($"GateBackward {f.Kind} 3×{n}", run => run.Device.GateBackward(
                    run.Output("dx", Tolerance.Sum(4), 3, 2 * n), run.Input(2, 3, n), run.Input(1, 3, 2 * n), f));
                yield return Case($"GateSecant {f.Kind} 3×{n}", run => run.Device.GateSecant(
                    run.Output("dx", Tolerance.Sum(4), 3, 2 * n), run.Input(2, 3, n), run.Input(1, 3, 2 * n), f));
            }
        }
    }

    private static IEnumerable<(string Name, Action<KernelRun> Run)> Bounds()
    {
        const double Limit = 1.25;
        const int Rows = 5;
        foreach (var n in (int[])[.. Sizes, 5000])
        {
            yield return Case($"SoftCap {n}", run => run.Device.SoftCap(run.Output("y", Tolerance.Roundings(16), n), run.Input(1, n), 1.7));
            yield return Case($"SoftCap far below the cap, in place {n}", run =>
            {
                var y = run.Updated("y", Tolerance.Roundings(16), 1, n);
                run.Device.SoftCap(y, y, 3000);
            });
            yield return Case($"SoftCap far out {n}", run => run.Device.SoftCap(run.Output("y", Tolerance.Roundings(16), n), run.Input(Far(1, n), n), 30));
            yield return Case($"SoftCapBackward {n}", run => run.Device.SoftCapBackward(run.Output("dx", Tolerance.Sum(4), n), run.Input(2, n), run.Input(1, n), 4.5));
            yield return Case($"SoftCapBackward in place {n}", run =>
            {
                var dx = run.Updated("dx", Tolerance.Sum(4), 2, n);
                run.Device.SoftCapBackward(dx, dx, run.Input(1, n), 4.5);
            });
            yield return Case($"Clamp {n}", run => run.Device.Clamp(run.Output("y", Tolerance.Exact, n), run.Input(1, n), Limit));
            yield return Case($"Clamp in place {n}", run =>
            {
                var y = run.Updated("y", Tolerance.Exact, 1, n);
                run.Device.Clamp(y, y, Limit);
            });
        }

        foreach (var n in Sizes)
        {
            foreach (var (blocks, shared) in ((int, int)[])[(1, 1), (3, 3), (4, 2), (6, 1)])
            {
                var stride = (blocks * n) + 3;
                var wide = BlockLayout.Columns(blocks, Rows, n, stride, offset: 2);
                float[] values = [.. KernelRun.Values(3, shared * Rows * n).Select((x, i) => i % 7 == 0 ? MathF.CopySign((float)Limit, x) : x)];
                yield return Case($"ClampBackward {shared} for {blocks}×{n}", run => run.Device.ClampBackward(
                    run.Updated("dx", Tolerance.Exact, 1, Rows, stride), run.Input(2, Rows, stride), wide, run.Input(values, shared, Rows, n), BlockLayout.Stacked(shared, Rows, n), Limit));
                yield return Case($"ClampBackward in place {shared} for {blocks}×{n}", run =>
                {
                    var dx = run.Updated("dx", Tolerance.Exact, 1, Rows, stride);
                    run.Device.ClampBackward(dx, dx, wide, run.Input(values, shared, Rows, n), BlockLayout.Stacked(shared, Rows, n), Limit);
                });
            }
        }
    }

    /// <summary>xIELU is 0 at a negative x, where its terms cancel; the others keep every element's precision.</summary>
    private static Tolerance ValueTolerance(ActivationFunction f) => f.Kind == Activation.XIelu ? Tolerance.Sum(4) : Tolerance.Roundings(16);

    /// <summary>
    /// Among so many values some lie near −4, where Φ(x) has 17 times the relative error of x and σ(2w) 11 times that of w: two roundings of the one
    /// argument and five of the other come out as up to 58, and some more follow them.
    /// </summary>
    private static Tolerance GateTolerance(ActivationFunction f) => f.Kind == Activation.XIelu ? Tolerance.Sum(4) : Tolerance.Roundings(64);

    /// <summary>Values of up to some hundreds, where exponentials overflow.</summary>
    private static float[] Far(int seed, int count) => [.. KernelRun.Values(seed, count).Select(x => x * 80)];
}
