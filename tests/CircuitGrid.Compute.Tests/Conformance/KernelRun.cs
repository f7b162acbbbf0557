using System.Globalization;

namespace CircuitGrid.Compute.Tests.Conformance;

/// <summary>How far float32 arithmetic may put a result from the exact one, in units of its rounding error, 2⁻²⁴.</summary>
/// <param name="PerElement">Share of each element's own size.</param>
/// <param name="OfLargest">Share of the largest element's size, for sums in which terms cancel.</param>
/// <param name="OfOne">Share of 1, for so few sums of terms of that size that they may all cancel.</param>
public readonly record struct Tolerance(double PerElement, double OfLargest, double OfOne = 0)
{
    /// <summary>Half of float32's machine epsilon.</summary>
    private const double Rounding = 1.0 / (1 << 24);

    /// <summary>The same number to the last bit.</summary>
    public static Tolerance Exact => default;

    /// <summary>Some roundings of each element.</summary>
    public static Tolerance Roundings(double count) => new(count, 0);

    /// <summary>
    /// A sum of <paramref name="terms"/> terms, each of them rounded some times. A sum of n roundings of random sign is about √n of them;
    /// eight times that is never reached by accident, and a lost or doubled term is orders of magnitude more.
    /// </summary>
    public static Tolerance Sum(int terms) => new(0, 8 * (2 + Math.Sqrt(terms)));

    /// <summary>A sum of <paramref name="terms"/> terms of about 1, whatever is left of them.</summary>
    public static Tolerance SumOfOnes(int terms) => Sum(terms) with { OfOne = Sum(terms).OfLargest };

    public double Bound(double expected, double largest) => Rounding * ((PerElement * Math.Abs(expected)) + (OfLargest * largest) + OfOne);
}

/// <summary>What a kernel wrote: all elements, in float64.</summary>
public sealed record KernelOutput(string Name, double[] Values, Tolerance Tolerance);

/// <summary>
/// One run of a kernel on a device: makes its inputs (the same on every device), reads its outputs back, and sees to it that nothing
/// outside the tensors is read (NaN lies there) or written.
/// </summary>
/// <param name="device">The device.</param>
/// <param name="change">What is done to every value that goes into the kernel; nothing where <see langword="null"/>.</param>
public sealed class KernelRun(IDevice device, Func<float, float>? change = null) : IDisposable
{
    /// <summary>Elements before and after every tensor: an odd number, so that no tensor begins at a vector's boundary.</summary>
    private const int Margin = 19;

    private readonly List<IDisposable> owned = [];
    private readonly List<(string Name, Tensor Parent, double Guard, Tolerance Tolerance)> outputs = [];
    private readonly List<KernelOutput> numbers = [];

    public IDevice Device => device;

    /// <summary>A tensor of values of mixed sign, most of them between −2 and 2.</summary>
    public Tensor Input(int seed, params ReadOnlySpan<int> shape) => Place(Values(seed, Count(shape)), double.NaN, shape, ElementType.Float32).View;

    /// <summary>A tensor of given values.</summary>
    public Tensor Input(ReadOnlySpan<float> values, params ReadOnlySpan<int> shape) => Place(values, double.NaN, shape, ElementType.Float32).View;

    /// <summary>A tensor that the kernel fills; NaN before.</summary>
    public Tensor Output(string name, Tolerance tolerance, params ReadOnlySpan<int> shape)
    {
        var nothing = new float[Count(shape)];
        Array.Fill(nothing, float.NaN);
        return Updated(name, tolerance, nothing, shape);
    }

    /// <summary>A tensor that the kernel changes.</summary>
    public Tensor Updated(string name, Tolerance tolerance, int seed, params ReadOnlySpan<int> shape) => Updated(name, tolerance, Values(seed, Count(shape)), shape);

    /// <summary>A tensor that the kernel changes, of given values.</summary>
    public Tensor Updated(string name, Tolerance tolerance, ReadOnlySpan<float> values, params ReadOnlySpan<int> shape)
    {
        const double Guard = 12345;
        var (parent, view) = Place(values, Guard, shape, ElementType.Float32);
        outputs.Add((name, parent, Guard, tolerance));
        return view;
    }

