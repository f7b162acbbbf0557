using System.Buffers.Binary;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.Experiments.Tests.Grid;

/// <summary>A checkpoint whose bytes change without its names, lengths and times showing it, held against the digest of the bytes themselves.</summary>
public sealed class LinkedCheckpointTests : IDisposable
{
    private static readonly DateTime Written = new(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc);

    private readonly FakeSuite files = new();
    private readonly SqliteCellStore store;
    private readonly string folder;

    public LinkedCheckpointTests()
    {
        store = SqliteCellStore.Open(files.StorePath);
        folder = files.CheckpointFolder("tiny", 1);
        TinyModel.Write(folder, seed: 3);
    }

    /// <summary>Nobody can set a file's change time, so that it is the clock that has to be later.</summary>
    private static LocalGridOptions Later
    {
        get
        {
            var time = new ManualTime();
            time.Advance(DateTimeOffset.UtcNow.AddHours(1) - time.GetUtcNow());
            return new() { Time = time };
        }
    }

    private string Weights => Path.Combine(folder, "model.safetensors");

    public void Dispose()
    {
        store.Dispose();
        files.Dispose();
    }

    [Fact]
    public async Task Weights_ReplacedBehindALink_AreSeen()
    {
        // as in a hub's snapshot: every file of the folder is a link into blobs
        var blobs = Directory.CreateDirectory(Path.Combine(files.Root, "blobs")).FullName;
        foreach (var file in Directory.GetFiles(folder))
        {
            var blob = Path.Combine(blobs, Path.GetFileName(file));
            File.Move(file, blob);
            File.CreateSymbolicLink(file, blob);
        }

        var target = Path.Combine(blobs, "model.safetensors");
        await ChangesAsync(() => Change(target));
        await ChangesAsync(() =>
        {
            var other = Path.Combine(blobs, "other");
            File.Copy(target, other);
            Change(other);
            File.Move(other, target, overwrite: true);
        });
        await ChangesAsync(() =>
        {
            var other = Path.Combine(blobs, "another");
            File.Copy(target, other);
            Change(other);
            File.Delete(Weights);
            File.CreateSymbolicLink(Weights, other);
        });
    }

    [Fact]
    public Task Weights_OfTheSameSizeAndTime_AreSeen() => ChangesAsync(() => Change(Weights));

    [Fact]
    public Task Weights_OfTheSameSizeAndTimeInAnotherFile_AreSeen() => ChangesAsync(() =>
    {
        var other = Path.Combine(files.Root, "other");
        File.Copy(Weights, other);
        Change(other);
        File.Move(other, Weights, overwrite: true);
    });

    [Fact]
    public void StateOf_LinkToNothing_IsNoWholeCheckpoint()
    {
        var source = new FileExperimentSource();
        Assert.NotNull(source.StateOf(folder));
        var link = Path.Combine(folder, "generation_config.json");
        File.CreateSymbolicLink(link, Path.Combine(files.Root, "not yet downloaded"));
        Assert.Null(source.StateOf(folder));
        File.WriteAllText(Path.Combine(files.Root, "not yet downloaded"), "{}");
        Assert.NotNull(source.StateOf(folder));
    }

    [Fact]
    public async Task Pairs_OfTheSameSizeAndTime_AreReadAgain()
    {
        var pairs = Path.Combine(files.Root, "pairs.jsonl");
        var spec = FakeSuite.Experiment(files.Folder) with { Tasks = [new TaskSpec("own") { Pairs = pairs }] };
        Write(2);
        var source = new FileExperimentSource();
        var before = await KeyAsync(source, spec);
        Write(3);
        Assert.NotEqual(before, await KeyAsync(source, spec));

        void Write(int token)
        {
            // in a new file, because two writes may fall within one tick of the file system's clock
            var next = pairs + ".next";
            File.WriteAllText(next, string.Join('\n', Enumerable.Range(4, 4).Select(i => $$"""{"clean": [{{i}}, {{token}}], "corrupted": [1, {{token}}], "correct": [9], "incorrect": [8]}""")));
            File.SetLastWriteTimeUtc(next, Written);
            File.Move(next, pairs, overwrite: true);
        }
    }

    /// <summary>Asserts that a plan knows what was done to the weights, although an earlier one noted their digest.</summary>
    private async Task ChangesAsync(Action change)
    {
        var spec = FakeSuite.Experiment(files.Folder) with { Tasks = [new TaskSpec("own") { Pairs = PairsFile() }] };
        var analyzer = CellAnalyzer.OnCpu();
        File.SetLastWriteTimeUtc(Weights, Written);
        var before = (await PlanAsync()).Cells.Single().Fingerprint!.ModelDigest;
        Assert.Equal(before, analyzer.Examine(folder, [], default).Digest);
        Assert.NotNull(await store.FindDigestAsync($"{Environment.MachineName}:{folder}", new FileExperimentSource().StateOf(folder)!.Text));
        change();
        var after = (await PlanAsync()).Cells.Single().Fingerprint!.ModelDigest;
        Assert.NotEqual(before, after);
        Assert.Equal(after, analyzer.Examine(folder, [], default).Digest);

        Task<GridPlan> PlanAsync() => new LocalGrid(store, store, analyzer, new FileExperimentSource(), Later).PlanAsync(spec);
    }

    private async Task<CellKey> KeyAsync(FileExperimentSource source, ExperimentSpec spec)
    {
        var analyzer = CellAnalyzer.OnCpu();
        return (await new LocalGrid(store, store, analyzer, source, Later).PlanAsync(spec)).Cells.Single().Fingerprint!.Key;
    }

    private string PairsFile()
    {
        var path = Path.Combine(files.Root, "own.jsonl");
        File.WriteAllText(path, string.Join('\n', Enumerable.Range(4, 4).Select(i => $$"""{"clean": [{{i}}, 2], "corrupted": [1, 2], "correct": [9], "incorrect": [8]}""")));
        return path;
    }

    /// <summary>Writes another number over a file's last one and sets its time back.</summary>
    private static void Change(string path)
    {
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite))
        {
            var bytes = new byte[sizeof(float)];
            file.Seek(-bytes.Length, SeekOrigin.End);
            file.ReadExactly(bytes);
            BinaryPrimitives.WriteSingleLittleEndian(bytes, BinaryPrimitives.ReadSingleLittleEndian(bytes) + 1);
            file.Seek(-bytes.Length, SeekOrigin.End);
            file.Write(bytes);
        }

        File.SetLastWriteTimeUtc(path, Written);
    }
}
