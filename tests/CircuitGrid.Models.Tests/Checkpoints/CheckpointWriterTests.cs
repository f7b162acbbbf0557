using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;
using FsCheck;
using FsCheck.Fluent;

namespace CircuitGrid.Models.Tests.Checkpoints;

public sealed class CheckpointWriterTests
{
    private static readonly Gen<ModelConfig> s_configs =
        from isNeoX in Gen.Elements(true, false)
        from layers in Gen.Choose(1, 3)
        from heads in Gen.Choose(1, 4)
        from headWidth in Gen.Choose(1, 6).Select(half => 2 * half)
        from turned in Gen.Choose(1, headWidth / 2)
        from mlp in Gen.Choose(1, 40)
        from vocabulary in Gen.Choose(1, 50)
        from context in Gen.Choose(1, 30)
        from epsilon in Gen.Elements(1e-5, 1e-12, 0.01)
        from activation in Gen.Elements(Activation.Gelu, Activation.GeluTanh, Activation.Relu)
        from parallel in Gen.Elements(true, false)
        from tied in Gen.Elements(true, false)
        from angleBase in Gen.Elements(10000.0, 500000.0, 1234.5)
        select new ModelConfig
        {
            Family = isNeoX ? Families.GptNeoX : Families.Gpt2,
            Layers = layers,
            Heads = heads,
            Width = heads * headWidth,
            MlpWidth = mlp,
            Vocabulary = vocabulary,
            ContextLength = context,
            Norms = new(NormKind.LayerNorm, epsilon),
            Activation = activation,
            ParallelResidual = isNeoX && parallel,
            TiedUnembedding = tied,
            Rotary = isNeoX ? new Rotary(2 * turned, angleBase) : null,
        };

