using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>Files of torch in which the weights are one dictionary among other things.</summary>
public sealed class NestedWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, float[]> _weights = ModelSamples.Weights(ModelSamples.GptNeoX, seed: 41);

    public NestedWeightsTests() => TorchFiles.UseConfig(_folder);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("model")]
    [InlineData("state_dict")]
    [InlineData("model_state_dict")]
    [InlineData("module")]
    [InlineData("anything at all")]
    [InlineData("state.model")]
    [InlineData("a.b.c.d")]
    public void Open_WeightsUnderKeys_AreFound(string key)
    {
        Write((key, ModelSamples.GptNeoX));

        AssertIsTheModel();
    }

    [Fact]
    public void Open_WeightsDeeperThanAnyScriptPutsThem_AreNot()
    {
        Write(("a.b.c.d.e", ModelSamples.GptNeoX));

        Assert.Equal(
            $"{_folder["pytorch_model.bin"]}: has none of the model's tensors, such as gpt_neox.embed_in.weight; it holds keys named epoch, name and a",
            Refusal());
    }

    [Fact]
    public void Open_WeightsTwice_NamesBothPlaces()
    {
        Write(("model", ModelSamples.GptNeoX), ("ema", ModelSamples.GptNeoX));

        Assert.Equal(
            $"{_folder["pytorch_model.bin"]}: holds the model's tensors more than once, under model and ema; save those that are meant as a file of their own",
            Refusal());
    }

    [Fact]
    public void Open_WeightsBesideOthersOfAnotherShape_AreTheOnesOfConfigJson()
    {
        Write(("teacher", ModelSamples.GptNeoX with { Width = 16 }), ("student", ModelSamples.GptNeoX), ("critic", ModelSamples.GptNeoX with { Layers = 1 }));

        AssertIsTheModel();
    }

    [Fact]
    public void Open_WeightsBesideACopyDeeperInside_AreTheOuterOnes()
    {
        var copy = ModelSamples.Weights(ModelSamples.GptNeoX, seed: 42);
        TorchArchive.WriteNested(_folder["pytorch_model.bin"], [("optimizer.master", ModelSamples.GptNeoX, copy), ("model", ModelSamples.GptNeoX, _weights)], ElementKind.F16);

        AssertIsTheModel();
    }

    [Fact]
    public void Open_WeightsOfAnotherShapeOnly_AreComparedAsBefore()
    {
        Write(("model", ModelSamples.GptNeoX with { Vocabulary = 11 }));

        Assert.Equal($"{_folder["pytorch_model.bin"]}: tensor gpt_neox.embed_in.weight: has shape [11, 8]; config.json calls for [10, 8]", Refusal());
    }

    [Fact]
    public void Open_WeightsOfAnotherArchitecture_ListsWhatIsThere()
    {
        TorchArchive.WriteNested(
            _folder["pytorch_model.bin"],
            [("model", ModelSamples.Gpt2, ModelSamples.Weights(ModelSamples.Gpt2, seed: 1)), ("other.one", ModelSamples.Gpt2, ModelSamples.Weights(ModelSamples.Gpt2, seed: 2))],
            ElementKind.F16);

        Assert.Equal(
            $"{_folder["pytorch_model.bin"]}: has none of the model's tensors, such as gpt_neox.embed_in.weight; it holds keys named epoch, name, model and other; "
            + "under model it holds tensors named transformer.wte.weight, transformer.wpe.weight, transformer.h.0.ln_1.weight and 25 more; "
            + "under other.one it holds tensors named transformer.wte.weight, transformer.wpe.weight, transformer.h.0.ln_1.weight and 25 more",
            Refusal());
    }

    [Fact]
    public void Open_DictionaryUnderTwoKeys_IsOneModel()
    {
        var (pickle, storages) = TorchArchive.Make(TensorLayout.Of(ModelSamples.GptNeoX), _weights, ElementKind.F16, StorageOrder.Rows);

        // {"model": weights, "alias": weights}: the first pickle without its protocol and its stop, and the memo's entry 0.
        var nested = new PickleWriter().Op('}').Text("model").Raw(pickle[2..^1]).Op('s').Text("alias").Raw((byte)'h', 0).Op('s').Op('.');
        TorchArchive.Write(_folder["pytorch_model.bin"], nested.ToArray(), storages);

        AssertIsTheModel();
    }

    [Fact]
    public void Open_ShardsWhoseWeightsAreNested_AreFound()
    {
        var (half, rest) = (TensorLayout.Of(ModelSamples.GptNeoX).Take(10).ToList(), TensorLayout.Of(ModelSamples.GptNeoX).Skip(10).ToList());
        foreach (var (specs, name) in new[] { (half, "pytorch_model-1.bin"), (rest, "pytorch_model-2.bin") })
        {
            var (pickle, storages) = TorchArchive.Make(specs, _weights, ElementKind.F16, StorageOrder.Rows);
            TorchArchive.Write(_folder[name], new PickleWriter().Op('}').Text("module").Raw(pickle[2..^1]).Op('s').Op('.').ToArray(), storages);
        }

        var map = half.Select(spec => (spec.Name, Shard: 1)).Concat(rest.Select(spec => (spec.Name, Shard: 2)));
        File.WriteAllText(
            _folder["pytorch_model.bin.index.json"],
            "{\"weight_map\": {" + string.Join(',', map.Select(entry => $"\"{entry.Name}\": \"pytorch_model-{entry.Shard}.bin\"")) + "}}");

        AssertIsTheModel();
    }

    [Fact]
    public void Open_WholeButNoModel_IsNotWaitedFor()
    {
        TorchArchive.Write(_folder["pytorch_model.bin"], new PickleWriter().Op('}').Text("epoch").Number(1).Op('s').Op('.').ToArray(), []);

        Assert.True(CheckpointFolder.IsComplete(_folder.Path, out _));
        Assert.EndsWith("it holds keys named epoch", Refusal(), StringComparison.Ordinal);
    }

    private void Write(params (string Key, ModelConfig Config)[] models) => TorchArchive.WriteNested(
        _folder["pytorch_model.bin"],
        [.. models.Select(model => (model.Key, model.Config, (IReadOnlyDictionary<string, float[]>)(model.Config == ModelSamples.GptNeoX ? _weights : ModelSamples.Weights(model.Config, seed: 1))))],
        ElementKind.F16);

    private void AssertIsTheModel()
    {
        using var checkpoint = Checkpoint.Open(_folder.Path);
        Assert.All(_weights, entry => Assert.Equal(entry.Value, checkpoint.Read(entry.Key)));
    }

    private string Refusal() => Assert.Throws<InvalidInputException>(() => Checkpoint.Open(_folder.Path)).Message;
}
