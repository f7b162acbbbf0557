using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>Weights under the names that wrappers of models give them.</summary>
public sealed class WrappedNamesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Wrappings { get; } =
    [
        .. from wrapping in new[]
           {
               "_orig_mod.{0}", "module.{0}", "model.{0}", "_orig_mod.module.{0}", "module._orig_mod.{0}", "model._orig_mod.module.{0}", "model.model.{0}", "module.module._orig_mod.{0}",
               "gpt_neox._orig_mod.{1}", "module.gpt_neox._orig_mod.{1}", "{1}", "model.{1}", "_orig_mod.{1}",
           }
           from form in new[] { "safetensors", "shards", "torch", "torch shards" }
           select (wrapping, form),
    ];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Wrappings))]
    public void Open_WrappedNames_AreThoseOfTheModel(string wrapping, string form)
    {
        var weights = ModelSamples.Weights(ModelSamples.GptNeoX, seed: 31);
        Write(form, weights, name => name.StartsWith("gpt_neox.", StringComparison.Ordinal) || !wrapping.Contains("gpt_neox", StringComparison.Ordinal)
            ? string.Format(null, wrapping, name, name.Replace("gpt_neox.", "", StringComparison.Ordinal))
            : name);
        using var plain = new TemporaryFolder();
        CheckpointWriter.Write(plain.Path, ModelSamples.GptNeoX, weights, ElementKind.F16);

        using var checkpoint = Checkpoint.Open(_folder.Path);
        using var expected = Checkpoint.Open(plain.Path);

        Assert.All(weights, entry => Assert.Equal(entry.Value, checkpoint.Read(entry.Key)));
        Assert.Equal(expected.Digest, checkpoint.Digest);
    }

    [Theory]
    [InlineData("_orig_mod.transformer.", "_orig_mod.")]
    [InlineData("model.transformer.", "model.")]
    [InlineData("module.", "module.")]
    [InlineData("transformer._orig_mod.", "")]
    public void Open_WrappedNamesOfGpt2_WithItsMasksAndUnembedding_AreThoseOfTheModel(string prefix, string unembeddingPrefix)
    {
        var weights = ModelSamples.Weights(ModelSamples.Gpt2, seed: 32);
        CheckpointWriter.Write(_folder.Path, ModelSamples.Gpt2, weights, ElementKind.F32);
        SafetensorsWriter.Write(_folder["model.safetensors"], [
            .. weights.Select(entry => Tensor(prefix + entry.Key["transformer.".Length..], entry.Key, ElementKind.F32, weights)),
            new TensorValues(prefix + "h.0.attn.bias", [1, 1, 2, 2], ElementKind.F32, new float[4]),
            new TensorValues(prefix + "h.1.attn.masked_bias", [], ElementKind.F32, new float[1]),
            Tensor(unembeddingPrefix + "lm_head.weight", "transformer.wte.weight", ElementKind.F32, weights),
        ]);

        using var checkpoint = Checkpoint.Open(_folder.Path);

        Assert.All(weights, entry => Assert.Equal(entry.Value, checkpoint.Read(entry.Key)));
    }

    [Theory]
    [InlineData("net.{0}", "has none of the model's tensors, such as gpt_neox.embed_in.weight; it holds tensors named net.gpt_neox.embed_in.weight, net.gpt_neox.layers.0.input_layernorm.weight, net.gpt_neox.layers.0.input_layernorm.bias and 25 more")]
    [InlineData("Module.{0}", "it holds tensors named Module.gpt_neox.embed_in.weight")]
    [InlineData("model.net.{0}", "it holds tensors named model.net.gpt_neox.embed_in.weight")]
    [InlineData("submodel.{0}", "it holds tensors named submodel.gpt_neox.embed_in.weight")]
    public void Open_NamesOfAnUnknownWrapper_AreListed(string wrapping, string reason)
    {
        Write("safetensors", ModelSamples.Weights(ModelSamples.GptNeoX, seed: 33), name => string.Format(null, wrapping, name));

        Assert.StartsWith(_folder["model.safetensors"], Refusal(), StringComparison.Ordinal);
        Assert.Contains(reason, Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OneTensorOfAnUnknownWrapper_IsNamedBesideTheOneMissing()
    {
        Write("safetensors", ModelSamples.Weights(ModelSamples.GptNeoX, seed: 33), name => name.EndsWith("embed_in.weight", StringComparison.Ordinal) ? "ema." + name : name);

        Assert.Equal(
            $"{_folder["model.safetensors"]}: tensor gpt_neox.embed_in.weight: is missing from the weights; they hold ema.gpt_neox.embed_in.weight, which the model doesn't have",
            Refusal());
    }

    [Fact]
    public void Open_TensorsWithAndWithoutAWrapper_AreNotChosenFrom()
    {
        var weights = ModelSamples.Weights(ModelSamples.GptNeoX, seed: 34);
        Write("safetensors", weights, name => name);
        var specs = TensorLayout.Of(ModelSamples.GptNeoX);
        SafetensorsWriter.Write(_folder["model.safetensors"], specs.SelectMany(spec => new[]
        {
            Tensor(spec.Name, spec.Name, ElementKind.F16, weights),
            Tensor("module." + spec.Name, spec.Name, ElementKind.F16, weights),
        }));

        Assert.Equal($"{_folder["model.safetensors"]}: tensor module.gpt_neox.embed_in.weight: is there twice, also as gpt_neox.embed_in.weight", Refusal());
    }

    [Theory]
    [InlineData("model.", 1_000_000)]
    [InlineData("_orig_mod.", 1_000_000)]
    [InlineData(".", 8_000_000)]
    public void Open_NameOfWrappersWithoutEnd_CostsOnlyItsBytes(string part, int times)
    {
        var pickle = new PickleWriter().Op('}').Text(string.Concat(Enumerable.Repeat(part, times))).Tensor("HalfStorage", "0", 4, 0, [4], [1]).Op('s').Op('.');
        TorchFiles.UseConfig(_folder);
        TorchArchive.Write(_folder["pytorch_model.bin"], pickle.ToArray(), [new byte[8]]);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("has none of the model's tensors", Refusal(), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 * part.Length * times);
    }

    private static TensorValues Tensor(string name, string canonical, ElementKind kind, Dictionary<string, float[]> weights)
    {
        var spec = TensorLayout.Of(canonical.StartsWith("transformer", StringComparison.Ordinal) ? ModelSamples.Gpt2 : ModelSamples.GptNeoX).Single(spec => spec.Name == canonical);
        return new TensorValues(name, spec.Shape, kind, weights[canonical]);
    }

    private void Write(string form, Dictionary<string, float[]> weights, Func<string, string> rename)
    {
        var renamed = weights.ToDictionary(entry => rename(entry.Key), entry => entry.Value);
        var specs = TensorLayout.Of(ModelSamples.GptNeoX).Select(spec => spec with { Name = rename(spec.Name) }).ToList();
        TorchFiles.UseConfig(_folder);
        switch (form)
        {
            case "safetensors":
                SafetensorsWriter.Write(_folder["model.safetensors"], specs.Select(spec => new TensorValues(spec.Name, spec.Shape, ElementKind.F16, renamed[spec.Name])));
                break;
            case "torch":
                TorchArchive.Write(_folder["pytorch_model.bin"], specs, renamed, ElementKind.F16);
                break;
            case "shards":
                ShardedCheckpoint.WriteSafetensors(_folder, ModelSamples.GptNeoX, specs, renamed, ElementKind.F16, shards: 2);
                break;
            default:
                ShardedCheckpoint.WriteTorch(_folder, ModelSamples.GptNeoX, specs, renamed, ElementKind.F16, shards: 2);
                break;
        }
    }

    private string Refusal() => Assert.Throws<InvalidInputException>(() => Checkpoint.Open(_folder.Path)).Message;
}
