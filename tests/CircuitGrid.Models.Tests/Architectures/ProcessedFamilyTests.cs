using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Architectures.Weights;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Architectures;

/// <summary>What processing changes in models of every family, and what it must leave because somebody would see it.</summary>
public sealed class ProcessedFamilyTests
{
    private const float Bound = 1e-6f;

    public static TheoryData<string> Families { get; } = [.. FamilySamples.All.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void ReadLayer_EveryFamily_MovesValueBiasesAndCentresBehindLayerNormOnly(string family)
    {
        var (config, folded, processed) = Load(family);
        var isCentred = family == "olmo";
        var isBounded = family == "olmo";
        var (plain, layer) = (folded.ReadLayer(1), processed.ReadLayer(1));

        AssertRows(plain.QueryKeyValue, layer.QueryKeyValue, isCentred);
        AssertRows(plain.MlpIn, layer.MlpIn, isCentred);
        AssertRows(plain.Output, layer.Output, isCentred);
        var down = ReadAll(plain.MlpOut);
        if (isCentred)
        {
            var means = Enumerable.Range(0, config.MlpWidth).Select(f => Enumerable.Range(0, config.Width).Average(d => (double)down[(d * config.MlpWidth) + f])).ToArray();
            AssertClose([.. down.Select((v, i) => v - means[i % config.MlpWidth])], ReadAll(layer.MlpOut));
        }
        else
        {
            Assert.Equal(down, ReadAll(layer.MlpOut));
        }

        Assert.Equal(plain.MlpIn.Bias, layer.MlpIn.Bias);
        var values = config.QueryWidth + config.KeyWidth;
        Assert.Equal(plain.QueryKeyValue.Bias[..values], layer.QueryKeyValue.Bias[..values]);
        Assert.Equal(isBounded ? plain.QueryKeyValue.Bias[values..] : new float[config.KeyWidth], layer.QueryKeyValue.Bias[values..]);
        AssertClose(Centred(isBounded ? [.. plain.OutputBias.Select(b => (double)b)] : ExpectedOutputBias(), isCentred), layer.OutputBias);
        AssertClose(Centred([.. plain.MlpOutBias.Select(b => (double)b)], isCentred), layer.MlpOutBias);

        Assert.Equal(plain.Activation, layer.Activation);
        Assert.Equal(plain.AttentionNorm, layer.AttentionNorm);
        Assert.Equal(plain.MlpNorm, layer.MlpNorm);
        Assert.Equal(plain.QueryNorm, layer.QueryNorm);
        Assert.Equal(plain.KeyNorm, layer.KeyNorm);

        // Every head's attention weights sum to 1, so that it writes its key head's value bias through its own W_O.
        double[] ExpectedOutputBias()
        {
            var output = ReadAll(plain.Output);
            var expected = plain.OutputBias.Select(b => (double)b).ToArray();
            for (var head = 0; head < config.Heads; head++)
            {
                for (var unit = 0; unit < 12; unit++)
                {
                    var bias = plain.QueryKeyValue.Bias[values + (head / 2 * 12) + unit];
                    for (var d = 0; d < config.Width; d++)
                    {
                        expected[d] += (double)bias * output[(((head * 12) + unit) * config.Width) + d];
                    }
                }
            }

            return expected;
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void ReadUnembedding_EveryFamily_LosesItsMeanOverTheVocabularyWithoutACap(string family)
    {
        var (config, folded, processed) = Load(family);
        var (plain, unembedding) = (folded.ReadUnembedding(), processed.ReadUnembedding());
        var stored = ReadAll(plain);
        if (family == "gemma2")
        {
            Assert.Equal(stored, ReadAll(unembedding));
            return;
        }

        var rows = Enumerable.Range(0, config.Vocabulary)
            .Select(v => Centred([.. stored.AsSpan(v * config.Width, config.Width).ToArray().Select(u => (double)u)], family == "olmo")).ToArray();
        AssertClose([.. rows.SelectMany(row => row.Select((u, d) => u - rows.Average(r => r[d])))], ReadAll(unembedding));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Embedding_EveryFamily_LosesItsMeanBehindLayerNormOnly(string family)
    {
        var (_, folded, processed) = Load(family);
        AssertRows(folded.Embedding, processed.Embedding, family == "olmo");
    }

    private static (ModelConfig Config, IModelMatrices Folded, IModelMatrices Processed) Load(string family)
    {
        var config = FamilySamples.All[family].Config;
        var folded = config.Family.Layout(new RandomTensors(config, seed: 9, deviation: 0.3), fold: true);
        return (config, folded, new ProcessedWeights(folded));
    }

    private static void AssertRows(IMatrixSource plain, IMatrixSource processed, bool isCentred)
    {
        var (expected, actual) = (ReadAll(plain), ReadAll(processed));
        Assert.Equal((plain.Rows, plain.Columns), (processed.Rows, processed.Columns));
        if (!isCentred)
        {
            Assert.Equal(expected, actual);
            return;
        }

        AssertClose([.. expected.Chunk(plain.Columns).SelectMany(row => Centred([.. row.Select(v => (double)v)], isCentred))], actual);
    }

    private static double[] Centred(double[] row, bool isCentred) => isCentred ? [.. row.Select(v => v - row.Average())] : row;

    private static void AssertClose(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Bound));
    }

    private static float[] ReadAll(IMatrixSource matrix)
    {
        var values = new float[matrix.Rows * matrix.Columns];
        matrix.CopyRows(0, values);
        return values;
    }
}
