using System.Collections.Immutable;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Heads.Patching;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;

namespace CircuitGrid.Circuits.Tests.Truths;

/// <summary>Weights whose streams are too large for a LayerNorm in float32: right in float64, refused in float32, never a number that is neither.</summary>
public sealed class OverflowTests
{
    private const float Factor = 1e20f;

    public static TheoryData<string, Activation, MetricKind> Models =>
    [
        .. from kind in TruthModel.Kinds
           from activation in Enum.GetValues<Activation>()
           where activation != Activation.XIelu // its slopes are weights that these families haven't
           from metric in Enum.GetValues<MetricKind>()
           select new TheoryDataRow<string, Activation, MetricKind>(kind, activation, metric),
    ];

    public static TheoryData<string, AttributionMethod> Methods =>
        [.. from kind in TruthModel.Kinds from method in Enum.GetValues<AttributionMethod>() select new TheoryDataRow<string, AttributionMethod>(kind, method)];

    [Theory]
    [MemberData(nameof(Models))]
    public void Evaluate_EmbeddingOfHugeNumbers_IsRightInFloat64AndRefusedInFloat32(string kind, Activation activation, MetricKind metric)
    {
        using (var reference = Huge(kind, activation: activation))
        {
            var examples = reference.Examples(4);
            using var evaluator = new CircuitEvaluator(reference.Engine, examples, metric);
            for (var e = 0; e < examples.Length; e++)
            {
                var logits = reference.Plain.Run(examples[e].Clean).Logits;
                var expected = PlainTransformer.Metric(logits, metric, examples[e].Correct, examples[e].Incorrect, logits);
                Assert.Equal(expected, evaluator.CleanMetrics[e], 1e-4 * Math.Max(1, Math.Abs(expected)));
            }
        }

        using var model = Huge(kind, new CpuDevice(new CpuDeviceOptions { Threads = 2 }), activation);
        var error = Assert.Throws<InvalidInputException>(() => new CircuitEvaluator(model.Engine, model.Examples(4), metric));
        Assert.Equal("the metric", error.Input);
        Assert.Contains("the LayerNorm of layer 0 reads numbers of variance", error.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Attribute_EmbeddingOfHugeNumbers_IsRefused(string kind, AttributionMethod method)
    {
        using var model = Huge(kind, new CpuDevice(new CpuDeviceOptions { Threads = 2 }));
        var error = Assert.Throws<InvalidInputException>(() =>
            EdgeAttribution.Run(model.Engine, model.Examples(4), MetricKind.LogitDifference, new AttributionOptions { Method = method, Steps = 2 }));
        Assert.Contains("the LayerNorm of layer 0 reads numbers of variance", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("neox", "layers.1.mlp.dense_4h_to_h.weight", "the LayerNorm of layer 2 ")]
    [InlineData("neox-sequential", "layers.1.attention.dense.weight", "the LayerNorm of layer 1's MLP ")]
    [InlineData("neox-sequential", "layers.2.mlp.dense_4h_to_h.weight", "the final LayerNorm ")]
    [InlineData("gpt2", "h.0.attn.c_proj.weight", "the LayerNorm of layer 0's MLP ")]
    public void Evaluate_HugeNumbersFurtherOn_NamesTheLayerNorm(string kind, string tensor, string norm)
    {
        using var model = Huge(kind, new CpuDevice(new CpuDeviceOptions { Threads = 1 }), tensor: tensor);
        var error = Assert.Throws<InvalidInputException>(() => new CircuitEvaluator(model.Engine, model.Examples(4), MetricKind.LogitDifference));
        Assert.Contains(norm, error.Reason, StringComparison.Ordinal);
    }

    /// <summary>No LayerNorm overflows, but a logit does.</summary>
    [Theory]
    [InlineData(MetricKind.LogitDifference)]
    [InlineData(MetricKind.ProbabilityDifference)]
    [InlineData(MetricKind.LogProbability)]
    [InlineData(MetricKind.Divergence)]
    public void Evaluate_LogitsBeyondFloat32_IsRefused(MetricKind metric)
    {
        using var model = Huge("neox", new CpuDevice(new CpuDeviceOptions { Threads = 1 }), tensor: "embed_out.weight", factor: 3e38f);
        var error = Assert.Throws<InvalidInputException>(() => new CircuitEvaluator(model.Engine, model.Examples(6), metric));
        Assert.Contains("overflow", error.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(TruthModel.Kinds), MemberType = typeof(TruthModel))]
    public void HeadScores_EmbeddingOfHugeNumbers_AreRefused(string kind)
    {
        using var model = Huge(kind, new CpuDevice(new CpuDeviceOptions { Threads = 1 }));
        var examples = model.Examples(4);
        Refused(() => RepetitionScores.Tables(model.Engine, [[1, 2, 3], [4, 5, 6]]));
        Refused(() => PathPatching.Run(model.Engine, examples, MetricKind.LogitDifference, PathPatching.EveryHead(model.Engine), PathReceivers.FinalResidual));
        Refused(() => CopyScores.Measure(model.Engine, [Ioi([1, 2, 3, 4, 2, 5]), Ioi([2, 1, 3, 4, 2, 5])], topTokens: 5));

        static void Refused(Action action)
        {
            var error = Assert.Throws<InvalidInputException>(action);
            Assert.Contains("the LayerNorm of layer 0 reads numbers of variance", error.Reason, StringComparison.Ordinal);
        }

        static Example Ioi(ImmutableArray<int> prompt) => new(prompt, prompt, [1], [2]);
    }

    /// <summary>Successor scores have no LayerNorm: a product that overflows would leave pairs that are merely wrong.</summary>
    [Fact]
    public void SuccessorScores_BeyondFloat32_AreRefused()
    {
        using var model = Huge("neox", new CpuDevice(new CpuDeviceOptions { Threads = 1 }), tensor: "embed_out.weight", factor: 1e38f);
        var error = Assert.Throws<InvalidInputException>(() => SuccessorScores.Measure(model.Device, new ScaledTensors(model.Source, "layers.0.mlp.dense_4h_to_h.weight", 1e10f), [new("list", [(1, 2), (2, 3)])]));
        Assert.Contains("layer 0", error.Reason, StringComparison.Ordinal);
    }

    private static TruthModel Huge(
        string kind, IDevice? device = null, Activation? activation = null, string? tensor = null, float factor = Factor) => new(
            kind,
            device,
            config => config with { Activation = activation ?? config.Activation },
            source => new ScaledTensors(source, tensor ?? (kind == "gpt2" ? "wte.weight" : "embed_in.weight"), factor));
}
