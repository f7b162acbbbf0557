using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tests.Checkpoints;

namespace CircuitGrid.Models.Tests.Files;

public sealed class FileStatusTests
{
    [Fact]
    public void Of_EveryKindOfFile_SaysWhichItIs_WithoutOpeningIt()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "abc");
        File.CreateSymbolicLink(folder["link"], folder["file"]);
        File.CreateSymbolicLink(folder["dangling"], folder["nothing"]);
        Fifo.Make(folder["pipe"]);
        File.CreateSymbolicLink(folder["link to pipe"], folder["pipe"]);

        Assert.Equal((FileKind.Plain, 3), (FileStatus.Of(folder["file"])!.Kind, FileStatus.Of(folder["file"])!.Length));
        Assert.Equal(FileStatus.Of(folder["file"]), FileStatus.Of(folder["link"]));
        Assert.Null(FileStatus.Of(folder["dangling"]));
        Assert.Null(FileStatus.Of(folder["nothing"]));
        Assert.Null(FileStatus.Of(Path.Combine(folder["file"], "below a file")));
        Assert.Equal(FileKind.Folder, FileStatus.Of(folder.Path)!.Kind);
        Assert.Equal(FileKind.Pipe, FileStatus.Of(folder["pipe"])!.Kind);
        Assert.Equal(FileKind.Pipe, FileStatus.Of(folder["link to pipe"])!.Kind);
        Assert.Equal(FileKind.Device, FileStatus.Of("/dev/null")!.Kind);
    }

    [Fact]
    public void Stamp_OtherBytesOfTheSameLengthAndTime_IsAnother()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "abc");
        var time = File.GetLastWriteTimeUtc(folder["file"]);
        var before = FileStatus.Of(folder["file"])!;

        // The clock of the file system ticks every few milliseconds.
        Thread.Sleep(20);
        File.WriteAllText(folder["file"], "xyz");
        File.SetLastWriteTimeUtc(folder["file"], time);
        var rewritten = FileStatus.Of(folder["file"])!;

        File.WriteAllText(folder["other"], "xyz");
        File.SetLastWriteTimeUtc(folder["other"], time);
        File.Move(folder["other"], folder["file"], overwrite: true);
        var replaced = FileStatus.Of(folder["file"])!;

        Assert.Equal((before.Length, before.Modified), (rewritten.Length, rewritten.Modified));
        Assert.NotEqual(before.Stamp, rewritten.Stamp);
        Assert.NotEqual(rewritten.Inode, replaced.Inode);
        Assert.NotEqual(rewritten.Stamp, replaced.Stamp);
        Assert.Equal(replaced.Stamp, FileStatus.Of(folder["file"])!.Stamp);
        Assert.True(replaced.LastTouched > replaced.Modified);
    }

    [Fact]
    public void Stamp_TargetOfALinkReplaced_IsAnother()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["first"], "abc");
        File.WriteAllText(folder["second"], "xyz");
        File.SetLastWriteTimeUtc(folder["second"], File.GetLastWriteTimeUtc(folder["first"]));
        File.CreateSymbolicLink(folder["link"], folder["first"]);
        var before = FileStatus.Of(folder["link"])!.Stamp;

        File.Delete(folder["link"]);
        File.CreateSymbolicLink(folder["link"], folder["second"]);

        Assert.NotEqual(before, FileStatus.Of(folder["link"])!.Stamp);
    }

    [Theory]
    [InlineData("")]
    [InlineData("config.json\0.txt")]
    public void Of_WhatIsNoPath_IsAnError(string path) => Assert.Throws<InvalidInputException>(() => FileStatus.Of(path));
}
