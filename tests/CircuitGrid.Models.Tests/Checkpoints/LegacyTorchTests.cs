using System.Buffers.Binary;
using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>Files of torch before 1.6 that aren't what they should be.</summary>
public sealed class LegacyTorchTests : IDisposable
{
    private static readonly byte[] s_magic = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    private readonly TemporaryFolder _folder = new();

    public LegacyTorchTests() => TorchFiles.UseConfig(_folder);

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, byte[], string> Faults { get; } = new()
    {
        { "another number", [.. s_magic[..^2], 0x18, (byte)'.', .. Facts()], "isn't a file of torch.save: it starts with another pickle than torch's magic number" },
        { "another pickle", new PickleWriter().Op('}').Op('.').ToArray(), "isn't a file of torch.save: it starts with another pickle" },
        { "another version", [.. s_magic, .. Pickle(p => p.Number(1000))], "is of another version of torch's older form than 1001, which can be read" },
        { "big-endian", [.. s_magic, .. Pickle(p => p.Number(1001)), .. Pickle(p => p.Op('}').Text("little_endian").Raw(0x89).Op('s'))], "isn't little-endian" },
        { "no facts about the machine", [.. s_magic, .. Pickle(p => p.Number(1001)), .. Pickle(p => p.Op('}'))], "isn't little-endian" },
        { "no dictionary", File(p => p.Number(1), []), "doesn't hold a dictionary of tensors" },
        { "no keys", [.. Header(), .. Tensor("a", 4), .. Pickle(p => p.Op('}'))], "has no list of storages behind its tensors" },
        { "no end", [.. Header(), 0x80, 2, (byte)'}'], "the pickle ends in the middle of an instruction" },
        { "key of nothing", File(Tensor("a", 4), ["a", "b"], (4, 8), (4, 8)), "has a storage b that no tensor refers to" },
        { "key twice", File(Tensor("a", 4), ["a", "a"], (4, 8), (4, 8)), "storage a: is there twice" },
        { "key that is a number", [.. Header(), .. Tensor("a", 4), .. Pickle(p => p.Op(']').Number(7).Op('a'))], "has a storage without a name that no tensor refers to" },
        { "key missing", File(Tensor("a", 4), []), "tensor embed_out.weight: its elements should be in storage a, which isn't there" },
        { "another count", File(Tensor("a", 4), ["a"], (5, 8)), "storage a: has 5 elements where 4 elements of torch.float16 are announced" },
        { "negative count", File(Tensor("a", 4), ["a"], (-1, 8)), "storage a: has -1 elements where 4 elements" },
        { "count beyond measure", File(Tensor("a", long.MaxValue), ["a"], (long.MaxValue, 8)), "storage a: has 9223372036854775807 elements of torch.float16 from byte" },
        { "no count", File(Tensor("a", 4), ["a"]), "it is cut short" },
        { "bytes missing", File(Tensor("a", 4), ["a"], (4, 7)), "storage a: has 4 elements of torch.float16 from byte" },
        { "bytes at the end", File(Tensor("a", 4), ["a"], (4, 9)), "has 1 bytes behind its last storage; something was added at the end" },
        { "beyond the storage", File(Tensor("a", 4, extent: 5), ["a"], (4, 8)), "with shape [5] reaches beyond the 4 elements of its storage" },
        { "one storage of two types", File(p => Add(Add(p.OrderedDictionary(), "embed_out.weight", "HalfStorage", "a", 4), "embed_in.weight", "FloatStorage", "a", 2), ["a"], (4, 8)), "tensor embed_in.weight: its storage a has 4 elements of torch.float16 where 2 elements of torch.float32 are announced" },
        { "beyond a view of the storage", File(p => p.OrderedDictionary().Text("embed_out.weight").Global("torch._utils", "_rebuild_tensor").Op('(')
            .Op('(').Text("storage").Global("torch", "HalfStorage").Text("a").Text("cpu").Number(8).Op('(').Text("v").Number(2).Number(3).Op('t').Op('t').Op('Q')
            .Number(0).Tuple(4).Tuple(1).Op('t').Op('R').Op('s'), ["a"], (8, 16)), "with shape [4] reaches beyond the 3 elements of its storage" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Open_FileWithAFault_SaysWhich(string what, byte[] bytes, string reason)
    {
        System.IO.File.WriteAllBytes(_folder["pytorch_model.bin"], bytes);

        var message = Assert.Throws<InvalidInputException>(() => Checkpoint.Open(_folder.Path)).Message;

        Assert.StartsWith(_folder["pytorch_model.bin"], message, StringComparison.Ordinal);
        Assert.True(message.Contains(reason, StringComparison.Ordinal), $"{what}: {message}");
    }

    [Fact]
    public void IsComplete_FileGrowingByteByByte_OnlyAtItsEnd()
    {
        var bytes = System.IO.File.ReadAllBytes(TorchFiles.PathOf("legacy-half.bin"));
        using (var file = new FileStream(_folder["pytorch_model.bin"], FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
        {
            foreach (var value in bytes)
            {
                Assert.False(CheckpointFolder.IsComplete(_folder.Path, out var reason));
                Assert.StartsWith(_folder["pytorch_model.bin"], reason, StringComparison.Ordinal);
                file.WriteByte(value);
                file.Flush();
            }
        }

        Assert.True(CheckpointFolder.IsComplete(_folder.Path, out _));
    }

    [Fact]
    public void Open_PickleLongerThanAnyOfTensors_IsNotReadToItsEnd()
    {
        // A text of 64 MiB, most of it a hole in the file.
        using (var file = System.IO.File.Create(_folder["pytorch_model.bin"]))
        {
            file.Write([.. Header(), 0x80, 2, (byte)'X', 0, 0, 0, 4]);
            file.SetLength(80 << 20);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var message = Assert.Throws<InvalidInputException>(() => Checkpoint.Open(_folder.Path)).Message;

        Assert.Contains("the pickle is longer than the 16777216 bytes that are read of it", message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    private static byte[] Pickle(Func<PickleWriter, PickleWriter> write) => write(new PickleWriter()).Op('.').ToArray();

    private static byte[] Header() => [.. s_magic, .. Facts()];

    /// <summary>What follows the magic number: the version and facts about the machine.</summary>
    private static byte[] Facts() => [.. Pickle(p => p.Number(1001)), .. Pickle(p => p.Op('}').Text("little_endian").Raw(0x88).Op('s'))];

    private static byte[] Tensor(string key, long length, long? extent = null) => Pickle(p => Add(p.OrderedDictionary(), "embed_out.weight", "HalfStorage", key, length, extent));

    private static PickleWriter Add(PickleWriter pickle, string name, string type, string key, long length, long? extent = null) =>
        pickle.Text(name).Tensor(type, key, length, 0, [extent ?? length], [1]).Op('s');

    private static byte[] File(Func<PickleWriter, PickleWriter> root, string[] keys, params (long Count, int Bytes)[] storages) => File(Pickle(root), keys, storages);

    private static byte[] File(byte[] root, string[] keys, params (long Count, int Bytes)[] storages)
    {
        var bytes = new List<byte>([.. Header(), .. root]);
        bytes.AddRange(Pickle(p =>
        {
            p.Op(']').Op('(');
            foreach (var key in keys)
            {
                p.Text(key);
            }

            return p.Op('e');
        }));
        foreach (var (count, length) in storages)
        {
            var prefix = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(prefix, count);
            bytes.AddRange([.. prefix, .. new byte[length]]);
        }

        return [.. bytes];
    }
}
