using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Models.Tests.Hub;

/// <summary>What is known of a checkpoint by its files' digests and headers.</summary>
public sealed class HubCheckpointTests : IDisposable
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly string cache = Directory.CreateTempSubdirectory("circuitgrid-hub-checkpoint").FullName;

    public void Dispose() => Directory.Delete(cache, recursive: true);

    [Theory]
    [InlineData("model.safetensors", "", WeightKind.Safetensors)]
    [InlineData("pytorch_model.bin", "", WeightKind.Torch)]
    [InlineData("model.safetensors pytorch_model.bin", "", WeightKind.Safetensors)]
    [InlineData("model.safetensors pytorch_model.bin", "model.safetensors", WeightKind.Torch)]
    [InlineData("model.safetensors pytorch_model.bin", "model.safetensors pytorch_model.bin", WeightKind.Safetensors)]
    [InlineData("model.safetensors pytorch_model.bin", "pytorch_model.bin", WeightKind.Safetensors)]
    [InlineData("model.safetensors model.safetensors.index.json", "", WeightKind.SafetensorsShards)]
    [InlineData("model.safetensors pytorch_model.bin.index.json", "", WeightKind.TorchShards)]
    [InlineData("model.safetensors", "model.safetensors", WeightKind.Safetensors)]
    public void Kind_OfSeveral_IsTheRevisionsOwn(string files, string ofMain, WeightKind expected)
    {
        var checkpoint = Of(files.Split(' ')) with { OfMain = [.. ofMain.Split(' ').Select(DigestOf)] };
        Assert.Equal(expected, checkpoint.Kind);
    }

    [Fact]
    public void Kind_OfNone_IsAnError() => Assert.Contains("no weights", Assert.Throws<InvalidInputException>(() => Of("config.json").Kind).Message, StringComparison.Ordinal);

    /// <summary>The hash by its definition, written out.</summary>
    [Fact]
    public void Content_OfFiles_IsOfNamesAndDigests()
    {
        var expected = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            $"circuitgrid files 1\nmodel.safetensors\0{DigestOf("model.safetensors")}\nconfig.json\0{DigestOf("config.json")}\n")));
        Assert.Equal(expected, Of("config.json", "model.safetensors", "README.md").ContentOf(WeightKind.Safetensors));
        Assert.Equal(expected, Of("config.json", "model.safetensors", "pytorch_model.bin").ContentOf(WeightKind.Safetensors));
    }

    [Fact]
    public void Shards_ThatTheRepositoryLacks_AreNamed()
    {
        var checkpoint = Of("config.json", "model.safetensors.index.json", "model-00001-of-00002.safetensors");
        Directory.CreateDirectory(checkpoint.Snapshot.Folder);
        File.WriteAllText(Path.Combine(checkpoint.Snapshot.Folder, "model.safetensors.index.json"), """{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}""");
        Assert.Contains("model-00002-of-00002.safetensors", Assert.Throws<InvalidInputException>(() => checkpoint.FilesOf(WeightKind.SafetensorsShards)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_OfARevision_HaveTheirOwnFiles()
    {
        var whole = Of("step-1/config.json", "step-1/model.safetensors", "step-1/deeper/model.safetensors", "config.json", "step-10/model.safetensors");
        var part = new HubCheckpoint(whole.Snapshot with { Part = "step-1" }, whole.Tree);
        Assert.Equal(["step-1/config.json", "step-1/model.safetensors"], part.Snapshot.FilesOf(whole.Tree).Select(f => f.Path));
        Assert.Equal("step-1/model.safetensors", Assert.Single(part.FilesOf(WeightKind.Safetensors)).Path);
        Assert.Empty(whole.Kinds);
    }

    /// <summary>Headers alone say what opening the whole file says: of the same model nothing, of another the same words.</summary>
    [Fact]
    public void Headers_OfAModel_AreHeldAgainstItsConfiguration()
    {
        var golden = Path.Combine(AppContext.BaseDirectory, "golden", "neox_tiny25");
        if (!Directory.Exists(golden))
        {
            golden = Golden();
        }

        var weights = File.ReadAllBytes(Path.Combine(golden, "model.safetensors"));
        var header = weights[..(8 + (int)BitConverter.ToUInt64(weights))];
        var config = CheckpointFolder.ReadConfig(golden);
        var checkpoint = Of(("config.json", 1), ("model.safetensors", weights.Length));
        Write(checkpoint, header);
        checkpoint.CheckHeaders(config, WeightKind.Safetensors);

        var wider = config with { Vocabulary = config.Vocabulary + 1 };
        var error = Assert.Throws<InvalidInputException>(() => checkpoint.CheckHeaders(wider, WeightKind.Safetensors));
        Assert.Contains("model.safetensors", error.Message, StringComparison.Ordinal);

        var cut = Of(("config.json", 1), ("model.safetensors", weights.Length - 1));
        Assert.Contains("cut short", Assert.Throws<InvalidInputException>(() => cut.CheckHeaders(config, WeightKind.Safetensors)).Message, StringComparison.Ordinal);
    }

    private static string Golden()
    {
        for (var at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
        {
            if (Directory.Exists(Path.Combine(at, "tests", "golden", "neox_tiny25")))
            {
                return Path.Combine(at, "tests", "golden", "neox_tiny25");
            }
        }

        throw new DirectoryNotFoundException("tests/golden");
    }

    private static void Write(HubCheckpoint checkpoint, byte[] header)
    {
        var path = checkpoint.Snapshot.Repository.Header(DigestOf("model.safetensors"));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, header);
    }

    private static string DigestOf(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    private HubCheckpoint Of(params string[] files) => Of([.. files.Select(f => (f, 10L))]);

    private HubCheckpoint Of(params (string Path, long Size)[] files) => new(
        new(new(cache, "org/name"), Commit),
        new("test", files.Select(f => new HubFile(f.Path, f.Size, Commit, DigestOf(f.Path)))));
}
