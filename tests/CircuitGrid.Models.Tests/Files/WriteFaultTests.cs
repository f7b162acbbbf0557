using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tests.Files;

/// <summary>What the file system really says when it has no room, and what it says otherwise.</summary>
public sealed class WriteFaultTests
{
    [Fact]
    public void Of_DeviceThatIsAlwaysFull_IsADiskFull()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "This system has no /dev/full.");
        var e = Assert.ThrowsAny<IOException>(() =>
        {
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write);
            full.Write(new byte[10]);
            full.Flush();
        });
        Assert.True(WriteFault.IsOne(e));
        Assert.Equal("out.json: can't be written: the disk is full; free some space and run again", Assert.IsType<DiskFullException>(WriteFault.Of("out.json", e)).Message);
    }

    [Fact]
    public void Of_FileSystemThatFillsUp_IsADiskFull()
    {
        using var disk = SmallDisk.Mount(1 << 16);
        var path = Path.Combine(disk.Path, "file");
        var e = Assert.ThrowsAny<IOException>(() => File.WriteAllBytes(path, new byte[1 << 20]));
        Assert.IsType<DiskFullException>(WriteFault.Of(path, e));
        Assert.Equal(path, WriteFault.Of(path, e).Input);
    }

    [Fact]
    public void IsDiskFull_WrappedInAnything_IsSeen()
    {
        Exception full = new IOException("No space left on device", OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28);
        foreach (var e in new[] { full, new InvalidInputException("f", "can't be written", full), new AggregateException(new TimeoutException(), new InvalidOperationException("x", full)), new DiskFullException("f") })
        {
            Assert.True(WriteFault.IsDiskFull(e));
        }

        foreach (var e in new Exception[] { new IOException("x"), new InvalidInputException("f", "x"), new FileNotFoundException(), new InvalidOperationException("x") { HResult = 28 } })
        {
            Assert.False(WriteFault.IsDiskFull(e));
        }
    }

    [Fact]
    public void Of_OtherFaults_SayWhichOne()
    {
        using var folder = new Checkpoints.TemporaryFolder();
        Assert.Equal($"{folder.Path}: is a folder; name a file to write", Fault(folder.Path));
        Assert.Equal($"{folder["no/file"]}: can't be written: its folder doesn't exist", Fault(folder["no/file"]));
        var said = new InvalidInputException("x", "y");
        Assert.Same(said, WriteFault.Of("z", said));

        static string Fault(string path)
        {
            var e = Assert.ThrowsAny<Exception>(() => File.WriteAllText(path, "x"));
            Assert.True(WriteFault.IsOne(e));
            return Assert.IsType<InvalidInputException>(WriteFault.Of(path, e)).Message;
        }
    }
}