    [Fact]
    public void Write_AnyModel_IsReadBackUnchanged()
    {
        var models = from config in s_configs
                     from seed in Gen.Choose(0, int.MaxValue - 1)
                     from kind in Gen.Elements(ElementKind.F32, ElementKind.F16, ElementKind.BF16)
                     select (config, seed, kind);
        Prop.ForAll(models.ToArbitrary(), model =>
        {
            using var folder = new TemporaryFolder();
            var weights = ModelSamples.Write(folder["step1"], model.config, model.seed, model.kind);

            using var checkpoint = Checkpoint.Open(folder["step1"]);

            Assert.Equal(model.config, checkpoint.Config);
            Assert.Equal(weights.Count, checkpoint.Tensors.Length);
            Assert.Equal(weights.Values.Sum(values => (long)values.Length), checkpoint.Config.ParameterCount);
            foreach (var tensor in checkpoint.Tensors)
            {
                Assert.Equal(model.kind, tensor.Kind);
                Assert.Equal(weights[tensor.Name], checkpoint.Read(tensor.Name));
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Write_EveryRotaryShare_IsReadBackAsTheSameNumberOfDimensions()
    {
        for (var headWidth = 2; headWidth <= 256; headWidth++)
        {
            for (var turned = 2; turned <= headWidth; turned += 2)
            {
                var config = ModelSamples.GptNeoX with { Heads = 1, Width = headWidth, Rotary = new Rotary(turned, 10000) };
                using var file = new MemoryStream();
                config.Write(file, ElementKind.F16);

                Assert.Equal(turned, ModelConfig.Parse("config.json", file.ToArray()).Rotary!.Value.Dimensions);
            }
        }
    }

    [Fact]
    public void Write_SameModelTwice_GivesTheSameBytes()
    {
        using var folder = new TemporaryFolder();
        ModelSamples.Write(folder["a"], ModelSamples.Gpt2, seed: 5, ElementKind.F16);
        ModelSamples.Write(folder["b"], ModelSamples.Gpt2, seed: 5, ElementKind.F16);

        foreach (var name in new[] { "config.json", "model.safetensors" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(folder["a"], name)), File.ReadAllBytes(Path.Combine(folder["b"], name)));
        }
    }

    [Fact]
    public void Write_OpenCheckpoint_GivesItsBytesAgain()
    {
        foreach (var config in (ModelConfig[])[ModelSamples.GptNeoX, ModelSamples.Gpt2])
        {
            using var folder = new TemporaryFolder();
            ModelSamples.Write(folder["a"], config, seed: 3, ElementKind.F16);
            using (var checkpoint = Checkpoint.Open(folder["a"]))
            {
                CheckpointWriter.Write(folder["b"], checkpoint, ElementKind.F16);
            }

            foreach (var name in (string[])["config.json", "model.safetensors"])
            {
                Assert.Equal(File.ReadAllBytes(Path.Combine(folder["a"], name)), File.ReadAllBytes(Path.Combine(folder["b"], name)));
            }
        }
    }

    [Fact]
    public void Write_SourceOfAnUnsoundModel_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var source = new RandomTensors(ModelSamples.GptNeoX with { Heads = 3 }, seed: 1);
        Assert.Throws<ArgumentException>(() => CheckpointWriter.Write(folder["step0"], source, ElementKind.F32));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Write_ValuesThatDoNotFitTheShape_AreNamedAndLeaveNoFile()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<ArgumentException>(() =>
            SafetensorsWriter.Write(folder["model.safetensors"], [new("w", [2, 2], ElementKind.F32, new float[4]), new("v", [3], ElementKind.F32, new float[2])]));
        Assert.Contains("tensor v has 2 values for shape [3]", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Write_Config_HasTheKeysHuggingFaceReads()
    {
        using var folder = new TemporaryFolder();
        ModelSamples.Write(folder.Path, ModelSamples.GptNeoX, seed: 1, ElementKind.F16);

        using var json = JsonDocument.Parse(File.ReadAllBytes(folder["config.json"]));
        var root = json.RootElement;
        Assert.Equal("GPTNeoXForCausalLM", root.GetProperty("architectures")[0].GetString());
        Assert.Equal("gpt_neox", root.GetProperty("model_type").GetString());
        Assert.Equal(8, root.GetProperty("hidden_size").GetInt32());
        Assert.Equal(12, root.GetProperty("intermediate_size").GetInt32());
        Assert.Equal(0.5, root.GetProperty("rotary_pct").GetDouble());
        Assert.Equal("float16", root.GetProperty("torch_dtype").GetString());
        Assert.False(root.GetProperty("tie_word_embeddings").GetBoolean());
    }

    [Fact]
    public void Write_NarrowKinds_RoundToNearestEven()
    {
        using var folder = new TemporaryFolder();
        var path = folder["model.safetensors"];

        // 1 + 2^-11 and 1 + 3·2^-11 are halfway between two halves, 1 + 2^-8 and 1 + 3·2^-8 between two bfloat16s.
        SafetensorsWriter.Write(path,
        [
            new("half", [3], ElementKind.F16, new[] { 1.00048828125f, 1.00146484375f, -5.9604645e-8f }),
            new("brain", [2], ElementKind.BF16, new[] { 1.00390625f, 1.01171875f }),
        ]);

        Assert.Equal(new byte[] { 0x00, 0x3C, 0x02, 0x3C, 0x01, 0x80, 0x80, 0x3F, 0x82, 0x3F }, File.ReadAllBytes(path)[^10..]);
    }

    [Theory]
    [InlineData(ElementKind.F16, 65520f, "too large for F16")]
    [InlineData(ElementKind.BF16, float.MaxValue, "too large for BF16")]
    [InlineData(ElementKind.F32, float.NaN, "only finite numbers")]
    [InlineData(ElementKind.F16, float.NegativeInfinity, "only finite numbers")]
    public void Write_ValueThatCannotBeStored_NamesTensorAndElementAndLeavesNoFile(ElementKind kind, float value, string reason)
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<InvalidInputException>(() =>
            SafetensorsWriter.Write(folder["model.safetensors"], [new("w", [2, 2], kind, new[] { 1f, 2f, value, 3f })]));

        Assert.Contains("tensor w: element 2 is", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Write_FailsHalfway_KeepsTheOldFileAndNothingElse()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "old");

        var error = Assert.Throws<InvalidInputException>(() => OutputFile.Write(folder["file"], stream =>
        {
            stream.Write(new byte[100_000]);
            throw new IOException("No space left on device");
        }));

        Assert.Equal($"{folder["file"]}: can't be written: No space left on device", error.Message);
        Assert.Equal("old", File.ReadAllText(folder["file"]));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Write_TensorsThatAreNotTheModels_AreRefused()
    {
        using var folder = new TemporaryFolder();
        var weights = ModelSamples.Weights(ModelSamples.GptNeoX, seed: 1);

        Assert.Contains("embed_in.weight", Refusal(weights.Where(w => !w.Key.Contains("embed_in", StringComparison.Ordinal))), StringComparison.Ordinal);
        Assert.Contains("80", Refusal(weights.Select(w => w.Key == "embed_out.weight" ? new(w.Key, new float[81]) : w)), StringComparison.Ordinal);
        Assert.Contains("layers.2.x", Refusal(weights.Append(new("gpt_neox.layers.2.x", new float[1]))), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));

        string Refusal(IEnumerable<KeyValuePair<string, float[]>> tensors) => Assert.Throws<ArgumentException>(() =>
            CheckpointWriter.Write(folder["step0"], ModelSamples.GptNeoX, tensors.ToDictionary(), ElementKind.F32)).Message;
    }
}
