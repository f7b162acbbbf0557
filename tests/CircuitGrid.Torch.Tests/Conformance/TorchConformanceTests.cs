using System.Globalization;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Compute.Reference;
using CircuitGrid.Compute.Tests.Conformance;

namespace CircuitGrid.Torch.Tests.Conformance;

/// <summary>Every kernel on every device of libtorch against the scalar float64 reference: the cases and bounds of the managed CPU device.</summary>
public sealed class TorchConformanceTests
{
    /// <summary>Kernels that multiply by a prepared weight, which alone depend on the precision.</summary>
    private static readonly string[] WeightKernels = ["Linear", "GroupedLinear"];

    public static TheoryData<string, string> Cases => [.. from d in TestDevices.Names from c in KernelCases.Names select new TheoryDataRow<string, string>(d, c)];

    public static TheoryData<string, WeightPrecision, string> HalfCases =>
    [
        .. from d in TestDevices.Names
           from p in (WeightPrecision[])[WeightPrecision.BFloat16, WeightPrecision.Float16]
           from c in KernelCases.Names
           select new TheoryDataRow<string, WeightPrecision, string>(d, p, c),
    ];

    public static TheoryData<string, string> Calls => [.. from d in TestDevices.Names from c in WrongCalls.Names select new TheoryDataRow<string, string>(d, c)];

    public static TheoryData<string, int> Widths => [.. from d in TestDevices.Names from w in LayerNormOverflow.Widths select new TheoryDataRow<string, int>(d, w)];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Normalize_RowsBeyondFloat32_AreNoNumbers(string device, int width)
    {
        using var reference = new ReferenceDevice();
        using var torch = TestDevices.Open(device);
        LayerNormOverflow.AssertNoRowIsWrong(torch, reference, width);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Float32_EveryKernel_AgreesWithTheReference(string device, string name)
    {
        using var reference = new ReferenceDevice();
        using var torch = TestDevices.Open(device);
        KernelRun.AssertNear(KernelCases.Run(name, reference), KernelCases.Run(name, torch));
    }

    /// <summary>
    /// With p significant bits a rounding changes a number by a factor 1 + δ, |δ| ≤ u = 2^−p. A product by a weight, y = Σ a_i·b_i, rounds each
    /// a_i, each b_i and the result; the sum itself is float32. To first order its error is Σ a_i·b_i·(α_i + β_i) + y·γ, and with roundings of
    /// no preferred direction, whose mean square is at most u²/3 (that of a uniform δ), its mean square is at most (2Σ(a_i·b_i)² + y²)·u²/3.
    /// Six times the root of that is reached by one in 10⁸; losing one term of a sum of n costs about √(Σ(a_i·b_i)²/n), which is more for
    /// every n here. Σ(a_i·b_i)² is what the reference makes of squared inputs. Below the smallest normal number float16 rounds by up to 2⁻²⁵
    /// absolutely, which three roundings of numbers up to 4 turn into 2⁻²¹ at most for each term; the tolerance of float32 covers its own sum.
    /// </summary>
    [Theory]
    [MemberData(nameof(HalfCases))]
    public void HalfPrecision_EveryKernel_AgreesWithTheReferenceWithinItsRounding(string device, WeightPrecision precision, string name)
    {
        using var reference = new ReferenceDevice();
        using var torch = TestDevices.Open(device, precision);
        var (expected, actual) = (KernelCases.Run(name, reference), KernelCases.Run(name, torch));
        if (!Array.Exists(WeightKernels, kernel => name.StartsWith(kernel, StringComparison.Ordinal)))
        {
            KernelRun.AssertNear(expected, actual);
            return;
        }

        var squares = KernelCases.Run(name, reference, value => value * value);
        var rounding = Math.Pow(2, precision == WeightPrecision.BFloat16 ? -8 : -11);
        Assert.Equal(expected.Count, actual.Count);
        for (var o = 0; o < expected.Count; o++)
        {
            var largest = expected[o].Values.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max();
            for (var i = 0; i < expected[o].Values.Length; i++)
            {
                var (want, got) = (expected[o].Values[i], actual[o].Values[i]);
                var bound = (6 * rounding * Math.Sqrt(((2 * squares[o].Values[i]) + (want * want)) / 3)) + expected[o].Tolerance.Bound(want, largest) + Math.Pow(2, -21);
                Assert.True(
                    want.Equals(got) || Math.Abs(want - got) <= bound,
                    string.Create(CultureInfo.InvariantCulture, $"{expected[o].Name}[{i}]: {got:R} instead of {want:R} (bound {bound:R})"));
            }
        }
    }

    [Theory]
    [InlineData(WeightPrecision.BFloat16)]
    [InlineData(WeightPrecision.Float16)]
    public void HalfPrecision_Products_AreRounded(WeightPrecision precision)
    {
        using var exact = TestDevices.Open("cpu");
        using var rounded = TestDevices.Open("cpu", precision);
        Assert.NotEqual(KernelCases.Run("Linear 5×50×300", exact)[0].Values, KernelCases.Run("Linear 5×50×300", rounded)[0].Values);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public void Kernel_ArgumentsThatDontFit_AreRefused(string device, string call)
    {
        using var torch = TestDevices.Open(device);
        Assert.ThrowsAny<ArgumentException>(() => WrongCalls.Make(call, torch));
    }
}
