using System.IO.Compression;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Checkpoints;

public sealed class TorchCheckpointTests
{
    public static TheoryData<ElementKind, StorageOrder> Layouts { get; } =
    [
        .. from kind in Enum.GetValues<ElementKind>()
           from order in Enum.GetValues<StorageOrder>()
           select (kind, order),
    ];

    [Theory]
    [InlineData("half.bin", ElementKind.F16)]
    [InlineData("bfloat16-transposed.bin", ElementKind.BF16)]
    [InlineData("float-parameters.bin", ElementKind.F32)]
    public void Read_FileThatTorchWrote_GivesItsElements(string name, ElementKind kind)
    {
        using var folder = new TemporaryFolder();
        UseTorchFile(folder, name);

        using var checkpoint = Checkpoint.Open(folder.Path);

        foreach (var tensor in checkpoint.Tensors)
        {
            var offset = tensor.Name.Sum(c => c);
            var exact = Enumerable.Range(0, (int)tensor.Length).Select(i => ((((37 * i) + offset) % 257) - 128) / 64f);

            // Seven bits of fraction can't hold all of ±2 in steps of 1/64; torch rounds to nearest even, as bfloat16 is defined.
            var expected = kind == ElementKind.BF16 ? exact.Select(RoundToBFloat16) : exact;
            Assert.Equal(kind, tensor.Kind);
            Assert.Equal(expected, checkpoint.Read(tensor.Name));
        }

        static float RoundToBFloat16(float value)
        {
            var scale = MathF.ScaleB(1, MathF.ILogB(value) - 7);
            return value == 0 ? 0 : MathF.Round(value / scale, MidpointRounding.ToEven) * scale;
        }
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Read_EveryKindAndOrder_GivesTheElementsAndTheDigestOfSafetensors(ElementKind kind, StorageOrder order)
    {
        using var folder = new TemporaryFolder();
        var weights = ModelSamples.Write(folder["safetensors"], ModelSamples.GptNeoX, seed: 3, kind);
        ModelSamples.Write(folder["torch"], ModelSamples.GptNeoX, seed: 4);
        File.Delete(Path.Combine(folder["torch"], "model.safetensors"));
        TorchArchive.Write(Path.Combine(folder["torch"], "pytorch_model.bin"), TensorLayout.Of(ModelSamples.GptNeoX), weights, kind, order);

        using var expected = Checkpoint.Open(folder["safetensors"]);
        using var checkpoint = Checkpoint.Open(folder["torch"]);

        foreach (var tensor in checkpoint.Tensors)
        {
            Assert.Equal(kind, tensor.Kind);
            Assert.Equal(weights[tensor.Name], checkpoint.Read(tensor.Name));
        }

        var rows = new float[3 * 8];
        checkpoint.ReadRows("embed_in.weight", 4, rows);
        Assert.Equal(weights["gpt_neox.embed_in.weight"][(4 * 8)..(7 * 8)], rows);
        Assert.Equal(expected.Digest, checkpoint.Digest);
    }

    [Fact]
    public void Open_LegacyFile_SaysHowToConvertIt()
    {
        using var folder = new TemporaryFolder();
        UseTorchFile(folder, "legacy.bin");

        Assert.Equal(
            $"{folder["pytorch_model.bin"]}: is in the format of torch before 1.6; load it with torch.load and save it again with torch.save or as safetensors",
            Assert.Throws<InvalidInputException>(() => Checkpoint.Open(folder.Path)).Message);
    }

    [Fact]
    public void Read_ElementsThatDoNotFitTheirChecksum_IsAnErrorForThatTensorOnly()
    {
        using var folder = new TemporaryFolder();
        UseTorchFile(folder, "half.bin");
        var bytes = File.ReadAllBytes(folder["pytorch_model.bin"]);

        // embed_out's elements come after the name in its local header and an extra field whose length stands right before that name.
        var name = "half/data/33"u8;
        var at = bytes.AsSpan().IndexOf(name);
        bytes[at + name.Length + BitConverter.ToUInt16(bytes, at - 2) + 50] ^= 1;
        File.WriteAllBytes(folder["pytorch_model.bin"], bytes);
        using var checkpoint = Checkpoint.Open(folder.Path);

        checkpoint.Read("embed_in.weight");
        var error = Assert.Throws<InvalidInputException>(() => checkpoint.ReadRows("embed_out.weight", 0, new float[8]));
        Assert.Contains("tensor embed_out.weight: the 160 bytes from", error.Message, StringComparison.Ordinal);
        Assert.Contains("checksum", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidInputException>(() => checkpoint.ComputeDigest(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("os", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("torch", "DoubleStorage")]
    [InlineData("torch._utils", "_rebuild_tensor")]
    public void Open_PickleThatNamesAnythingElse_IsRefusedByThatName(string module, string name)
    {
        var pickle = new PickleWriter().Global(module, name).Raw(0x8C, 2).Text("x").Raw(0x85).Op('R').Op('.');

        var message = Refusal(pickle);

        Assert.Contains($"archive/data.pkl: the pickle refers to {module}.{name}, which isn't allowed", message, StringComparison.Ordinal);
        Assert.EndsWith("(byte 2)", message, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[], string> HostilePickles { get; } = new()
    {
        { "empty", [], "ends in the middle of an instruction (byte 0)" },
        { "protocol", [0x80, 4, (byte)'.'], "is written in protocol 4" },
        { "stop on nothing", Bytes(p => p.Op('.')), "takes from an empty stack" },
        { "no end", Bytes(p => p.OrderedDictionary()), "ends in the middle of an instruction" },
        { "old opcode", Bytes(p => p.Op('i')), "has instruction 0x69" },
        { "not a dictionary", Bytes(p => p.Number(7).Op('.')), "doesn't hold a dictionary of tensors" },
        { "endless text", Bytes(p => p.Op('X').Raw(0xFF, 0xFF, 0xFF, 0x7F)), "ends in the middle of an instruction" },
        { "negative text", Bytes(p => p.Op('X').Raw(0xFF, 0xFF, 0xFF, 0xFF)), "has a string longer than itself" },
        { "long number", Bytes(p => p.Raw(0x8A, 9).Raw(new byte[9])), "has a number of 9 bytes" },
        { "unknown memo", Bytes(p => p.Op('h').Raw(9)), "recalls 9, which it didn't store" },
        { "unset mark", Bytes(p => p.Op('t')), "closes a mark that it didn't set" },
        { "below the mark", Bytes(p => p.Op('}').Text("k").Op('(').Op('s')), "takes from an empty stack" },
        { "odd items", Bytes(p => p.Op('}').Op('(').Text("k").Op('u')), "has a key without a value" },
        { "numeric key", Bytes(p => p.Op('}').Number(1).Number(2).Op('s')), "has a key that isn't a string" },
        { "calls a string", Bytes(p => p.Text("f").Op(')').Op('R')), "calls something that isn't a function" },
        { "wrong arguments", Bytes(p => p.Global("torch._utils", "_rebuild_tensor_v2").Op(')').Op('R')), "calls torch._utils._rebuild_tensor_v2 with arguments that don't fit it" },
        { "calls a storage", Bytes(p => p.Global("torch", "HalfStorage").Op(')').Op('R')), "calls torch.HalfStorage" },
        { "state of a tensor", Bytes(p => p.Tensor("HalfStorage", "0", 4, 0, [4], [1]).Op('}').Op('b')), "puts something into what isn't a dictionary" },
        { "foreign reference", Bytes(p => p.Op('(').Text("module").Global("torch", "HalfStorage").Text("0").Text("cpu").Number(4).Op('t').Op('Q')), "isn't a storage" },
        { "negative storage", Model(p => p.Tensor("HalfStorage", "0", -4, 0, [4], [1])), "isn't a storage" },
        { "negative extent", Model(p => p.Tensor("HalfStorage", "0", 4, 0, [-4], [1])), "isn't a number of elements" },
        { "negative offset", Model(p => p.Tensor("HalfStorage", "0", 4, -1, [4], [1])), "starts at -1" },
        { "unequal strides", Model(p => p.Tensor("HalfStorage", "0", 4, 0, [4], [1, 1])), "1 extents and 2 strides" },
        { "missing storage", Model(p => p.Tensor("HalfStorage", "7", 4, 0, [4], [1])), "tensor embed_out.weight: its elements should be in archive/data/7, which isn't there" },
        { "storage of another length", Model(p => p.Tensor("HalfStorage", "0", 5, 0, [4], [1])), "its storage has 8 bytes where 5 elements of torch.HalfStorage are announced" },
        { "path as a key", Model(p => p.Tensor("HalfStorage", "../data.pkl", 4, 0, [4], [1])), "which isn't there" },
        { "beyond the storage", Model(p => p.Tensor("HalfStorage", "0", 4, 1, [4], [1])), "with shape [4] reaches beyond the 4 elements of its storage" },
        { "giant extents", Model(p => p.Tensor("HalfStorage", "0", 4, 0, [long.MaxValue, long.MaxValue], [long.MaxValue, long.MaxValue])), "reaches beyond the 4 elements" },
        { "product that wraps to nothing", Model(p => p.Tensor("HalfStorage", "0", 4, 0, [1L << 32, 1L << 32], [1L << 32, 1L << 31])), "reaches beyond the 4 elements" },
        { "giant shape of nothing", Model(p => p.Tensor("HalfStorage", "0", 4, 0, [1L << 40, 1L << 40], [0, 0])), "is missing" },
    };

    [Theory]
    [MemberData(nameof(HostilePickles))]
    public void Open_HostilePickle_IsAClearError(string what, byte[] pickle, string reason)
    {
        Assert.True(Refusal(pickle).Contains(reason, StringComparison.Ordinal), $"{what}: {Refusal(pickle)}");
    }

    [Fact]
    public void Open_PickleThatContainsItself_ReachesNoEnd()
    {
        // d = {}; d["d"] = d; l = [l, l]; d["l"] = l: what walked this would never come back.
        var pickle = new PickleWriter().Op('}').Raw((byte)'q', 0).Text("d").Raw((byte)'h', 0).Op('s')
            .Text("l").Op(']').Raw((byte)'q', 1).Op('(').Raw((byte)'h', 1).Raw((byte)'h', 1).Op('e').Op('s')
            .Op('.');

        Assert.Contains("is missing from the weights", Refusal(pickle), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_PickleThatDoublesWithEveryStep_CostsOnlyItsBytes()
    {
        // Sixty times t = (t, t): 2^60 leaves for whoever copies or prints it.
        var pickle = new PickleWriter().Op('}').Text("embed_out.weight").Op(')').Raw((byte)'q', 0);
        for (var i = 0; i < 60; i++)
        {
            pickle.Raw((byte)'h', 0).Raw(0x86, (byte)'q', 0);
        }

        Assert.Contains("is missing from the weights", Refusal(pickle.Op('s').Op('.')), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_DeeplyNestedPickle_DoesNotOverflowTheStack()
    {
        var pickle = new PickleWriter().Op('}').Text("x").Op(')');
        for (var i = 0; i < 500_000; i++)
        {
            pickle.Raw(0x85);
        }

        Assert.Contains("is missing from the weights", Refusal(pickle.Op('s').Op('.')), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_EndlessPickle_StopsAtALimit() =>
        Assert.Contains("has more than 1048576 instructions", Refusal(new PickleWriter().Raw([.. Enumerable.Repeat((byte)'N', 2_000_000)])), StringComparison.Ordinal);

    [Fact]
    public void Open_CompressedEntries_AreRefusedWithoutBeingExpanded()
    {
        using var folder = new TemporaryFolder();
        UseConfig(folder);
        TorchArchive.Write(folder["pytorch_model.bin"], Bytes(p => p.Op('}').Op('.')), [new byte[1 << 20]], CompressionLevel.Optimal);

        Assert.Contains("is compressed, which torch.save never does", Assert.Throws<InvalidInputException>(() => Checkpoint.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoZipFile_SaysWhatItIs()
    {
        Assert.Contains("isn't a file of torch.save", RefusalOfFile("<!DOCTYPE html>"u8), StringComparison.Ordinal);
        Assert.Contains("isn't a file of torch.save", RefusalOfFile([]), StringComparison.Ordinal);
        Assert.Contains("fetch it with git lfs pull", RefusalOfFile("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"u8), StringComparison.Ordinal);
        Assert.Contains("has no directory at its end; the file is cut short", RefusalOfFile("PK\u0003\u0004 and no more"u8), StringComparison.Ordinal);

        static string RefusalOfFile(ReadOnlySpan<byte> bytes)
        {
            using var folder = new TemporaryFolder();
            UseConfig(folder);
            File.WriteAllBytes(folder["pytorch_model.bin"], bytes);
            return Assert.Throws<InvalidInputException>(() => Checkpoint.Open(folder.Path)).Message;
        }
    }

    private static byte[] Bytes(Func<PickleWriter, PickleWriter> write) => write(new PickleWriter()).ToArray();

    /// <summary>A state dict of one tensor.</summary>
    private static byte[] Model(Func<PickleWriter, PickleWriter> tensor) =>
        Bytes(pickle => tensor(pickle.OrderedDictionary().Text("embed_out.weight")).Op('s').Op('.'));

    private static string Refusal(PickleWriter pickle) => Refusal(pickle.ToArray());

    /// <summary>What is said of a file with this pickle and one storage of four halves.</summary>
    private static string Refusal(byte[] pickle)
    {
        using var folder = new TemporaryFolder();
        UseConfig(folder);
        TorchArchive.Write(folder["pytorch_model.bin"], pickle, [Encoding.UTF8.GetBytes("8 bytes.")]);
        var message = Assert.Throws<InvalidInputException>(() => Checkpoint.Open(folder.Path)).Message;
        Assert.StartsWith(folder.Path, message, StringComparison.Ordinal);
        return message;
    }

    private static void UseConfig(TemporaryFolder folder)
    {
        using var config = File.Create(folder["config.json"]);
        ModelSamples.GptNeoX.Write(config, ElementKind.F16);
    }

    private static void UseTorchFile(TemporaryFolder folder, string name)
    {
        UseConfig(folder);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Checkpoints", "TorchFiles", name), folder["pytorch_model.bin"]);
    }
}
