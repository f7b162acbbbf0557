using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Checkpoints;

public sealed class CheckpointDigestTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Digest_SmallModel_IsTheHashItsDefinitionDescribes()
    {
        var weights = ModelSamples.Write(_folder.Path, ModelSamples.Gpt2, seed: 2, ElementKind.BF16);
        using var stream = new MemoryStream();
        stream.Write(Encoding.UTF8.GetBytes("circuitgrid model 1\n"));
        stream.Write(Encoding.UTF8.GetBytes(
            "architecture=Gpt2 layers=2 heads=2 width=8 mlp=12 vocabulary=10 context=16 epsilon=1E-05 activation=GeluTanh parallel=False tied=True rotary=0 base=0\n"));
        foreach (var spec in TensorLayout.Of(ModelSamples.Gpt2).OrderBy(spec => spec.Name, StringComparer.Ordinal))
        {
            stream.Write(Encoding.UTF8.GetBytes($"{spec.Name} BF16 {string.Join('x', spec.Shape)}\n"));
            stream.Write(TorchArchive.Bytes(weights[spec.Name], ElementKind.BF16));
        }

        using var checkpoint = Checkpoint.Open(_folder.Path);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(stream.ToArray())), checkpoint.Digest);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Digest_OnlyZeros_IsNoneAndOneValueThatIsNotZeroMakesOne(int shards)
    {
        var weights = ModelSamples.Weights(ModelSamples.GptNeoX, seed: 7).ToDictionary(w => w.Key, w => new float[w.Value.Length], StringComparer.Ordinal);
        ShardedCheckpoint.WriteSafetensors(_folder, ModelSamples.GptNeoX, weights, ElementKind.F16, shards);
        using (var checkpoint = Checkpoint.Open(_folder.Path))
        {
            var error = Assert.Throws<UnwrittenWeightsException>(() => checkpoint.ComputeDigest(CancellationToken.None));
            Assert.Equal(checkpoint.Tensors.Select(t => t.File).Min(StringComparer.Ordinal), error.Input);
            Assert.Equal("every weight is zero: the file has its length, and nothing was written into it", error.Reason);
        }

        // the last value of the last tensor by name
        weights[weights.Keys.Max(StringComparer.Ordinal)!][^1] = 1;
        ShardedCheckpoint.WriteSafetensors(_folder, ModelSamples.GptNeoX, weights, ElementKind.F16, shards);
        Assert.Equal(64, Digest(_folder.Path).Length);
    }

    [Fact]
    public void Digest_EveryFormOfTheSameTensors_IsTheSame()
    {
        var weights = ModelSamples.Weights(ModelSamples.GptNeoX, seed: 7);
        var digests = new HashSet<string>();
        Add(folder => CheckpointWriter.Write(folder.Path, ModelSamples.GptNeoX, weights, ElementKind.F16));
        Add(folder => ShardedCheckpoint.WriteSafetensors(folder, ModelSamples.GptNeoX, weights, ElementKind.F16, shards: 1));
        Add(folder => ShardedCheckpoint.WriteSafetensors(folder, ModelSamples.GptNeoX, weights, ElementKind.F16, shards: 4));
        Add(folder => ShardedCheckpoint.WriteTorch(folder, ModelSamples.GptNeoX, weights, ElementKind.F16, shards: 2));
        Add(folder =>
        {
            // Another order and names without their prefix.
            CheckpointWriter.Write(folder.Path, ModelSamples.GptNeoX, weights, ElementKind.F16);
            var tensors = TensorLayout.Of(ModelSamples.GptNeoX).Reverse()
                .Select(spec => new TensorValues(spec.Name.Replace("gpt_neox.", "", StringComparison.Ordinal), spec.Shape, ElementKind.F16, weights[spec.Name]));
            SafetensorsWriter.Write(folder["model.safetensors"], tensors);
        });

        Assert.Single(digests);

        void Add(Action<TemporaryFolder> write)
        {
            using var folder = new TemporaryFolder();
            write(folder);
            digests.Add(Digest(folder.Path));
        }
    }

    [Fact]
    public void Digest_AnyChangeOfTheModel_ChangesIt()
    {
        var weights = ModelSamples.Weights(ModelSamples.GptNeoX, seed: 8);
        var digests = new HashSet<string>();
        Add(ModelSamples.GptNeoX, ElementKind.F16);
        Add(ModelSamples.GptNeoX, ElementKind.BF16);
        Add(ModelSamples.GptNeoX, ElementKind.F32);
        Add(ModelSamples.GptNeoX with { Heads = 1 }, ElementKind.F16);
        Add(ModelSamples.GptNeoX with { ParallelResidual = false }, ElementKind.F16);
        var bias = weights["gpt_neox.layers.1.attention.dense.bias"];
        bias[3] = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(bias[3]) ^ 0x80000000);
        Add(ModelSamples.GptNeoX, ElementKind.F16);
        (weights["gpt_neox.layers.0.attention.dense.bias"], weights["gpt_neox.layers.1.attention.dense.bias"]) = (bias, weights["gpt_neox.layers.0.attention.dense.bias"]);
        Add(ModelSamples.GptNeoX, ElementKind.F16);

        Assert.Equal(7, digests.Count);

        void Add(ModelConfig config, ElementKind kind)
        {
            using var folder = new TemporaryFolder();
            CheckpointWriter.Write(folder.Path, config, weights, kind);
            digests.Add(Digest(folder.Path));
        }
    }

    [Fact]
    public void ComputeDigest_Cancelled_Stops()
    {
        ModelSamples.Write(_folder.Path, ModelSamples.GptNeoX, seed: 2);
        using var checkpoint = Checkpoint.Open(_folder.Path);

        Assert.Throws<OperationCanceledException>(() => checkpoint.ComputeDigest(new CancellationToken(canceled: true)));
    }

    private static string Digest(string folder)
    {
        using var checkpoint = Checkpoint.Open(folder);
        return checkpoint.Digest;
    }
}
