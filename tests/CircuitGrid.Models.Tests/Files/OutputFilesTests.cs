using System.Runtime.Versioning;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tests.Checkpoints;

namespace CircuitGrid.Models.Tests.Files;

public sealed class OutputFilesTests
{
    [Fact]
    public void Write_ThroughALink_ReplacesTheFileThatItLeadsTo()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["data"]);
        File.WriteAllText(folder["data/file"], "old");
        File.CreateSymbolicLink(folder["link"], "data/file");
        File.CreateSymbolicLink(folder["link to link"], folder["link"]);
        File.CreateSymbolicLink(folder["new"], "data/not there yet");

        Write(folder["link to link"], "new");
        Write(folder["new"], "first");

        Assert.Equal("new", File.ReadAllText(folder["data/file"]));
        Assert.Equal("first", File.ReadAllText(folder["data/not there yet"]));
        Assert.Equal("data/file", new FileInfo(folder["link"]).LinkTarget);
        Assert.Equal("data/not there yet", new FileInfo(folder["new"]).LinkTarget);
        Assert.Equal(["file", "not there yet"], Directory.GetFiles(folder["data"]).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Write_Pipe_IsWrittenThroughAndStaysAPipe()
    {
        using var folder = new TemporaryFolder();
        Fifo.Make(folder["pipe"]);
        var reading = Task.Run(() => File.ReadAllText(folder["pipe"]));

        using var stop = new CancellationTokenSource();
        OutputFile.Write(folder["pipe"], stream => stream.Write("through"u8), stop.Token);

        Assert.Equal("through", await reading);
        Assert.Equal(FileKind.Pipe, FileStatus.Of(folder["pipe"])!.Kind);
    }

    [Fact]
    public async Task Write_PipeThatNobodyReads_EndsWhenItIsToldTo()
    {
        using var folder = new TemporaryFolder();
        Fifo.Make(folder["pipe"]);
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(() => OutputFile.Write(folder["pipe"], stream => stream.Write("x"u8), stop.Token));
        await Task.Delay(100);
        Assert.False(writing.IsCompleted);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
    }

    [Fact]
    public void Write_PipeWithoutAWayToStop_IsRefused()
    {
        using var folder = new TemporaryFolder();
        Fifo.Make(folder["pipe"]);
        Assert.EndsWith("is a pipe, where only a plain file can be written", Assert.Throws<InvalidInputException>(() => Write(folder["pipe"], "x")).Message, StringComparison.Ordinal);
    }

    /// <summary>A path means what it means to the operating system: what stands behind a link, and its parent.</summary>
    [Fact]
    public void Write_ParentOfALinkedFolder_IsThatOfItsTarget()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["q/r"]);
        Directory.CreateSymbolicLink(folder["link"], folder["q/r"]);
        Write(folder["link/../file"], "new");
        Assert.Equal("new", File.ReadAllText(folder["q/file"]));
        Assert.False(File.Exists(folder["file"]));
    }

    [Fact]
    public void Write_NameThatIsNotUtf8_IsRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("isn't UTF-8", Assert.Throws<InvalidInputException>(() => Write(folder["by\uFFFDtes/file"], "x")).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    /// <summary>The note about renaming is a file of its own, whatever stood there before.</summary>
    [Fact]
    public void Commit_LinkOfTheNotesName_IsNotWrittenThrough()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["precious"], "kept");
        File.CreateSymbolicLink(folder["circuitgrid-unfinished.txt"], folder["precious"]);
        using var files = new OutputSet();
        files.Add(folder["a"], stream => stream.Write("a"u8));
        files.Add(folder["b"], stream => stream.Write("b"u8));
        files.Commit();
        Assert.Equal("kept", File.ReadAllText(folder["precious"]));
    }

    [Fact]
    public void Write_Devices_AreWrittenThrough()
    {
        Write("/dev/null", "x");
        Assert.Equal(FileKind.Device, FileStatus.Of("/dev/null")!.Kind);
        Assert.StartsWith("/dev/full: can't be written: ", Assert.Throws<DiskFullException>(() => Write("/dev/full", "x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_WhereNoFileCanBe_SaysWhy()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");
        File.CreateSymbolicLink(folder["a"], folder["b"]);
        File.CreateSymbolicLink(folder["b"], folder["a"]);

        Assert.EndsWith("is a folder; name a file to write", Assert.Throws<InvalidInputException>(() => Write(folder.Path, "")).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidInputException>(() => Write(folder["a"], ""));
        Assert.Throws<InvalidInputException>(() => Write(Path.Combine(folder["file"], "below"), ""));
        Assert.Throws<InvalidInputException>(() => OutputFile.Prepare(Path.Combine(folder["file"], "below")));
    }

    /// <summary>Many writers of one path at a time: each succeeds, and whoever looks sees one of their files, whole.</summary>
    [Fact]
    public async Task Write_SeveralWriters_NeverShowAPartAndNeverDisturbEachOther()
    {
        using var folder = new TemporaryFolder();
        var texts = Enumerable.Range(0, 8).Select(i => new string((char)('a' + i), 200_000 + i)).ToArray();
        Write(folder["file"], texts[0]);
        using var stop = new CancellationTokenSource();
        var looking = Task.Run(() =>
        {
            var seen = 0;
            do
            {
                Assert.Contains(File.ReadAllText(folder["file"]), texts);
                seen++;
            }
            while (!stop.IsCancellationRequested);

            return seen;
        });

        Parallel.For(0, 200, i => Write(folder["file"], texts[i % texts.Length]));

        await stop.CancelAsync();
        Assert.True(await looking > 0);
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Write_FileWithRights_KeepsThem()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "secret");
        foreach (var mode in (UnixFileMode[])[UnixFileMode.UserRead | UnixFileMode.UserWrite, (UnixFileMode)Convert.ToInt32("666", 8), (UnixFileMode)Convert.ToInt32("2664", 8)])
        {
            File.SetUnixFileMode(folder["file"], mode);
            Write(folder["file"], "secret too");
            Assert.Equal(mode, File.GetUnixFileMode(folder["file"]));
        }
    }

    [Fact]
    public void Set_OneFileFails_LeavesAllAsTheyWere()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a"], "old a");
        File.WriteAllText(folder["b"], "old b");

        Assert.Throws<InvalidInputException>(() =>
        {
            using var files = new OutputSet();
            files.Add(folder["a"], stream => stream.Write("new a"u8));
            files.Add(folder["b"], _ => throw new IOException("No space left on device"));
            files.Commit();
        });

        Assert.Equal(("old a", "old b"), (File.ReadAllText(folder["a"]), File.ReadAllText(folder["b"])));
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Path).Length);
    }

    [Fact]
    public void Commit_DeviceIsFull_LeavesTheFilesAsTheyWere()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a"], "old");
        File.CreateSymbolicLink(folder["full"], "/dev/full");
        using var files = new OutputSet();
        files.Add(folder["a"], stream => stream.Write("new"u8));
        files.Add(folder["full"], stream => stream.Write("new"u8));

        Assert.Throws<DiskFullException>(() => files.Commit());

        Assert.Equal("old", File.ReadAllText(folder["a"]));
    }

    /// <summary>A folder that comes into a file's place after it was looked at can't be renamed over: some files are in their places then, and others not.</summary>
    [Fact]
    public void Commit_RenamingFailsInBetween_SaysWhichFilesAreNew()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["a", "b", "c"])
        {
            File.WriteAllText(folder[name], "old");
        }

        using (var files = new OutputSet())
        {
            foreach (var name in (string[])["a", "b", "c"])
            {
                files.Add(folder[name], stream => stream.Write("new"u8));
            }

            File.Delete(folder["b"]);
            Directory.CreateDirectory(folder["b/full"]);

            var error = Assert.Throws<InvalidInputException>(() => files.Commit());
            Assert.Contains("New are a; as before are b, c", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(("new", "old"), (File.ReadAllText(folder["a"]), File.ReadAllText(folder["c"])));
        var note = File.ReadAllText(folder["circuitgrid-unfinished.txt"]);
        Assert.All((string[])["a", "b", "c"], name => Assert.Contains(folder[name], note, StringComparison.Ordinal));

        Directory.Delete(folder["b"], recursive: true);
        using var again = new OutputSet();
        again.Add(folder["a"], stream => stream.Write("whole"u8));
        again.Add(folder["b"], stream => stream.Write("whole"u8));
        again.Commit();
        Assert.Equal(["a", "b", "c"], Directory.GetFileSystemEntries(folder.Path).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Add_TheSameFileUnderTwoNames_IsRefused()
    {
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder["link"], folder["file"]);
        using var files = new OutputSet();
        files.Add(folder["file"], stream => stream.Write("x"u8));
        Assert.Contains("written twice", Assert.Throws<InvalidInputException>(() => files.Add(folder["link"], stream => stream.Write("y"u8))).Message, StringComparison.Ordinal);
    }

    private static void Write(string path, string text) => OutputFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
