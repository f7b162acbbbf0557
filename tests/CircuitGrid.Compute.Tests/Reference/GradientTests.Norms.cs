using CircuitGrid.Compute.Tests.Conformance;

namespace CircuitGrid.Compute.Tests.Reference;

/// <content>Norms, and blocks that several heads read.</content>
public sealed partial class GradientTests
{
    [Theory]
    [InlineData(2, true)]
    [InlineData(9, true)]
    [InlineData(1, false)]
    [InlineData(9, false)]
    public void NormalizeBackward_IsTheDerivative(int width, bool centre)
    {
        AssertGradient(
            [3, width],
            [3, width],
            (x, y) => device.Normalize(y, device.Allocate([3]), x, 0.01, centre),
            (x, dy, dx) =>
            {
                var (xhat, inverse) = (device.Allocate([3, width]), device.Allocate([3]));
                device.Normalize(xhat, inverse, x, 0.01, centre);
                device.NormalizeBackward(dx, dy, xhat, inverse, accumulate: false, centre);
            });
    }

    [Theory]
    [InlineData(3, 4)]
    [InlineData(1, 12)]
    public void NormalizeBlocksBackward_IsTheDerivative(int blocks, int width)
    {
        var layout = BlockLayout.Columns(blocks, 5, width, blocks * width);
        var weights = Upload(KernelRun.Values(3, width), width);
        AssertGradient(
            [5, blocks * width],
            [5, blocks * width],
            (x, y) => device.NormalizeBlocks(y, device.Allocate([5, blocks]), x, layout, weights, 0.01),
            (x, dy, dx) =>
            {
                var inverse = device.Allocate([5, blocks]);
                device.NormalizeBlocks(device.Allocate([5, blocks * width]), inverse, x, layout, weights, 0.01);
                device.NormalizeBlocksBackward(dx, dy, layout, x, layout, inverse, weights, held: false);
            });
    }

    [Fact]
    public void SharedBlocks_PartsOfTheirReaders_AddUpToTheDerivative()
    {
        // Four readers of two blocks: y_g = clamp(norm(x_{g/2})), each reader with its own gradient.
        var (shared, readers) = (BlockLayout.Stacked(2, 5, 6), BlockLayout.Stacked(4, 5, 6));
        var weights = Upload(KernelRun.Values(3, 6), 6);
        AssertGradient(
            [2, 5, 6],
            [4, 5, 6],
            (x, y) =>
            {
                var clamped = device.Allocate([2, 5, 6]);
                device.Clamp(clamped, x, 0.9);
                device.NormalizeBlocks(clamped, device.Allocate([5, 2]), clamped, shared, weights, 0.01);
                device.GatherBlocks(y, readers, clamped, shared, [0, 0, 1, 1]);
            },
            (x, dy, dx) =>
            {
                var (clamped, inverse, parts) = (device.Allocate([2, 5, 6]), device.Allocate([5, 2]), device.Allocate([4, 5, 6]));
                device.Clamp(clamped, x, 0.9);
                device.NormalizeBlocks(device.Allocate([2, 5, 6]), inverse, clamped, shared, weights, 0.01);
                device.NormalizeBlocksBackward(parts, dy, readers, clamped, shared, inverse, weights, held: false);
                device.ClampBackward(parts, parts, readers, x, shared, 0.9);
                device.SumGroups(dx, shared, parts, readers);
            });
    }

    [Fact]
    public void HeldNorms_AreTheDerivativeWithTheScaleOfAnotherInput()
    {
        // With σ a constant the maps are linear in x: x times the weights and 1/σ, less the mean or not.
        var (inverse, weights) = (Upload([0.5f, 2f, -3f], 3), Upload(KernelRun.Values(3, 4), 4));
        double[] scales = Download(inverse);
        var layout = BlockLayout.Columns(1, 3, 4, 4);
        void scaled(Tensor y, Tensor x) => Upload(y, [.. Download(x).Select((v, i) => (float)(v * scales[i / 4]))]);
        AssertGradient([3, 4], [3, 4], (x, y) => scaled(y, x), (_, dy, dx) => device.HeldScaleBackward(dx, dy, inverse, accumulate: false, centre: false), tolerance: 1e-4);
        AssertGradient(
            [3, 4],
            [3, 4],
            (x, y) =>
            {
                scaled(y, x);
                device.ScaleColumns(y, y, weights);
            },
            (x, dy, dx) => device.NormalizeBlocksBackward(dx, dy, layout, x, layout, inverse, weights, held: true),
            tolerance: 1e-4);
    }
}
