using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Tests.Architectures;

namespace CircuitGrid.Models.Tests.Checkpoints;

public sealed class RandomTensorsTests
{
    public static TheoryData<string> Families { get; } = ["gpt_neox", "gpt2", .. FamilySamples.All.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void ReadRows_AnyRowsOfAnyTensor_AreThoseOfTheWhole(string family)
    {
        var config = Config(family);
        var tensors = new RandomTensors(config, seed: 3);
        foreach (var spec in TensorLayout.Of(config))
        {
            var (whole, width) = (new float[spec.Length], spec.Length / spec.Shape[0]);
            tensors.Read(Known(family, spec.Name), whole);
            var rows = new float[spec.Length - width];
            tensors.ReadRows(Known(family, spec.Name), 1, rows);

            Assert.True(tensors.Contains(Known(family, spec.Name)));
            Assert.Equal(whole[(int)width..], rows);
        }

        Assert.False(tensors.Contains("model.layers.99.x"));
        Assert.False(tensors.Contains("transformer.h.0.ln_1.weight"));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Read_ScalesOfNorms_AreAroundWhatLeavesAVectorAsItIs(string family)
    {
        var config = Config(family);
        var tensors = new RandomTensors(config, seed: 3);
        var scales = TensorLayout.Of(config).Where(spec => spec.Shape.Length == 1 && spec.Name.EndsWith("weight", StringComparison.Ordinal)).ToList();
        foreach (var spec in scales)
        {
            var values = new float[spec.Length];
            tensors.Read(spec.Name, values);

            Assert.All(values, v => Assert.InRange(v, (family == "gemma2" ? 0 : 1) - 0.035, (family == "gemma2" ? 0 : 1) + 0.035));
        }

        Assert.Equal(config.Norms.HasWeights, scales.Count > 0);
    }

    // What benchmarks and tests of earlier versions were made of.
    [Theory]
    [InlineData("gpt_neox", "gpt_neox.layers.1.mlp.dense_4h_to_h.weight", -0.0246648788f, -0.0224964339f, 0.0286378767f)]
    [InlineData("gpt_neox", "gpt_neox.final_layer_norm.weight", 0.975571334f, 0.975360334f, 0.971713841f)]
    [InlineData("gpt2", "h.0.ln_1.weight", 0.993453443f, 0.987827301f, 0.986567676f)]
    [InlineData("gpt2", "h.0.attn.c_attn.bias", -0.0293852296f, -0.029594982f, -0.015051513f)]
    public void Read_FamiliesThatWereThereFirst_HaveTheValuesTheyHad(string family, string name, params float[] expected)
    {
        var tensors = new RandomTensors(Config(family), seed: 3);
        var values = new float[expected.Length];
        tensors.Read(name, values);

        Assert.Equal(expected, values);
    }

    /// <summary>GPT-2's tensors are known by their names without the prefix alone.</summary>
    private static string Known(string family, string name) => family == "gpt2" ? name.Replace("transformer.", "", StringComparison.Ordinal) : name;

    private static ModelConfig Config(string family) => family switch
    {
        "gpt_neox" => ModelSamples.GptNeoX,
        "gpt2" => ModelSamples.Gpt2,
        _ => FamilySamples.All[family].Config,
    };
}
