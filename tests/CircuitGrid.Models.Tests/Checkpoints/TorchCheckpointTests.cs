using System.IO.Compression;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Checkpoints.Formats.Torch;

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
    public void Read_ElementsThatDoNotFitTheirChecksum_IsAnErrorForThatTensorOnly()
    {
        using var folder = new TemporaryFolder();
        TorchFiles.Use(folder, "half.bin");
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
    [InlineData("__builtin__", "eval")]
    [InlineData("torch", "load")]
    [InlineData("torch", "QInt8Storage")]
    [InlineData("torch._utils", "_rebuild_sparse_tensor")]
    [InlineData("numpy.core.multiarray", "fromfile")]
    public void Open_PickleThatNamesAnythingElse_IsRefusedByThatName(string module, string name)
    {
        var pickle = new PickleWriter().Global(module, name).Raw(0x8C, 2).Text("x").Raw(0x85).Op('R').Op('.');

        var message = Refusal(pickle);

        Assert.Contains($"archive/data.pkl: the pickle refers to {module.Replace("__builtin__", "builtins", StringComparison.Ordinal)}.{name}, which isn't allowed", message, StringComparison.Ordinal);
        Assert.EndsWith("(byte 2)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NameThatIsPutTogetherOnTheStack_IsRefusedAsWell()
    {
        var pickle = new PickleWriter().Text("os").Text("system").Raw(0x93).Text("x").Raw(0x85).Op('R').Op('.');

        Assert.Contains("the pickle refers to os.system, which isn't allowed", Refusal(pickle), StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[], string> HostilePickles { get; } = new()
    {
        { "empty", [], "ends in the middle of an instruction (byte 0)" },
        { "protocol 6", [0x80, 6, (byte)'.'], "is written in protocol 6; protocols 2 to 5 can be read" },
        { "protocol 1", [0x80, 1, (byte)'.'], "is written in protocol 1; protocols 2 to 5 can be read" },
        { "no protocol", "(dp0\nS'a'\n."u8.ToArray(), "starts with 0x28, as one of protocol 0 or 1 does; protocols 2 to 5 can be read" },
        { "stop on nothing", Bytes(p => p.Op('.')), "takes from an empty stack" },
        { "no end", Bytes(p => p.OrderedDictionary()), "ends in the middle of an instruction" },
        { "old opcode", Bytes(p => p.Op('i')), "has instruction 0x69" },
        { "not a dictionary", Bytes(p => p.Number(7).Op('.')), "doesn't hold a dictionary of tensors" },
        { "endless text", Bytes(p => p.Op('X').Raw(0xFF, 0xFF, 0xFF, 0x7F)), "ends in the middle of an instruction" },
        { "negative text", Bytes(p => p.Op('X').Raw(0xFF, 0xFF, 0xFF, 0xFF)), "has a value longer than itself" },
        { "endless number", Bytes(p => p.Raw(0x8B, 0xFF, 0xFF, 0xFF, 0x7F)), "ends in the middle of an instruction" },
        { "long number as a length", Bytes(p => p.Op('(').Text("storage").Global("torch", "HalfStorage").Text("0").Text("cpu").Raw(0x8A, 9).Raw(new byte[8]).Raw(1).Op('t').Op('Q')), "isn't a storage" },
        { "endless bytes", Bytes(p => p.Raw(0x8E).Raw(0, 0, 0, 0, 1, 0, 0, 0)), "has a value longer than itself" },
        { "endless array of bytes", Bytes(p => p.Raw(0x96).Raw(0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0)), "ends in the middle of an instruction" },
        { "endless long text", Bytes(p => p.Raw(0x8D).Raw(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF)), "has a value longer than itself" },
        { "endless frame", Bytes(p => p.Raw(0x95).Raw(1, 0, 0, 0, 0, 0, 0, 0)), "has a frame longer than itself" },
        { "buffer from outside", Bytes(p => p.Raw(0x97)), "has instruction 0x97" },
        { "name of numbers", Bytes(p => p.Number(1).Number(2).Raw(0x93)), "refers to something by what isn't a name" },
        { "items of no set", Bytes(p => p.Op('}').Op('(').Raw(0x90)), "puts something into what isn't a set" },
        { "calls a type of elements", Bytes(p => p.Global("torch", "float16").Op(')').Op('R')), "calls torch.float16" },
        { "dictionary of no pairs", Bytes(p => p.Global("collections", "OrderedDict").Op(']').Number(1).Op('a').Raw(0x85).Op('R')), "makes a dictionary of what aren't pairs" },
        { "default that is no function", Bytes(p => p.Global("collections", "defaultdict").Number(1).Raw(0x85).Op('R')), "calls collections.defaultdict with arguments that don't fit it" },
        { "size of a list", Bytes(p => p.Global("torch", "Size").Op(']').Raw(0x85).Op('R')), "calls torch.Size with arguments that don't fit it" },
        { "tensor of another type of tensor", Bytes(p => p.Global("torch._tensor", "_rebuild_from_type_v2").Op('(').Global("torch._tensor", "_rebuild_from_type_v2").Global("torch", "Tensor").Op(')').Op('N').Op('t').Op('R')), "calls torch._tensor._rebuild_from_type_v2 with arguments that don't fit it" },
        { "third version without a type", Bytes(p => p.Global("torch._utils", "_rebuild_tensor_v3").Op('(').Storage("HalfStorage", "0", 4).Number(0).Tuple(4).Tuple(1).Raw(0x89).OrderedDictionary().Number(7).Op('t').Op('R')), "calls torch._utils._rebuild_tensor_v3 with arguments that don't fit it" },
        { "view beyond its storage", Bytes(p => p.Op('(').Text("storage").Global("torch", "HalfStorage").Text("0").Text("cpu").Number(4).Op('(').Text("1").Number(3).Number(2).Op('t').Op('t').Op('Q')), "has a view of a storage that isn't inside it" },
        { "view whose end wraps", Bytes(p => p.Op('(').Text("storage").Global("torch", "HalfStorage").Text("0").Text("cpu").Number(4).Op('(').Text("1").Number(2).Number(long.MaxValue).Op('t').Op('t').Op('Q')), "has a view of a storage that isn't inside it" },
        { "unknown memo", Bytes(p => p.Op('h').Raw(9)), "recalls 9, which it didn't store" },
        { "unset mark", Bytes(p => p.Op('t')), "closes a mark that it didn't set" },
        { "below the mark", Bytes(p => p.Op('}').Text("k").Op('(').Op('s')), "takes from an empty stack" },
        { "odd items", Bytes(p => p.Op('}').Op('(').Text("k").Op('u')), "has a key without a value" },
        { "numeric key", Bytes(p => p.Op('}').Number(1).Number(2).Op('s').Op('.')), "has none of the model's tensors, such as gpt_neox.embed_in.weight; it holds nothing that has a name" },
        { "calls a string", Bytes(p => p.Text("f").Op(')').Op('R')), "calls something that isn't a function" },
        { "wrong arguments", Bytes(p => p.Global("torch._utils", "_rebuild_tensor_v2").Op(')').Op('R')), "calls torch._utils._rebuild_tensor_v2 with arguments that don't fit it" },
        { "calls a storage", Bytes(p => p.Global("torch", "HalfStorage").Op(')').Op('R')), "calls torch.HalfStorage" },
        { "state of a tensor", Bytes(p => p.Tensor("HalfStorage", "0", 4, 0, [4], [1]).Op('}').Op('b')), "puts attributes onto what isn't a dictionary, a parameter or a plain value" },
        { "foreign reference", Bytes(p => p.Op('(').Text("module").Global("torch", "HalfStorage").Text("0").Text("cpu").Number(4).Op('t').Op('Q')), "refers to a module: the file holds a whole program object" },
        { "unknown reference", Bytes(p => p.Op('(').Text("file").Global("torch", "HalfStorage").Text("0").Text("cpu").Number(4).Op('t').Op('Q')), "isn't a storage" },
        { "negative storage", Model(p => p.Tensor("HalfStorage", "0", -4, 0, [4], [1])), "isn't a storage" },
        { "negative extent", Model(p => p.Tensor("HalfStorage", "0", 4, 0, [-4], [1])), "isn't a number of elements" },
        { "negative offset", Model(p => p.Tensor("HalfStorage", "0", 4, -1, [4], [1])), "starts at -1" },
        { "unequal strides", Model(p => p.Tensor("HalfStorage", "0", 4, 0, [4], [1, 1])), "1 extents and 2 strides" },
        { "missing storage", Model(p => p.Tensor("HalfStorage", "7", 4, 0, [4], [1])), "tensor embed_out.weight: its elements should be in archive/data/7, which isn't there" },
        { "storage of another length", Model(p => p.Tensor("HalfStorage", "0", 5, 0, [4], [1])), "its storage has 8 bytes where 5 elements of torch.float16 are announced" },
        { "path as a key", Model(p => p.Tensor("HalfStorage", "../data.pkl", 4, 0, [4], [1])), "which isn't there" },
        { "beyond the storage", Model(p => p.Tensor("HalfStorage", "0", 4, 1, [4], [1])), "with shape [4] reaches beyond the 4 elements of its storage" },
        { "giant extents", Model(p => p.Tensor("HalfStorage", "0", 4, 0, [long.MaxValue, long.MaxValue], [long.MaxValue, long.MaxValue])), "reaches beyond the 4 elements" },
        { "product that wraps to nothing", Model(p => p.Tensor("HalfStorage", "0", 4, 0, [1L << 32, 1L << 32], [1L << 32, 1L << 31])), "reaches beyond the 4 elements" },
        { "sum that wraps to nothing", Model(p => p.Tensor("HalfStorage", "0", 4, 0, [.. Enumerable.Repeat(long.MaxValue, 16)], [.. Enumerable.Repeat(long.MaxValue, 16)])), "reaches beyond the 4 elements" },
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

        Assert.Contains("has none of the model's tensors", Refusal(pickle), StringComparison.Ordinal);
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

        Assert.Contains("has none of the model's tensors", Refusal(pickle.Op('s').Op('.')), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_DeeplyNestedPickle_DoesNotOverflowTheStack()
    {
        var pickle = new PickleWriter().Op('}').Text("x").Op(')');
        for (var i = 0; i < 500_000; i++)
        {
            pickle.Raw(0x85);
        }

        Assert.Contains("has none of the model's tensors", Refusal(pickle.Op('s').Op('.')), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_EndlessPickle_StopsAtALimit() =>
        Assert.Contains("has more than 1048576 instructions", Refusal(new PickleWriter().Raw([.. Enumerable.Repeat((byte)'N', 2_000_000)])), StringComparison.Ordinal);

    [Fact]
    public void Open_ListThatIsMadeADictionaryAgainAndAgain_StopsAtALimit()
    {
        // A thousand pairs once, and then a dictionary of them in every four bytes.
        var pickle = new PickleWriter().Global("collections", "OrderedDict").Raw((byte)'q', 0).Op('0').Op(']').Op('(');
        for (var i = 0; i < 1000; i++)
        {
            pickle.Op(']').Op('(').Text($"k{i}").Op('N').Op('e');
        }

        pickle.Op('e').Raw(0x85).Raw((byte)'q', 1);
        for (var i = 0; i < 100_000; i++)
        {
            pickle.Raw((byte)'h', 0).Raw((byte)'h', 1).Op('R').Op('0');
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("has more than 1048576 instructions", Refusal(pickle), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256 << 20);
    }

    [Theory]
    [InlineData("CharStorage", null, "torch.int8")]
    [InlineData("LongStorage", null, "torch.int64")]
    [InlineData("ComplexFloatStorage", "neg", "torch.complex64 with elements yet to be negated or conjugated")]
    [InlineData("HalfStorage", "neg", "torch.float16 with elements yet to be negated or conjugated")]
    public void Open_WeightOfATypeThatIsNotRead_IsNamed(string type, string? mark, string described)
    {
        var pickle = new PickleWriter().OrderedDictionary().Text("embed_out.weight")
            .Global("torch._utils", "_rebuild_tensor_v2").Op('(').Storage(type, "0", 80).Number(0).Tuple(10, 8).Tuple(8, 1).Raw(0x89).OrderedDictionary();
        pickle = mark is null ? pickle : pickle.Op('}').Text(mark).Raw(0x88).Op('s');
        var size = TorchType.FindStorage("torch." + type)!.Size;
        using var folder = new TemporaryFolder();
        TorchFiles.UseConfig(folder);
        var weights = ModelSamples.Weights(ModelSamples.GptNeoX, seed: 1);
        TorchArchive.Write(folder["pytorch_model-1.bin"], TensorLayout.Of(ModelSamples.GptNeoX), weights, ElementKind.F16);
        TorchArchive.Write(folder["pytorch_model-2.bin"], pickle.Op('t').Op('R').Op('s').Op('.').ToArray(), [new byte[80 * size]]);
        var map = TensorLayout.Of(ModelSamples.GptNeoX).Select(spec => $"\"{spec.Name}\": \"pytorch_model-{(spec.Name == "embed_out.weight" ? 2 : 1)}.bin\"");
        File.WriteAllText(folder["pytorch_model.bin.index.json"], "{\"weight_map\": {" + string.Join(',', map) + "}}");

        Assert.Equal(
            $"{folder["pytorch_model-2.bin"]}: tensor embed_out.weight: is stored as {described}; F32, F16, BF16 and F64 can be read",
            Assert.Throws<InvalidInputException>(() => Checkpoint.Open(folder.Path)).Message);
    }

    [Fact]
    public void Open_CompressedEntries_AreRefusedWithoutBeingExpanded()
    {
        using var folder = new TemporaryFolder();
        TorchFiles.UseConfig(folder);
        TorchArchive.Write(folder["pytorch_model.bin"], Bytes(p => p.Op('}').Op('.')), [new byte[1 << 20]], CompressionLevel.Optimal);

        Assert.Contains("is compressed, which torch.save never does", Assert.Throws<InvalidInputException>(() => Checkpoint.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoZipFile_SaysWhatItIs()
    {
        Assert.Contains("isn't a file of torch.save", RefusalOfFile("<!DOCTYPE html>"u8), StringComparison.Ordinal);
        Assert.Contains("isn't a file of torch.save", RefusalOfFile([]), StringComparison.Ordinal);
        Assert.Contains("is pickled in protocol 0 or 1", RefusalOfFile("L119547037146038801333356L\n."u8), StringComparison.Ordinal);
        Assert.Contains("is a TAR file", RefusalOfFile([.. new byte[257], .. "ustar\000"u8]), StringComparison.Ordinal);
        Assert.Contains("fetch it with git lfs pull", RefusalOfFile("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"u8), StringComparison.Ordinal);
        Assert.Contains("has no directory at its end; the file is cut short", RefusalOfFile("PK\u0003\u0004 and no more"u8), StringComparison.Ordinal);

        static string RefusalOfFile(ReadOnlySpan<byte> bytes)
        {
            using var folder = new TemporaryFolder();
            TorchFiles.UseConfig(folder);
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
        TorchFiles.UseConfig(folder);
        TorchArchive.Write(folder["pytorch_model.bin"], pickle, [Encoding.UTF8.GetBytes("8 bytes.")]);
        var message = Assert.Throws<InvalidInputException>(() => Checkpoint.Open(folder.Path)).Message;
        Assert.StartsWith(folder.Path, message, StringComparison.Ordinal);
        return message;
    }
}
