using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Models.Checkpoints.Prints;

/// <summary>Where tensors are sampled: places that depend on the model's shape alone.</summary>
internal static class SamplePlaces
{
    /// <summary>At most so many elements of a tensor.</summary>
    public const int MostOfTensor = 64;

    /// <summary>At most so many of a model, unless it has more tensors.</summary>
    private const int MostOfModel = 4096;

    /// <summary>How many elements of each tensor of two axes a model's print has.</summary>
    public static int CountOf(ModelConfig config) =>
        Math.Clamp(MostOfModel / TensorLayout.Of(config).Count(spec => spec.Shape.Length > 1), 1, MostOfTensor);

    /// <summary>
    /// Indices of elements in row-major order, ascending: one in each of as many runs of the tensor as even as can be, at a place in it that is drawn by the
    /// finaliser of SplitMix64 (Steele, Lea and Flood 2014), so that no column is met more often than another.
    /// </summary>
    public static long[] Of(TensorSpec spec, int count)
    {
        if (spec.Shape.Length < 2)
        {
            return [];
        }

        var places = new long[Math.Min(count, spec.Length)];
        var key = Mixed((ulong)spec.Shape[0]) ^ (ulong)spec.Shape[1];
        for (var i = 0; i < places.Length; i++)
        {
            var (start, end) = (Start(i), Start(i + 1));
            places[i] = start + (long)(Mixed(key + (ulong)i) % (ulong)(end - start));
        }

        return places;

        long Start(int run) => (long)((Int128)spec.Length * run / places.Length);
    }

    private static ulong Mixed(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
