using CircuitGrid.Compute;

namespace CircuitGrid.Benchmarks.Gemm;

/// <summary>Tensors to measure with: small numbers that no sum takes out of range.</summary>
internal static class Tensors
{
    public static void Fill(Span<float> values, int seed)
    {
        var random = new Random(seed);
        foreach (ref var value in values)
        {
            value = random.NextSingle() - 0.5f;
        }
    }

    public static Tensor Random(Compute.Cpu.CpuDevice device, int seed, params ReadOnlySpan<int> shape)
    {
        var tensor = device.Allocate(shape);
        var values = new float[tensor.Length];
        Fill(values, seed);
        device.Upload(tensor, values);
        return tensor;
    }
}
