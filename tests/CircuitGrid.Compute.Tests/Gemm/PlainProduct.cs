using CircuitGrid.Compute.Cpu;

namespace CircuitGrid.Compute.Tests.Gemm;

/// <summary>Matrix products as the plain scalar loop that defines their bits, and the small tools tests of them need.</summary>
internal static class PlainProduct
{
    /// <summary>Σ_k a(k)·b(k) in one chain of fused multiply-adds from 0.</summary>
    public static float Chain(int inner, Func<int, float> a, Func<int, float> b)
    {
        var sum = 0f;
        for (var k = 0; k < inner; k++)
        {
            sum = MathF.FusedMultiplyAdd(a(k), b(k), sum);
        }

        return sum;
    }

    /// <summary>Σ_i a(i)·b(i) in 16 chains, element i in chain i mod 16, whose ends are folded by halves in float64.</summary>
    public static double Lanes(int length, Func<int, float> a, Func<int, float> b)
    {
        var lanes = new float[16];
        for (var i = 0; i < length; i++)
        {
            lanes[i % 16] = MathF.FusedMultiplyAdd(a(i), b(i), lanes[i % 16]);
        }

        var folded = Array.ConvertAll(lanes, x => (double)x);
        for (var half = 8; half > 0; half /= 2)
        {
            for (var i = 0; i < half; i++)
            {
                folded[i] += folded[i + half];
            }
        }

        return folded[0];
    }

    /// <summary>Values of mixed sign and size, none of them round.</summary>
    public static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        var values = new float[count];
        foreach (ref var value in values.AsSpan())
        {
            value = (float)((random.NextDouble() - 0.5) * Math.Pow(4, random.Next(-2, 3)));
        }

        return values;
    }

    public static CpuDevice Device(int threads) => new(new CpuDeviceOptions { Threads = threads });

    public static float[] Download(this CpuDevice device, Tensor tensor)
    {
        var values = new float[tensor.Length];
        device.Download(tensor, values);
        return values;
    }

    public static Tensor Upload(this CpuDevice device, float[] values, params int[] shape)
    {
        var tensor = device.Allocate(shape);
        device.Upload(tensor, values);
        return tensor;
    }

    /// <summary>Asserts that two arrays are the same to the last bit.</summary>
    public static void AssertSameBits(float[] expected, float[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
            {
                Assert.Fail($"{what}: element {i} of {expected.Length} is {actual[i]:R}, not {expected[i]:R}.");
            }
        }
    }
}
