using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Checkpoints.Formats.Torch;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>One model in every form that torch has saved it in, from files that torch or Python's own pickle module wrote.</summary>
public sealed class TorchFormsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, ElementKind> Files { get; } = new()
    {
        { "half.bin", ElementKind.F16 },
        { "bfloat16-transposed.bin", ElementKind.BF16 },
        { "float-parameters.bin", ElementKind.F32 },
        { "double.bin", ElementKind.F64 },
        { "protocol3.bin", ElementKind.F16 },
        { "protocol4.bin", ElementKind.F16 },
        { "protocol5.bin", ElementKind.F16 },
        { "legacy-half.bin", ElementKind.F16 },
        { "legacy-protocol4.bin", ElementKind.BF16 },
        { "older.bin", ElementKind.F32 },
        { "newer.bin", ElementKind.F16 },
        { "training.bin", ElementKind.F16 },
        { "training-protocol4.bin", ElementKind.F16 },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_FileOfAnyForm_GivesItsElements(string name, ElementKind kind)
    {
        TorchFiles.Use(_folder, name);

        using var checkpoint = Checkpoint.Open(_folder.Path);

        Assert.Equal(TensorLayout.Of(ModelSamples.GptNeoX).Select(spec => (spec.Name, kind)), checkpoint.Tensors.Select(tensor => (tensor.Name, tensor.Kind)));
        Assert.All(TensorLayout.Of(ModelSamples.GptNeoX), spec => Assert.Equal(TorchFiles.Elements(spec, kind), checkpoint.Read(spec.Name)));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Digest_FileOfAnyForm_IsThatOfItsTensorsInSafetensors(string name, ElementKind kind)
    {
        TorchFiles.Use(_folder, name);
        using var safetensors = new TemporaryFolder();
        CheckpointWriter.Write(
            safetensors.Path,
            ModelSamples.GptNeoX,
            TensorLayout.Of(ModelSamples.GptNeoX).ToDictionary(spec => spec.Name, spec => TorchFiles.Elements(spec, kind)),
            kind);

        using var checkpoint = Checkpoint.Open(_folder.Path);
        using var expected = Checkpoint.Open(safetensors.Path);

        Assert.Equal(expected.Digest, checkpoint.Digest);
    }

    [Fact]
    public void Read_ViewsOfEveryKind_GivesTheElementsInTheirOrder()
    {
        TorchFiles.Use(_folder, "strided.bin");

        using var checkpoint = Checkpoint.Open(_folder.Path);

        foreach (var spec in TensorLayout.Of(ModelSamples.GptNeoX))
        {
            var elements = TorchFiles.Elements(spec, ElementKind.F32);
            var expected = spec.Name == "embed_out.weight" ? Enumerable.Range(0, 80).Select(i => elements[i % 8])
                : spec.Shape.Length == 1 ? Enumerable.Repeat(elements[0], elements.Length)
                : elements;
            Assert.Equal(expected, checkpoint.Read(spec.Name));
        }

        var rows = new float[3 * 8];
        checkpoint.ReadRows("layers.1.attention.dense.weight", 4, rows);
        Assert.Equal(TorchFiles.Elements(TensorLayout.Of(ModelSamples.GptNeoX).Single(spec => spec.Name == "gpt_neox.layers.1.attention.dense.weight"), ElementKind.F32)[32..56], rows);
    }

    [Fact]
    public void ReadTensors_LegacyFileOfAnythingElse_GivesWhatItHolds()
    {
        using var file = SourceFile.Open(TorchFiles.PathOf("legacy.bin"));

        var group = Assert.Single(TorchFile.ReadTensors(file));

        var tensor = Assert.Single(group.Tensors).Value;
        Assert.Equal(("embed_out.weight", ElementKind.F32), (tensor.Name, tensor.Kind));
        Assert.Equal([2, 2], tensor.Shape);
        var bytes = new byte[16];
        tensor.Block.Read(tensor.FirstByte, bytes);
        Assert.Equal(new byte[16], bytes);
    }

    [Fact]
    public void ReadTensors_FileOfATrainingScript_HasItsDictionariesAndTheNamesOfTheRest()
    {
        using var file = SourceFile.Open(TorchFiles.PathOf("training-protocol4.bin"));

        var groups = TorchFile.ReadTensors(file);

        Assert.Equal([("", 0, 1), ("model", 1, 34)], groups.Select(group => (group.Key, group.Depth, group.Tensors.Count)));
        Assert.Equal(["epoch", "done", "model", "optimizer", "args", "loss", "generator", "shape", "seen", "counts", "seed", "id"], groups[0].Others);
        Assert.Equal(
            ["torch.int32", "torch.float64", "torch.complex64", "torch.int16", "torch.int8", "torch.bool"],
            groups[1].Tensors.Values.Select(tensor => tensor.TypeName).Take(6));
    }

    [Fact]
    public void Open_BigEndianFile_IsRefused()
    {
        TorchFiles.UseConfig(_folder);
        var (pickle, storages) = TorchZip.Split(TorchFiles.PathOf("half.bin"));
        TorchArchive.Write(_folder["pytorch_model.bin"], pickle, storages, byteOrder: "big");

        Assert.Equal(
            $"{_folder["pytorch_model.bin"]}: isn't little-endian; save it on a little-endian machine or as safetensors",
            Assert.Throws<InvalidInputException>(() => Checkpoint.Open(_folder.Path)).Message);
    }
}
