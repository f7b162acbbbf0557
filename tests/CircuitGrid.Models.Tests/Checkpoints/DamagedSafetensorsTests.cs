using System.Text.Json.Nodes;
using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>Every kind of damage gives an error that names the file, the tensor and the reason.</summary>
public sealed class DamagedSafetensorsTests : IDisposable
{
    private const string Norm = "gpt_neox.final_layer_norm.bias";
    private const string Unembedding = "embed_out.weight";

    private readonly TemporaryFolder _folder = new();

    public DamagedSafetensorsTests() => ModelSamples.Write(_folder.Path, ModelSamples.GptNeoX, seed: 9);

    private string WeightsPath => _folder["model.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, "is 0 bytes long, too short for a safetensors file")]
    [InlineData(7, "is 7 bytes long, too short for a safetensors file")]
    [InlineData(8, "but only 0 follow; the file is cut short")]
    [InlineData(300, "but only 292 follow; the file is cut short")]
    public void Open_FileCutInItsHeader_SaysSo(int length, string reason)
    {
        Rewrite(bytes => bytes[..length]);

        AssertRefused(WeightsPath, reason);
    }

    [Fact]
    public void Open_FileCutInItsData_SaysHowMuchIsThere()
    {
        var (_, data) = RawSafetensors.Split(File.ReadAllBytes(WeightsPath));
        Rewrite(bytes => bytes[..^100]);

        AssertRefused(WeightsPath, $"its header describes {data.Length} bytes of tensors, but {data.Length - 100} follow it; the file is cut short");
    }

    [Fact]
    public void Open_BytesAtTheEnd_AreRefused()
    {
        Rewrite(bytes => [.. bytes, 0]);

        AssertRefused(WeightsPath, "something was added at the end");
    }

    [Fact]
    public void Open_HeaderLengthBeyondMeasure_IsRefusedWithoutAllocatingIt()
    {
        Rewrite(bytes => [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, .. bytes[8..]]);
        AssertRefused(WeightsPath, "its header says it is 9223372036854775807 bytes long");

        Rewrite(bytes => [0x00, 0x00, 0x00, 0x05, 0, 0, 0, 0, .. bytes[8..]]);
        AssertRefused(WeightsPath, "its header says it is 83886080 bytes long, but only");
    }

    [Theory]
    [InlineData("", "its header isn't valid JSON")]
    [InlineData("[]", "its header has StartArray where StartObject should be, at byte 0")]
    [InlineData("{} {}", "its header isn't valid JSON")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "tensor a: stands in the header twice")]
    [InlineData("{\"a\":[1]}", "tensor a: its header has StartArray where StartObject should be")]
    [InlineData("{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", "tensor a: its header entry lacks dtype")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"offsets\":[0,4]}}", "tensor a: its header entry has an unknown or repeated key, offsets")]
    [InlineData("{\"a\":{\"dtype\":\"F31\",\"shape\":[1],\"data_offsets\":[0,4]}}", "tensor a: has unknown dtype F31")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", "tensor a: shape must be an array of at most 16 non-negative integers")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", "tensor a: shape must be an array")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", "tensor a: data_offsets [4, 0] must be a start and an end not before it")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", "tensor a: data_offsets [0] must be")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", "tensor a: shape [2] of F32 doesn't fill the 4 bytes that data_offsets give it")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}}", "doesn't fill the 4 bytes")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}", "tensor b: starts at byte 2 of the data, inside another tensor; it should start at 4")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}", "tensor b: starts at byte 8 of the data, after a hole; it should start at 4")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,9223372036854775808]}}", "tensor a: data_offsets must be an array")]
    [InlineData("{\"\\ud800\":{}}", "its header isn't valid JSON")]
    [InlineData("{\"a\\nb\":{}}", "tensor a\\u000ab: its header entry lacks dtype")]
    public void Open_HeaderThatIsWrong_NamesTheTensor(string header, string reason)
    {
        Rewrite(_ => RawSafetensors.Join(header, new byte[4]));

        AssertRefused(WeightsPath, reason);
    }

    [Fact]
    public void Open_TensorThatIsMissing_IsNamed()
    {
        Edit((header, data) =>
        {
            header.Remove(Norm);
            header["gpt_neox.final_layer_norm.bais"] = Entry("F32", [8], data.Length, data.Length + 32);
            return [.. data, .. new byte[32]];
        }, repack: Norm);

        AssertRefused(_folder.Path, $"tensor {Norm}: is missing from the weights");
    }

    [Fact]
    public void Open_TensorTheModelDoesNotHave_IsNamed()
    {
        Edit((header, data) =>
        {
            header["gpt_neox.layers.2.input_layernorm.weight"] = Entry("F32", [8], data.Length, data.Length + 32);
            return [.. data, .. new byte[32]];
        });

        AssertRefused(WeightsPath, "tensor gpt_neox.layers.2.input_layernorm.weight: isn't part of the 2-layer GptNeoX model that config.json describes");
    }

    [Fact]
    public void Open_TensorUnderBothItsNames_IsRefused()
    {
        Edit((header, data) =>
        {
            header["final_layer_norm.bias"] = Entry("F32", [8], data.Length, data.Length + 32);
            return [.. data, .. new byte[32]];
        });

        AssertRefused(WeightsPath, $"tensor final_layer_norm.bias: is there twice, also as {Norm}");
    }

    [Fact]
    public void Open_AnotherShape_NamesBoth()
    {
        Edit((header, data) =>
        {
            header[Unembedding]!["shape"] = new JsonArray(8, 10);
            return data;
        });

        AssertRefused(WeightsPath, $"tensor {Unembedding}: has shape [8, 10]; config.json calls for [10, 8]");
    }

    [Fact]
    public void Open_AnotherType_IsNamed()
    {
        Edit((header, data) =>
        {
            header[Unembedding]!["dtype"] = "I32";
            return data;
        });

        AssertRefused(WeightsPath, $"tensor {Unembedding}: is stored as I32; F32, F16, BF16 and F64 can be read");
    }

    [Fact]
    public void Open_MasksAndTables_AreLeftOut()
    {
        using var expected = Checkpoint.Open(_folder.Path);
        var digest = expected.Digest;
        Edit((header, data) =>
        {
            header["gpt_neox.layers.0.attention.bias"] = Entry("U8", [1, 1, 2, 2], data.Length, data.Length + 4);
            header["gpt_neox.layers.1.attention.masked_bias"] = Entry("F32", [], data.Length + 4, data.Length + 8);
            header["gpt_neox.layers.1.attention.rotary_emb.inv_freq"] = Entry("F32", [1], data.Length + 8, data.Length + 12);
            return [.. data, .. new byte[12]];
        });

        using var checkpoint = Checkpoint.Open(_folder.Path);

        Assert.Equal(expected.Tensors.Select(t => t.Name), checkpoint.Tensors.Select(t => t.Name));
        Assert.Equal(digest, checkpoint.Digest);
    }

    [Theory]
    [InlineData("F64", 8)]
    [InlineData("C64", 8)]
    [InlineData("BOOL", 1)]
    [InlineData("I8", 1)]
    [InlineData("U16", 2)]
    [InlineData("I64", 8)]
    [InlineData("F8_E8M0", 1)]
    [InlineData("F8_E4M3FNUZ", 1)]
    [InlineData("F8_E5M2FNUZ", 1)]
    public void Open_MaskOfAnyType_IsLeftOut(string type, int size)
    {
        Edit((header, data) =>
        {
            header["gpt_neox.layers.0.attention.bias"] = Entry(type, [1, 3], data.Length, data.Length + (3 * size));
            return [.. data, .. new byte[3 * size]];
        });

        using var checkpoint = Checkpoint.Open(_folder.Path);
        Assert.False(checkpoint.Contains("layers.0.attention.bias"));
    }

    [Theory]
    [InlineData("F4", 4)]
    [InlineData("F6_E2M3", 6)]
    [InlineData("F6_E3M2", 6)]
    public void Open_MaskOfLessThanAByteAnElement_MustFillItsBytes(string type, int bits)
    {
        Edit((header, data) =>
        {
            header["gpt_neox.layers.0.attention.bias"] = Entry(type, [2, 4], data.Length, data.Length + bits);
            return [.. data, .. new byte[bits]];
        });
        Checkpoint.Open(_folder.Path).Dispose();

        Edit((header, data) =>
        {
            header["gpt_neox.layers.0.attention.bias"]!["shape"] = new JsonArray(2, 5);
            return data;
        });
        AssertRefused(WeightsPath, $"tensor gpt_neox.layers.0.attention.bias: shape [2, 5] of {type} doesn't fill the {bits} bytes that data_offsets give it");
    }

    [Fact]
    public void Open_TiedUnembeddingThatIsStoredAllTheSame_MustBeTheEmbedding()
    {
        ModelSamples.Write(_folder.Path, ModelSamples.Gpt2, seed: 9, ElementKind.F16);
        byte[] embedding = [];
        Edit((header, data) =>
        {
            embedding = data[..(2 * 80)];
            Assert.Equal(0, (int)header["transformer.wte.weight"]!["data_offsets"]![0]!);
            header["lm_head.weight"] = Entry("F16", [10, 8], data.Length, data.Length + embedding.Length);
            return [.. data, .. embedding];
        });
        using (var checkpoint = Checkpoint.Open(_folder.Path))
        {
            Assert.False(checkpoint.Contains("lm_head.weight"));
        }

        Edit((_, data) => [.. data[..^1], (byte)(data[^1] ^ 1)]);

        AssertRefused(WeightsPath, "tensor lm_head.weight: differs from transformer.wte.weight, although config.json says they are tied; if they aren't, set tie_word_embeddings to false");
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.NegativeInfinity, "infinite")]
    public void Read_ValueThatIsNotFinite_IsNamedByItsPlace(float value, string what)
    {
        Edit((header, data) =>
        {
            var start = (int)header[Unembedding]!["data_offsets"]![0]!;
            BitConverter.TryWriteBytes(data.AsSpan(start + (4 * ((3 * 8) + 5))), value);
            var norm = (int)header[Norm]!["data_offsets"]![0]!;
            BitConverter.TryWriteBytes(data.AsSpan(norm + (4 * 6)), value);
            return data;
        });
        using var checkpoint = Checkpoint.Open(_folder.Path);

        Assert.Contains($"tensor {Unembedding}: element [3, 5] is {what}", Refusal(() => checkpoint.Read(Unembedding)), StringComparison.Ordinal);
        Assert.Contains($"tensor {Unembedding}: element [3, 5] is {what}", Refusal(() => checkpoint.ReadRows(Unembedding, 2, new float[32])), StringComparison.Ordinal);
        Assert.Contains($"tensor {Norm}: element [6] is {what}", Refusal(() => checkpoint.Read(Norm)), StringComparison.Ordinal);
        checkpoint.ReadRows(Unembedding, 4, new float[32]);
    }

    [Fact]
    public void Read_FileThatGotShorterSinceItWasOpened_IsAnError()
    {
        using var checkpoint = Checkpoint.Open(_folder.Path);
        using (var file = new FileStream(WeightsPath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(file.Length - 4);
        }

        Assert.Contains("it got shorter while it was being read", Refusal(() => checkpoint.Read(Unembedding)), StringComparison.Ordinal);
        Assert.Contains("it got shorter while it was being read", Refusal(() => checkpoint.ComputeDigest(CancellationToken.None)), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FileThatWasReplacedSinceItWasOpened_IsStillTheOldOne()
    {
        using var checkpoint = Checkpoint.Open(_folder.Path);
        var before = checkpoint.Read(Unembedding);

        ModelSamples.Write(_folder.Path, ModelSamples.GptNeoX, seed: 10);

        Assert.Equal(before, checkpoint.Read(Unembedding));
    }

    [Fact]
    public void Open_FolderWithoutWeightsOrConfig_SaysWhatIsMissing()
    {
        File.Delete(WeightsPath);
        AssertRefused(_folder.Path, "has no weights: neither model.safetensors nor pytorch_model.bin, whole or in shards with their index");

        File.Delete(_folder["config.json"]);
        AssertRefused(_folder["config.json"], "doesn't exist");

        Assert.EndsWith("is a file; a checkpoint is a folder", Refusal(() => Checkpoint.Open(typeof(Checkpoint).Assembly.Location)), StringComparison.Ordinal);
        Assert.EndsWith("doesn't exist", Refusal(() => Checkpoint.Open(_folder["nowhere"])), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ArgumentsThatDoNotFit_AreRefused()
    {
        using var checkpoint = Checkpoint.Open(_folder.Path);

        Assert.Throws<ArgumentException>(() => checkpoint.Read("no.such.tensor"));
        Assert.Throws<ArgumentException>(() => checkpoint.Read(Unembedding, new float[79]));
        Assert.Throws<ArgumentException>(() => checkpoint.ReadRows(Unembedding, 0, new float[9]));
        Assert.Throws<ArgumentOutOfRangeException>(() => checkpoint.ReadRows(Unembedding, 9, new float[16]));
        Assert.Throws<ArgumentOutOfRangeException>(() => checkpoint.ReadRows(Unembedding, -1, new float[16]));
    }

    private static JsonObject Entry(string type, int[] shape, long start, long end) => new()
    {
        ["dtype"] = type,
        ["shape"] = new JsonArray([.. shape.Select(extent => (JsonNode)extent)]),
        ["data_offsets"] = new JsonArray(start, end),
    };

    private static string Refusal(Action action) => Assert.Throws<InvalidInputException>(action).Message;

    private void AssertRefused(string file, string reason)
    {
        var message = Refusal(() => Checkpoint.Open(_folder.Path));
        Assert.StartsWith(file, message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private void Rewrite(Func<byte[], byte[]> edit)
    {
        var bytes = edit(File.ReadAllBytes(WeightsPath));
        File.Delete(WeightsPath);
        File.WriteAllBytes(WeightsPath, bytes);
    }

    /// <summary>Edits header and data; where a tensor was taken out, the hole is given to a mask that nobody reads.</summary>
    private void Edit(Func<JsonObject, byte[], byte[]> edit, string? repack = null) => RawSafetensors.Edit(WeightsPath, (header, data) =>
    {
        var hole = repack is null ? null : header[repack]!["data_offsets"]!.AsArray();
        if (hole is not null)
        {
            header["gpt_neox.layers.0.attention.bias"] = Entry("F32", [8], (long)hole[0]!, (long)hole[1]!);
        }

        return edit(header, data);
    });
}
