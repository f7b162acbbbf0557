using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Checkpoints.Prints;

namespace CircuitGrid.Models.Tests.Checkpoints.Prints;

public sealed class WeightPrintTests : IDisposable
{
    private const string Dense = "gpt_neox.layers.1.attention.dense.weight";
    private const string Bias = "gpt_neox.layers.1.attention.dense.bias";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ElementKind.F32)]
    [InlineData(ElementKind.F16)]
    [InlineData(ElementKind.BF16)]
    [InlineData(ElementKind.F64)]
    public void Examine_AnyKind_GivesTheDigestOfComputeDigest(ElementKind kind)
    {
        WriteTorch(ModelSamples.Weights(ModelSamples.GptNeoX, seed: 3), kind);
        using var checkpoint = Checkpoint.Open(_folder.Path);

        Assert.Equal(checkpoint.ComputeDigest(CancellationToken.None), checkpoint.Examine(CancellationToken.None).Digest);
    }

    [Fact]
    public void Print_SmallModel_IsWhatItsDefinitionDescribes()
    {
        var weights = ModelSamples.Write(_folder.Path, ModelSamples.Gpt2, seed: 2, ElementKind.BF16);
        var text = new StringBuilder(
            "circuitgrid numbers 1\narchitecture=Gpt2 layers=2 heads=2 width=8 mlp=12 vocabulary=10 context=16 epsilon=1E-05 activation=GeluTanh parallel=False tied=True rotary=0 base=0\n");

        var print = Printed.Of(_folder.Path);

        Assert.Equal(TensorLayout.Of(ModelSamples.Gpt2).Select(spec => spec.Name).Order(StringComparer.Ordinal), print.Tensors.Select(tensor => tensor.Name));
        foreach (var tensor in print.Tensors)
        {
            // Adding zero turns −0 into +0 and changes nothing else.
            var values = weights[tensor.Name].Select(value => value + 0f).ToArray();
            var digest = Convert.ToHexStringLower(SHA256.HashData(TorchArchive.Bytes(values, ElementKind.F32)));
            text.Append($"{tensor.Name} {string.Join('x', tensor.Shape)} {digest}\n");
            Assert.Equal(digest[..32], tensor.Digest);
            Assert.Equal("model.safetensors", tensor.File);
            Assert.Equal(Math.Sqrt(values.Sum(value => (double)value * value)), tensor.Norm, 1e-12);
            Assert.Equal((0, false), (tensor.NonFinite, tensor.IsZero));
        }

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))), print.Numbers);
    }

    [Fact]
    public void Print_EveryFormOfTheSameNumbers_IsTheSame()
    {
        var weights = ModelSamples.Weights(ModelSamples.GptNeoX, seed: 7);
        weights[Dense][5] = 0;
        var signed = weights.ToDictionary(entry => entry.Key, entry => entry.Value.ToArray(), StringComparer.Ordinal);
        signed[Dense][5] = -0f;
        var prints = new List<WeightPrint>();
        var digests = new HashSet<string>();
        foreach (var kind in Enum.GetValues<ElementKind>())
        {
            Add(folder => WriteTorch(weights, kind, folder));
            Add(folder => WriteTorch(signed, kind, folder));
        }

        Add(folder => CheckpointWriter.Write(folder.Path, ModelSamples.GptNeoX, weights, ElementKind.F32));
        Add(folder => ShardedCheckpoint.WriteSafetensors(folder, ModelSamples.GptNeoX, weights, ElementKind.F16, shards: 4));

        Assert.Single(prints.Select(print => print.Numbers).Distinct());
        Assert.Single(prints.Select(print => string.Join(' ', print.Tensors.Select(tensor => $"{tensor.Digest} {tensor.Norm:R} {string.Join(' ', tensor.Sample)}"))).Distinct());
        Assert.Equal(8, digests.Count);

        void Add(Action<TemporaryFolder> write)
        {
            using var folder = new TemporaryFolder();
            write(folder);
            using var checkpoint = Checkpoint.Open(folder.Path);
            var (digest, print) = checkpoint.Examine(CancellationToken.None);
            digests.Add(digest);
            prints.Add(print);
        }
    }

    [Fact]
    public void Print_AnyChangeOfANumber_ChangesItsTensorAndTheWhole()
    {
        var weights = ModelSamples.Weights(ModelSamples.GptNeoX, seed: 7);
        var before = Printed.Of(ModelSamples.GptNeoX, weights);
        weights[Bias][7] = MathF.BitIncrement(weights[Bias][7]);
        var after = Printed.Of(ModelSamples.GptNeoX, weights);

        Assert.NotEqual(before.Numbers, after.Numbers);
        Assert.Equal([Bias], before.Tensors.Zip(after.Tensors).Where(pair => pair.First.Digest != pair.Second.Digest).Select(pair => pair.First.Name));
        Assert.NotEqual(before.Numbers, Printed.Of(ModelSamples.GptNeoX with { ParallelResidual = false }, ModelSamples.Weights(ModelSamples.GptNeoX, seed: 7)).Numbers);
    }

    [Fact]
    public void Print_TensorReadInSeveralPieces_HasTheNumbersOfTheWhole()
    {
        // 400,000 elements by rows of 8: more than are read at once.
        var config = ModelSamples.GptNeoX with { Vocabulary = 50_000 };
        var weights = ModelSamples.Weights(config, seed: 4);
        var print = Printed.Of(config, weights);

        var embedding = print.Tensors.Single(tensor => tensor.Name == "gpt_neox.embed_in.weight");
        var values = weights[embedding.Name].Select(value => value + 0f).ToArray();
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(TorchArchive.Bytes(values, ElementKind.F32)))[..32], embedding.Digest);
        Assert.Equal(Math.Sqrt(values.Sum(value => (double)value * value)), embedding.Norm, 1e-9);

        // A sample is met in the same order: element i of 64 lies in the i-th 64th.
        Assert.Equal(64, embedding.Sample.Length);
        for (var i = 0; i < 64; i++)
        {
            Assert.Contains(embedding.Sample[i], values[(i * values.Length / 64)..((i + 1) * values.Length / 64)]);
        }
    }

    [Fact]
    public void Sample_IsSpreadOverEveryMatrixAtPlacesOfTheShapeAlone()
    {
        // Elements are their own indices, so that samples are places.
        var config = ModelSamples.GptNeoX with { Width = 32, MlpWidth = 64 };
        var weights = TensorLayout.Of(config).ToDictionary(spec => spec.Name, spec => Enumerable.Range(0, (int)spec.Length).Select(i => (float)i).ToArray(), StringComparer.Ordinal);
        var print = Printed.Of(config, weights);

        Assert.All(print.Tensors.Where(tensor => !tensor.IsMatrix), tensor => Assert.Empty(tensor.Sample));
        var matrices = print.Tensors.Where(tensor => tensor.IsMatrix).ToList();
        Assert.Equal(10, matrices.Count);
        foreach (var tensor in matrices)
        {
            var (rows, columns) = (tensor.Shape[0], tensor.Shape[1]);
            Assert.Equal(64, tensor.Sample.Distinct().Count());
            Assert.Equal(tensor.Sample.Order(), tensor.Sample);
            Assert.True(tensor.Sample.Select(place => (int)place / columns).Distinct().Count() >= Math.Min(rows, 64) * 0.6);
            Assert.True(tensor.Sample.Select(place => (int)place % columns).Distinct().Count() > columns / 2);
        }

        Assert.Single(matrices.Where(tensor => tensor.Name.Contains("attention.dense", StringComparison.Ordinal)).Select(tensor => string.Join(' ', tensor.Sample)).Distinct());
    }

    [Fact]
    public void Sample_OfManyMatrices_IsOfBoundedSize()
    {
        var config = ModelSamples.GptNeoX with { Layers = 40 };
        var print = Printed.OfSeed(config, seed: 1);

        var matrices = print.Tensors.Where(tensor => tensor.IsMatrix).ToList();
        Assert.Equal(162, matrices.Count);
        Assert.All(matrices, tensor => Assert.Equal(4096 / 162, tensor.Sample.Length));
        Assert.InRange(print.Encode().Length, 10_000, 60_000);
    }

    [Fact]
    public void Examine_ValuesThatAreNotFinite_AreCountedAndLeftOutOfNormAndSample()
    {
        var weights = ModelSamples.Weights(ModelSamples.GptNeoX, seed: 9);
        var (finite, bias) = (weights[Dense].ToArray(), weights[Bias][3]);
        (weights[Dense][0], weights[Dense][1], weights[Dense][2], weights[Bias][3]) = (float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.NaN);
        WriteTorch(weights, ElementKind.F16);

        var print = Printed.Of(_folder.Path);

        Assert.Equal([(Bias, 1L), (Dense, 3L)], print.Tensors.Where(tensor => tensor.NonFinite > 0).Select(tensor => (tensor.Name, tensor.NonFinite)));
        var dense = print.Tensors.Single(tensor => tensor.Name == Dense);
        Assert.Empty(dense.Sample);
        Assert.Equal(Math.Sqrt(finite.Skip(3).Sum(value => (double)value * value)), dense.Norm, 1e-12);

        // Distances are those of the other matrices.
        (weights[Dense], weights[Bias][3]) = (finite, bias);
        Assert.Equal(0, Continuity.Distance(print, Printed.Of(ModelSamples.GptNeoX, weights)));
        weights[Dense] = [.. finite.Select(value => -value)];
        Assert.Equal(0, Continuity.Distance(print, Printed.Of(ModelSamples.GptNeoX, weights)));
    }

    [Fact]
    public void Examine_NumberThatFloat32CannotHold_CountsAsInfinite()
    {
        var weights = ModelSamples.Weights(ModelSamples.GptNeoX, seed: 9);
        WriteTorch(weights, ElementKind.F64);
        Assert.Equal(0, Printed.Of(_folder.Path).Tensors.Sum(tensor => tensor.NonFinite));

        // 2⁷ becomes 2³⁷⁵ by the uppermost bits of its exponent.
        weights[Bias][3] = 128;
        var specs = TensorLayout.Of(ModelSamples.GptNeoX);
        var (pickle, storages) = TorchArchive.Make(specs, weights, ElementKind.F64, StorageOrder.Rows);
        storages[specs.Select(spec => spec.Name).ToList().IndexOf(Bias)][(3 * 8) + 7] = 0x57;
        TorchArchive.Write(_folder["pytorch_model.bin"], pickle, storages);
        Assert.Equal([(Bias, 1L)], Printed.Of(_folder.Path).Tensors.Where(tensor => tensor.NonFinite > 0).Select(tensor => (tensor.Name, tensor.NonFinite)));
    }

    [Fact]
    public void Examine_Cancelled_Stops()
    {
        ModelSamples.Write(_folder.Path, ModelSamples.GptNeoX, seed: 2);
        using var checkpoint = Checkpoint.Open(_folder.Path);

        Assert.Throws<OperationCanceledException>(() => checkpoint.Examine(new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Decode_OfAnyPrint_IsThePrint()
    {
        var prints = Printed.Nano("nano-3l").Select(placed => placed.Print).ToList();
        prints.Add(Printed.Of(WriteTorch(ModelSamples.Weights(ModelSamples.GptNeoX, seed: 3), ElementKind.F16)));
        ShardedCheckpoint.WriteSafetensors(_folder, ModelSamples.GptNeoX, ModelSamples.Weights(ModelSamples.GptNeoX, seed: 3), ElementKind.F16, shards: 4);
        prints.Add(Printed.Of(_folder.Path));
        Assert.Equal(4, prints[^1].Tensors.Select(tensor => tensor.File).Distinct().Count());

        foreach (var print in prints)
        {
            var bytes = print.Encode();
            var decoded = WeightPrint.Decode(bytes, "a print");

            Assert.Equal(print.Numbers, decoded.Numbers);
            Assert.Equal(print.Tensors.Length, decoded.Tensors.Length);
            foreach (var (expected, actual) in print.Tensors.Zip(decoded.Tensors))
            {
                Assert.Equal(expected with { Shape = [], Sample = [] }, actual with { Shape = [], Sample = [] });
                Assert.Equal(expected.Shape, actual.Shape);
                Assert.Equal(expected.Sample, actual.Sample);
            }

            Assert.Equal(bytes, decoded.Encode());
        }
    }

    [Fact]
    public void Decode_DamagedBytes_IsAnErrorOfOneLine()
    {
        var bytes = Printed.Nano("nano-2l")[3].Print.Encode();
        var mutator = new Mutator(seed: 21);
        for (var i = 0; i < 3000; i++)
        {
            var damaged = mutator.Damage(bytes);
            if (!damaged.AsSpan().SequenceEqual(bytes))
            {
                AssertRefused(damaged);
            }
        }

        foreach (var length in new[] { 0, 4, 12, 13, bytes.Length - 1 })
        {
            AssertRefused(bytes[..length]);
        }

        bytes[4]++;
        Assert.Contains("is of version 2; this program reads version 1", Assert.Throws<InvalidInputException>(() => WeightPrint.Decode(bytes, "note x")).Message, StringComparison.Ordinal);

        static void AssertRefused(byte[] damaged)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var message = Assert.Throws<InvalidInputException>(() => WeightPrint.Decode(damaged, "note x")).Message;
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
            Assert.StartsWith("note x: ", message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', message);
            Assert.False(WeightPrint.TryDecode(damaged, out var none));
            Assert.Null(none);
        }
    }

    private string WriteTorch(IReadOnlyDictionary<string, float[]> weights, ElementKind kind, TemporaryFolder? folder = null)
    {
        folder ??= _folder;
        using (var config = File.Create(folder["config.json"]))
        {
            ModelSamples.GptNeoX.Write(config, ElementKind.F32);
        }

        TorchArchive.Write(folder["pytorch_model.bin"], TensorLayout.Of(ModelSamples.GptNeoX), weights, kind);
        return folder.Path;
    }
}
