using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Compute.Reference;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Tests.Truths;

/// <summary>Rounding at a width and depth people use: the small models of the other truths can't show it.</summary>
public sealed class PythiaShapeTests
{
    /// <summary>The shape of pythia-70m; fewer words, because only the answers' rows of the unembedding enter a score.</summary>
    private static readonly ModelConfig config = new()
    {
        Family = Families.GptNeoX,
        Layers = 6,
        Heads = 8,
        Width = 512,
        MlpWidth = 2048,
        Vocabulary = 1000,
        ContextLength = 2048,
        Norms = new(NormKind.LayerNorm, 1e-5),
        Activation = Activation.Gelu,
        ParallelResidual = true,
        TiedUnembedding = false,
        Rotary = new Rotary(16, 10000),
    };

    /// <summary>0.02 is how such a model starts, 0.044 = 1/√D about what training makes of it.</summary>
    [Theory]
    [InlineData(0.02)]
    [InlineData(0.044)]
    public void EapIg_InFloat32_IsWithin1e5OfFloat64(double deviation)
    {
        var weights = new RandomTensors(config, seed: 1, deviation);
        var example = new Example([5, 900, 31, 31, 7, 421], [5, 900, 31, 88, 7, 12], [3], [4]);
        var options = new AttributionOptions { Steps = 5, Blocks = 1 };
        using var reference = new ReferenceDevice();
        using var cpu = new CpuDevice(new CpuDeviceOptions { Threads = 2 });
        using var plain = Transformer.Load(reference, weights);
        using var fast = Transformer.Load(cpu, weights);

        var expected = EdgeAttribution.Run(plain, [example], MetricKind.LogitDifference, options).Mean();
        var actual = EdgeAttribution.Run(fast, [example], MetricKind.LogitDifference, options).Mean();

        var largest = expected.Max(Math.Abs);
        Assert.True(largest > 1e-3, $"the largest score is {largest}");
        for (var edge = 0; edge < expected.Length; edge++)
        {
            Assert.Equal(expected[edge], actual[edge], 1e-5 * largest);
        }
    }

    /// <summary>The device refuses whatever exceeds the weights, the budget and the sums of scores over all batches.</summary>
    [Theory]
    [InlineData(AttributionMethod.EapIg, 12)]
    [InlineData(AttributionMethod.EapIg, 60)]
    [InlineData(AttributionMethod.CleanCorrupted, 23)]
    [InlineData(AttributionMethod.CleanCorrupted, 45)]
    [InlineData(AttributionMethod.EapQk, 40)]
    public void Attribution_WithABudget_KeepsToIt(AttributionMethod method, int mebibytes)
    {
        var weights = new RandomTensors(config, seed: 2);
        var examples = Enumerable.Range(0, 6).Select(e => new Example([.. Words(e, 0)], [.. Words(e, 1)], [3], [4])).ToArray();
        var options = new AttributionOptions { Method = method, Blocks = 2 };
        using var open = new CpuDevice(new CpuDeviceOptions { Threads = 2 });
        using var free = Transformer.Load(open, weights);
        var budget = (long)mebibytes << 20;
        var sums = 2L * 3580 * sizeof(double);
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 2, MemoryBudget = open.AllocatedBytes + sums + budget });
        using var model = Transformer.Load(device, weights);

        var expected = EdgeAttribution.Run(free, examples, MetricKind.LogitDifference, options).Mean();

        Assert.Equal(expected, EdgeAttribution.Run(model, examples, MetricKind.LogitDifference, options, memoryBudget: budget).Mean());

        static IEnumerable<int> Words(int example, int seed) => Enumerable.Range(0, 20).Select(p => (37 * example) + (11 * p) + (401 * seed));
    }
}
