using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Architectures.Weights;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Tests.Checkpoints;

namespace CircuitGrid.Models.Tests.Architectures;

/// <summary>The one order that every family's matrices are brought to, held against the stored tensors element by element.</summary>
public sealed class LayoutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Families { get; } = [.. FamilySamples.All.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Families))]
    public void ReadLayer_EveryFamily_StacksWhatIsStoredAndFoldsTheNormBefore(string family)
    {
        var config = FamilySamples.All[family].Config;
        var weights = ModelSamples.Write(_folder.Path, config, seed: 5);
        using var checkpoint = Checkpoint.Open(_folder.Path);
        foreach (var fold in new[] { true, false })
        {
            var layout = config.Family.Layout(checkpoint, fold);
            for (var l = 0; l < config.Layers; l++)
            {
                var block = $"model.layers.{l}";
                var (attention, mlp) = ($"{block}.self_attn", $"{block}.mlp");
                var names = NormsOf(family);
                var layer = layout.ReadLayer(l);
                AssertMatrix(layer.QueryKeyValue, [$"{attention}.q_proj", $"{attention}.k_proj", $"{attention}.v_proj"], fold && names.Attention is { } a ? $"{block}.{a}" : null);
                AssertMatrix(layer.MlpIn, config.IsGated ? [$"{mlp}.gate_proj", $"{mlp}.up_proj"] : [$"{mlp}.up_proj"], fold && names.Mlp is { } m ? $"{block}.{m}" : null);
                Assert.Equal(weights[$"{mlp}.down_proj.weight"], ReadAll(layer.MlpOut));
                Assert.Equal(weights.GetValueOrDefault($"{mlp}.down_proj.bias") ?? new float[config.Width], layer.MlpOutBias);
                Assert.Equal(weights.GetValueOrDefault($"{attention}.o_proj.bias") ?? new float[config.Width], layer.OutputBias);
                var (output, stored) = (ReadAll(layer.Output), weights[$"{attention}.o_proj.weight"]);
                Assert.Equal((config.QueryWidth, config.Width), (layer.Output.Rows, layer.Output.Columns));
                Assert.All(Enumerable.Range(0, output.Length), i => Assert.Equal(stored[(i % config.Width * config.QueryWidth) + (i / config.Width)], output[i]));
                Assert.Equal(Scale(names.AfterAttention is { } after ? $"{block}.{after}" : null), layer.AttentionNorm);
                Assert.Equal(Scale(names.AfterMlp is { } afterMlp ? $"{block}.{afterMlp}" : null), layer.MlpNorm);
                Assert.Equal(weights.GetValueOrDefault($"{attention}.q_norm.weight"), layer.QueryNorm);
                Assert.Equal(weights.GetValueOrDefault($"{attention}.k_norm.weight"), layer.KeyNorm);
                Assert.Equal(config.Activation, layer.Activation.Kind);
            }

            AssertMatrix(layout.ReadUnembedding(), [config.TiedUnembedding ? "model.embed_tokens" : "lm_head"], fold && config.Norms.HasWeights ? "model.norm" : null);
            var embedding = ReadAll(layout.Embedding);
            Assert.Equal(config.ScalesEmbedding ? weights["model.embed_tokens.weight"].Select(e => e * MathF.Sqrt(48)) : weights["model.embed_tokens.weight"], embedding);
        }

        void AssertMatrix(IBiasedMatrix matrix, string[] parts, string? norm)
        {
            var scale = Scale(norm);
            var expected = parts.SelectMany(p => weights[$"{p}.weight"]).ToArray();
            var values = ReadAll(matrix);
            Assert.Equal(expected.Select((v, i) => scale is null ? v : v * scale[i % config.Width]), values);
            Assert.Equal(
                parts.SelectMany(p => weights.GetValueOrDefault($"{p}.bias") ?? new float[weights[$"{p}.weight"].Length / config.Width]),
                matrix.Bias);

            // Rows that begin and end within parts.
            var middle = new float[(matrix.Rows - 3) * config.Width];
            matrix.CopyRows(2, middle);
            Assert.Equal(values[(2 * config.Width)..^config.Width], middle);
        }

        float[]? Scale(string? norm) => norm is null ? null : config.Norms.IsOffset ? Array.ConvertAll(weights[$"{norm}.weight"], w => 1 + w) : weights[$"{norm}.weight"];
    }

    [Fact]
    public void ReadLayer_Apertus_TakesSlopesThroughSoftplus()
    {
        var config = FamilySamples.All["apertus"].Config;
        var weights = ModelSamples.Weights(config, seed: 6);
        var (positive, negative) = ("model.layers.2.mlp.act_fn.alpha_p", "model.layers.2.mlp.act_fn.alpha_n");
        (weights[positive][0], weights[negative][0]) = (-20, 30);
        CheckpointWriter.Write(_folder.Path, config, weights, ElementKind.F32);
        using var checkpoint = Checkpoint.Open(_folder.Path);

        var activation = config.Family.Layout(checkpoint, fold: true).ReadLayer(2).Activation;

        // ln(1 + e⁻²⁰) = 2.0611536203e-9 and ln(1 + e³⁰) = 30 + 9.4e-14.
        Assert.Equal(2.0611536203e-9, activation.PositiveSlope, 1e-18);
        Assert.Equal(30.5, activation.NegativeSlope, 1e-12);
        Assert.Equal((0.5, -1e-6), (activation.Beta, activation.Epsilon));
    }

    [Theory]
    [InlineData(ElementKind.F32)]
    [InlineData(ElementKind.BF16)]
    [InlineData(ElementKind.F16)]
    [InlineData(ElementKind.F64)]
    public void Open_ApertusWithTheNumbersThatItsClassFixes_IsTheSameModel(ElementKind kind)
    {
        var config = FamilySamples.All["apertus"].Config;
        ModelSamples.Write(_folder.Path, config, seed: 7, kind);
        using var without = Checkpoint.Open(_folder.Path);
        var digest = without.Digest;

        foreach (ReadOnlySpan<int> shape in (int[][])[[], [1]])
        {
            WriteFixed(config, kind, [.. shape], 0.5f, -1e-6f);
            using var with = Checkpoint.Open(_folder.Path);
            Assert.Equal(digest, with.Digest);
        }
    }

    [Theory]
    [InlineData(0.25f, -1e-6f, "tensor model.layers.0.mlp.act_fn.beta: is 0.25; only 0.5 is supported")]
    [InlineData(0.5f, -2e-6f, "tensor model.layers.0.mlp.act_fn.eps: is -2E-06; only -1E-06 is supported")]
    public void Open_ApertusWithOtherNumbers_IsRefused(float beta, float epsilon, string reason)
    {
        WriteFixed(FamilySamples.All["apertus"].Config, ElementKind.F32, [], beta, epsilon);

        Assert.Contains(reason, Assert.Throws<InvalidInputException>(() => Checkpoint.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ApertusWithMoreNumbersThanOne_IsRefused()
    {
        var config = FamilySamples.All["apertus"].Config;
        WriteFixed(config, ElementKind.F32, [2], 0.5f, -1e-6f);

        Assert.Contains("act_fn.beta: has shape [2]; it must be a single number", Assert.Throws<InvalidInputException>(() => Checkpoint.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OldTablesOfRotation_AreLeftUnread()
    {
        var config = FamilySamples.All["llama"].Config;
        var weights = ModelSamples.Write(_folder.Path, config, seed: 8);
        SafetensorsWriter.Write(
            _folder["model.safetensors"],
            [.. Stored(config, weights, ElementKind.F32), new TensorValues("model.layers.0.self_attn.rotary_emb.inv_freq", [6], ElementKind.F32, new float[6])]);

        using var checkpoint = Checkpoint.Open(_folder.Path);
        Assert.Equal(TensorLayout.Of(config).Count(), checkpoint.Tensors.Length);
    }

    private static (string? Attention, string? Mlp, string? AfterAttention, string? AfterMlp) NormsOf(string family) => family switch
    {
        "olmo" => default,
        "olmo2" or "olmo3" => (null, null, "post_attention_layernorm", "post_feedforward_layernorm"),
        "gemma2" => ("input_layernorm", "pre_feedforward_layernorm", "post_attention_layernorm", "post_feedforward_layernorm"),
        "apertus" => ("attention_layernorm", "feedforward_layernorm", null, null),
        _ => ("input_layernorm", "post_attention_layernorm", null, null),
    };

    private static float[] ReadAll(IMatrixSource matrix)
    {
        var values = new float[matrix.Rows * matrix.Columns];
        matrix.CopyRows(0, values);
        return values;
    }

    private static IEnumerable<TensorValues> Stored(ModelConfig config, Dictionary<string, float[]> weights, ElementKind kind) =>
        TensorLayout.Of(config).Select(spec => new TensorValues(spec.Name, spec.Shape, kind, weights[spec.Name]));

    /// <summary>The model with the buffers that Hugging Face's class saves in its first layer.</summary>
    private void WriteFixed(ModelConfig config, ElementKind kind, int[] shape, float beta, float epsilon)
    {
        var weights = ModelSamples.Write(_folder.Path, config, seed: 7, kind);
        var length = shape.Aggregate(1, (product, extent) => product * extent);
        SafetensorsWriter.Write(
            _folder["model.safetensors"],
            [
                .. Stored(config, weights, kind),
                new TensorValues("model.layers.0.mlp.act_fn.beta", [.. shape], kind, Enumerable.Repeat(beta, length).ToArray()),
                new TensorValues("model.layers.0.mlp.act_fn.eps", [.. shape], kind, Enumerable.Repeat(epsilon, length).ToArray()),
            ]);
    }
}