    /// <summary>A float64 tensor that the kernel changes.</summary>
    public Tensor Scores(string name, Tolerance tolerance, int seed, params ReadOnlySpan<int> shape)
    {
        const double Guard = 54321;
        var (parent, view) = Place(Values(seed, Count(shape)), Guard, shape, ElementType.Float64);
        outputs.Add((name, parent, Guard, tolerance));
        return view;
    }

    /// <summary>A prepared matrix.</summary>
    public Weight Weight(int seed, int outputs, int inputs)
    {
        var weight = device.Prepare(new ArrayMatrix(Changed(Values(seed, outputs * inputs)), outputs, inputs));
        owned.Add(weight);
        return weight;
    }

    /// <summary>A matrix prepared from its transpose.</summary>
    public Weight TransposedWeight(int seed, int outputs, int inputs)
    {
        var weight = device.Prepare(new TransposedMatrix(new ArrayMatrix(Changed(Values(seed, outputs * inputs)), inputs, outputs)));
        owned.Add(weight);
        return weight;
    }

    /// <summary>A number that the kernel returned.</summary>
    public void Number(string name, Tolerance tolerance, double value) => numbers.Add(new(name, [value], tolerance));

    /// <summary>Everything the kernel wrote.</summary>
    public IReadOnlyList<KernelOutput> Outputs()
    {
        var results = new List<KernelOutput>(numbers);
        foreach (var (name, parent, guard, tolerance) in outputs)
        {
            var values = new double[parent.Length];
            device.Download(parent, values);
            Assert.All(values.Take(Margin).Concat(values.TakeLast(Margin)), value => Assert.Equal(guard, value));
            results.Add(new(name, values[Margin..^Margin], tolerance));
        }

        return results;
    }

    public void Dispose() => owned.ForEach(tensor => tensor.Dispose());

    /// <summary>Values of mixed sign and size, none of them round, the same for the same seed.</summary>
    public static float[] Values(int seed, int count)
    {
        var random = new Random(seed);
        var values = new float[count];
        foreach (ref var value in values.AsSpan())
        {
            value = (float)(((2 * random.NextDouble()) - 1) * (random.Next(8) == 0 ? 4 : 1.5));
        }

        return values;
    }

    /// <summary>Fails unless <paramref name="actual"/> lies as near <paramref name="expected"/> as its tolerance demands.</summary>
    public static void AssertNear(IReadOnlyList<KernelOutput> expected, IReadOnlyList<KernelOutput> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var o = 0; o < expected.Count; o++)
        {
            Assert.Equal(expected[o].Values.Length, actual[o].Values.Length);
            var largest = expected[o].Values.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max();
            for (var i = 0; i < expected[o].Values.Length; i++)
            {
                var (want, got) = (expected[o].Values[i], actual[o].Values[i]);
                var near = want.Equals(got) || Math.Abs(want - got) <= actual[o].Tolerance.Bound(want, largest) || (float)want == (float)got;
                Assert.True(near, string.Create(CultureInfo.InvariantCulture, $"{expected[o].Name}[{i}]: {got:R} instead of {want:R} (largest {largest:R})"));
            }
        }
    }

    /// <summary>Fails unless both are the same to the last bit.</summary>
    public static void AssertSame(IReadOnlyList<KernelOutput> expected, IReadOnlyList<KernelOutput> actual, string who)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var o = 0; o < expected.Count; o++)
        {
            Assert.True(
                expected[o].Values.Select(BitConverter.DoubleToInt64Bits).SequenceEqual(actual[o].Values.Select(BitConverter.DoubleToInt64Bits)),
                $"{who}: {expected[o].Name} has other bits");
        }
    }

    private static int Count(ReadOnlySpan<int> shape)
    {
        var count = 1;
        foreach (var extent in shape)
        {
            count *= extent;
        }

        return count;
    }

    private (Tensor Parent, Tensor View) Place(ReadOnlySpan<float> values, double guard, ReadOnlySpan<int> shape, ElementType type)
    {
        var parent = device.Allocate([values.Length + (2 * Margin)], type);
        owned.Add(parent);
        device.Fill(parent, guard);
        var view = parent.Slice(Margin, values.Length);
        device.Upload(view, Changed(values.ToArray()));
        return (parent, view.Reshape(shape));
    }

    private float[] Changed(float[] values) => change is null ? values : Array.ConvertAll(values, value => change(value));
}
