namespace CircuitGrid.Compute.Tests.Conformance;

/// <content>Matrix products.</content>
public static partial class KernelCases
{
    /// <summary>Rows, outputs and inputs.</summary>
    private static readonly (int Rows, int Outputs, int Inputs)[] LinearShapes =
        [(1, 1, 1), (3, 15, 17), (16, 16, 16), (17, 33, 3), (33, 3, 33), (7, 100, 15), (100, 17, 100), (5, 50, 300)];

    private static IEnumerable<(string Name, Action<KernelRun> Run)> MatrixProducts()
    {
        foreach (var (rows, outputs, inputs) in LinearShapes)
        {
            var shape = $"{rows}×{outputs}×{inputs}";
            yield return Case($"Linear {shape}", run => run.Device.Linear(
                run.Output("y", Tolerance.Sum(inputs), rows, outputs), run.Input(1, rows, inputs), run.Weight(2, outputs, inputs)));
            yield return Case($"Linear with bias, accumulating {shape}", run => run.Device.Linear(
                run.Updated("y", Tolerance.Sum(inputs), 4, rows, outputs), run.Input(1, rows, inputs), run.Weight(2, outputs, inputs), run.Input(3, outputs), accumulate: true));
            yield return Case($"Linear, prepared from the transpose {shape}", run => run.Device.Linear(
                run.Output("y", Tolerance.Sum(inputs), rows, outputs), run.Input(1, rows, inputs), run.TransposedWeight(2, outputs, inputs)));
            yield return Case($"LinearTransposed {shape}", run => run.Device.LinearTransposed(
                run.Output("y", Tolerance.Sum(outputs), rows, inputs), run.Input(1, rows, outputs), run.Weight(2, outputs, inputs), run.Input(3, inputs)));
            yield return Case($"LinearTransposed accumulating {shape}", run => run.Device.LinearTransposed(
                run.Updated("y", Tolerance.Sum(outputs), 4, rows, inputs), run.Input(1, rows, outputs), run.Weight(2, outputs, inputs), accumulate: true));
            foreach (var (transposeA, transposeB) in ((bool, bool)[])[(false, false), (true, false), (false, true), (true, true)])
            {
                yield return Case($"MatrixProduct {shape} {transposeA} {transposeB}", run => run.Device.MatrixProduct(
                    run.Updated("c", Tolerance.Sum(inputs), 3, rows, outputs),
                    transposeA ? run.Input(1, inputs, rows) : run.Input(1, rows, inputs),
                    transposeA,
                    transposeB ? run.Input(2, outputs, inputs) : run.Input(2, inputs, outputs),
                    transposeB,
                    accumulate: transposeA));
            }
        }

        foreach (var (blocks, rows, width, inputs) in ((int, int, int, int)[])[(1, 1, 1, 1), (3, 5, 8, 33), (4, 17, 16, 20), (2, 9, 35, 64)])
        {
            var outputs = (blocks * width) + 3;
            var stride = (blocks * width) + 5;
            int[] firstOutputs = [.. Enumerable.Range(0, blocks).Select(g => outputs - width - (g * (width - 1)))];
            yield return Case($"GroupedLinear {blocks}×{rows}×{width}×{inputs}", run => run.Device.GroupedLinear(
                run.Updated("y", Tolerance.Sum(inputs), 4, rows, stride),
                BlockLayout.Columns(blocks, rows, width, stride, offset: 2),
                run.Input(1, blocks, rows, inputs),
                BlockLayout.Stacked(blocks, rows, inputs),
                run.Weight(2, outputs, inputs),
                firstOutputs,
                run.Input(3, outputs)));
            yield return Case($"GroupedLinearTransposed {blocks}×{rows}×{width}×{inputs}", run => run.Device.GroupedLinearTransposed(
                run.Output("y", Tolerance.Sum(width), blocks, rows, inputs),
                BlockLayout.Stacked(blocks, rows, inputs),
                run.Input(1, rows, stride),
                BlockLayout.Columns(blocks, rows, width, stride, offset: 2),
                run.Weight(2, outputs, inputs),
                firstOutputs));
        }
    }
}
