using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>
/// Damaged files of every kind: what comes of each is the model it was, or an <see cref="InvalidInputException"/> of one line, with little memory
/// taken on the way. Where the damage can't have reached a value, the values must be the old ones too.
/// </summary>
public sealed class CheckpointFuzzTests : IDisposable
{
    // A few hundred times the files' own sizes, and far below what any number in them could ask for.
    private const long MaxAllocatedBytes = 4 << 20;

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, float[]> _weights = ModelSamples.Weights(ModelSamples.GptNeoX, seed: 20);
    private int _accepted;
    private int _refused;

    public CheckpointFuzzTests()
    {
        CheckpointWriter.Write(_folder.Path, ModelSamples.GptNeoX, _weights, ElementKind.F16);

        // Whatever is set up once is not the fault of the first damaged file.
        Open(_folder.Path, checkValues: true);
        _accepted = 0;
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_DamagedSafetensors_IsTheModelOrAnError()
    {
        var path = _folder["model.safetensors"];
        var bytes = File.ReadAllBytes(path);
        Run(seed: 1, count: 2500, mutator =>
        {
            Replace(path, mutator.Damage(bytes));
            Open(_folder.Path, checkValues: false);
        });
    }

    [Fact]
    public void Open_DamagedSafetensorsHeader_IsTheModelOrAnError()
    {
        var path = _folder["model.safetensors"];
        var (header, data) = RawSafetensors.Split(File.ReadAllBytes(path));
        var json = header.ToJsonString();
        Run(seed: 2, count: 2500, mutator =>
        {
            Replace(path, RawSafetensors.Join(mutator.DamageJson(json), data));
            Open(_folder.Path, checkValues: true);
        });
    }

    [Fact]
    public void Open_DamagedTorchFile_IsTheModelOrAnError()
    {
        File.Delete(_folder["model.safetensors"]);
        var path = _folder["pytorch_model.bin"];
        TorchArchive.Write(path, TensorLayout.Of(ModelSamples.GptNeoX), _weights, ElementKind.F16);
        var bytes = File.ReadAllBytes(path);
        Run(seed: 3, count: 2500, mutator =>
        {
            Replace(path, mutator.Damage(bytes));

            // Checksums cover the pickle and the elements.
            Open(_folder.Path, checkValues: true);
        });
    }

    [Fact]
    public void Open_TorchFileOfADamagedPickle_IsTheModelOrAnError()
    {
        File.Delete(_folder["model.safetensors"]);
        var (pickle, storages) = TorchArchive.Make(TensorLayout.Of(ModelSamples.GptNeoX), _weights, ElementKind.F16, StorageOrder.Rows);
        var path = _folder["pytorch_model.bin"];
        Run(seed: 4, count: 1500, mutator =>
        {
            File.Delete(path);
            TorchArchive.Write(path, mutator.Damage(pickle), storages);
            Open(_folder.Path, checkValues: false);
        });
    }

    [Theory]
    [InlineData(8, "legacy-half.bin")]
    [InlineData(9, "legacy-protocol4.bin")]
    [InlineData(10, "older.bin")]
    public void Open_DamagedLegacyFile_IsTheModelOrAnError(int seed, string name)
    {
        File.Delete(_folder["model.safetensors"]);
        var path = _folder["pytorch_model.bin"];
        var bytes = File.ReadAllBytes(TorchFiles.PathOf(name));
        Run(seed, count: 600, mutator =>
        {
            Replace(path, mutator.Damage(bytes));
            Open(_folder.Path, checkValues: false);
        });
    }

    [Fact]
    public void Open_LegacyFileOfADamagedStart_IsTheModelOrAnError()
    {
        // Most of a file is elements; what describes them is to be hit each time.
        File.Delete(_folder["model.safetensors"]);
        var path = _folder["pytorch_model.bin"];
        var bytes = File.ReadAllBytes(TorchFiles.PathOf("older.bin"));
        var elements = bytes.Length - (4 * (int)TensorLayout.Of(ModelSamples.GptNeoX).Sum(spec => spec.Length));
        Run(seed: 11, count: 1000, mutator =>
        {
            Replace(path, [.. mutator.Damage(bytes[..elements]), .. bytes[elements..]]);
            Open(_folder.Path, checkValues: false);
        });
    }

    [Theory]
    [InlineData(12, "protocol4.bin")]
    [InlineData(13, "training.bin")]
    [InlineData(14, "training-protocol4.bin")]
    [InlineData(15, "newer.bin")]
    [InlineData(16, "strided.bin")]
    public void Open_DamagedPickleOfAnyForm_IsTheModelOrAnError(int seed, string name)
    {
        File.Delete(_folder["model.safetensors"]);
        var (pickle, storages) = TorchZip.Split(TorchFiles.PathOf(name));
        var path = _folder["pytorch_model.bin"];
        Run(seed, count: 600, mutator =>
        {
            File.Delete(path);
            TorchArchive.Write(path, mutator.Damage(pickle), storages);
            Open(_folder.Path, checkValues: false);
        });
    }

    [Fact]
    public void Open_DamagedIndex_IsTheModelOrAnError()
    {
        File.Delete(_folder["model.safetensors"]);
        ShardedCheckpoint.WriteSafetensors(_folder, ModelSamples.GptNeoX, _weights, ElementKind.F16, shards: 2);
        var path = _folder["model.safetensors.index.json"];
        var bytes = File.ReadAllBytes(path);
        Run(seed: 5, count: 1500, mutator =>
        {
            Replace(path, mutator.DamageJsonFile(bytes));
            Open(_folder.Path, checkValues: true);
        });
    }

    [Fact]
    public void Open_DamagedConfig_IsAModelOfTheSameShapesOrAnError()
    {
        var path = _folder["config.json"];
        var bytes = File.ReadAllBytes(path);
        Run(seed: 6, count: 2000, mutator =>
        {
            Replace(path, mutator.DamageJsonFile(bytes));
            Open(_folder.Path, checkValues: true);
        });
    }

    [Fact]
    public void Parse_DamagedSuiteFile_IsASuiteOrAnError()
    {
        var bytes = Encoding.UTF8.GetBytes("""
            {"name": "nano", "tokensPerStep": 1024, "models": [{"name": "nano-s", "parameters": 162000}, {"name": "nano-m", "parameters": 428000}]}
            """);

        // What the program reads once for all suites is no input's.
        Assert.Equal(2, SuiteFolder.Parse(_folder.Path, "suite.json", bytes).Models.Length);
        Run(seed: 7, count: 3000, mutator =>
        {
            var damaged = mutator.DamageJsonFile(bytes);
            Judge(() =>
            {
                var suite = SuiteFolder.Parse(_folder.Path, "suite.json", damaged);
                Assert.All(suite.Models, model => Assert.Equal(_folder.Path, Path.GetDirectoryName(Path.GetFullPath(model.Folder))));
                Assert.True(suite.TokensPerStep is null or > 0);
            });
        });
    }

    private static void Replace(string path, byte[] bytes)
    {
        // A fresh file, because truncating one in place makes some file systems wait for the disk.
        File.Delete(path);
        File.WriteAllBytes(path, bytes);
    }

    private void Run(int seed, int count, Action<Mutator> attempt)
    {
        var mutator = new Mutator(seed);
        for (var i = 0; i < count; i++)
        {
            attempt(mutator);
        }

        // Damage that is always or never noticed would test nothing.
        Assert.Equal(count, _accepted + _refused);
        Assert.True(_accepted > 0 && _refused > count / 4, $"{_accepted} accepted, {_refused} refused");
    }

    private void Open(string folder, bool checkValues) => Judge(() =>
    {
        using var checkpoint = Checkpoint.Open(folder);
        Assert.Equal(_weights.Count, checkpoint.Tensors.Length);
        foreach (var tensor in checkpoint.Tensors)
        {
            var values = checkpoint.Read(tensor.Name);
            Assert.Equal(_weights[TensorLayout.Canonical(Families.GptNeoX, tensor.Name)].Length, values.Length);
            if (checkValues)
            {
                Assert.True(values.AsSpan().SequenceEqual(_weights[tensor.Name]), tensor.Name);
            }
        }
    });

    private void Judge(Action attempt)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            attempt();
            _accepted++;
        }
        catch (InvalidInputException error)
        {
            Assert.DoesNotContain('\n', error.Message);
            Assert.True(error.Message.Length < 2000, error.Message);
            _refused++;
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxAllocatedBytes);
    }
}
