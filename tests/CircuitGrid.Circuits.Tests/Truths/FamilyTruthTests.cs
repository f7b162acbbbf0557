using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Tests.Truths;

/// <summary>The forward pass of every family against <see cref="PlainTransformer"/>, and its files.</summary>
public sealed class FamilyTruthTests
{
    public static TheoryData<string> Kinds => TruthModel.AllKinds;

    /// <summary>Those whose weights don't depend on the form of the names that they are asked for by.</summary>
    public static TheoryData<string> WrittenKinds => [.. TruthConfigs.Kinds];

    public static TheoryData<string> GoldenModels => [.. GoldenConfigs.Models];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Logits_PromptsOfAllLengths_EqualThePlainModel(string kind)
    {
        foreach (var isFast in (bool[])[false, true])
        {
            using var model = new TruthModel(kind, isFast ? new CpuDevice(new CpuDeviceOptions { Threads = 2 }) : null);
            var prompts = Prompts(model);
            using var run = model.Engine.RunSources(new TokenBatch(prompts));
            using var logits = model.Engine.Logits(run.FinalResidual);
            var actual = Download(model, logits);
            double[][] expected = [.. prompts.SelectMany(p => model.Plain.Stream(model.Graph.LogitsSlot, model.Plain.Run(p).Sources)).Select(row => model.Plain.Logits(row))];
            AssertRows([.. expected.SelectMany(row => row)], actual, isFast ? 1e-5 : 2e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AttentionPatterns_OfEveryHead_EqualThePlainModel(string kind)
    {
        using var model = new TruthModel(kind);
        var prompt = Prompts(model)[1];
        var batch = new TokenBatch([prompt]);
        using var run = model.Engine.RunSources(batch);
        var sources = model.Plain.Run(prompt).Sources;
        for (var l = 0; l < model.Config.Layers; l++)
        {
            using var patterns = model.Engine.AttentionPatterns(l, run.Residual[l], batch.Sequences);
            var stream = model.Plain.Stream(model.Graph.HeadSlot(l, 0, 0), sources);
            var expected = Enumerable.Range(0, model.Config.Heads)
                .SelectMany(h => model.Plain.Attention(l, h, (_, _) => stream))
                .SelectMany(row => row.Concat(Enumerable.Repeat(0.0, prompt.Length - row.Length)));
            AssertRows([.. expected], Download(model, patterns), 2e-6);
        }
    }

    [Theory]
    [MemberData(nameof(WrittenKinds))]
    public void Model_WrittenAndOpened_IsTheSameToTheLastBit(string kind)
    {
        var folder = Directory.CreateTempSubdirectory("circuitgrid-");
        try
        {
            using var model = new TruthModel(kind);
            CheckpointWriter.Write(folder.FullName, model.Source, ElementKind.F32);
            using var checkpoint = Checkpoint.Open(folder.FullName);
            using var opened = Transformer.Load(model.Device, checkpoint);
            Assert.Equal(model.Config.ToCanonicalString(), checkpoint.Config.ToCanonicalString());
            Assert.Equal(Logits(model.Engine), Logits(opened));

            float[] Logits(Transformer transformer)
            {
                using var run = transformer.RunSources(new TokenBatch(Prompts(model)));
                using var logits = transformer.Logits(run.FinalResidual);
                return Download(model, logits);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(GoldenModels))]
    public void Config_OfTheReferenceModels_SaysWhatTheyAre(string name)
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(AppContext.BaseDirectory, "golden", name));
        var (expected, actual) = (GoldenConfigs.Of(name), checkpoint.Config);
        Assert.Equal(
            (expected.Family, expected.Layers, expected.Heads, expected.KeyHeads, expected.Width, expected.HeadWidth, expected.MlpWidth, expected.Vocabulary, expected.ContextLength),
            (actual.Family, actual.Layers, actual.Heads, actual.KeyHeads, actual.Width, actual.HeadWidth, actual.MlpWidth, actual.Vocabulary, actual.ContextLength));
        Assert.Equal(
            (expected.Norms, expected.Activation, expected.IsGated, expected.ParallelResidual, expected.TiedUnembedding, expected.Biases, expected.QueryKeyNorm),
            (actual.Norms, actual.Activation, actual.IsGated, actual.ParallelResidual, actual.TiedUnembedding, actual.Biases, actual.QueryKeyNorm));
        Assert.Equal((expected.QueryKeyValueLimit, expected.LogitCap, expected.ScalesEmbedding), (actual.QueryKeyValueLimit, actual.LogitCap, actual.ScalesEmbedding));
        for (var l = 0; l < expected.Layers; l++)
        {
            Assert.Equal((expected.RotaryOf(l), expected.AttentionOf(l)), (actual.RotaryOf(l), actual.AttentionOf(l)));
        }
    }

    private static ImmutableArray<ImmutableArray<int>> Prompts(TruthModel model)
    {
        var random = new Random(5);
        return [.. ((int[])[1, 16, 7, 12]).Select(length => Enumerable.Range(0, length).Select(_ => random.Next(model.Config.Vocabulary)).ToImmutableArray())];
    }

    private static float[] Download(TruthModel model, Tensor tensor)
    {
        var values = new float[tensor.Length];
        model.Device.Download(tensor, values);
        return values;
    }

    private static void AssertRows(double[] expected, float[] actual, double relative)
    {
        Assert.Equal(expected.Length, actual.Length);
        var largest = expected.Max(Math.Abs);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= relative * largest, $"[{i}]: expected {expected[i]:R}, got {actual[i]:R}; the largest is {largest:R}");
        }
    }
}
