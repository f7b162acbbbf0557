using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tests.Checkpoints;

namespace CircuitGrid.Models.Tests.Files;

public sealed class InputFilesTests
{
    private const int Limit = 1 << 20;

    [Fact]
    public void Open_PipeOrDeviceOrFolder_IsRefusedWithoutWaiting()
    {
        using var folder = new TemporaryFolder();
        Fifo.Make(folder["pipe"]);
        File.CreateSymbolicLink(folder["link"], folder["pipe"]);

        Assert.Equal($"{folder["pipe"]}: is a pipe, not a plain file", Assert.Throws<InvalidInputException>(() => SourceFile.Open(folder["pipe"])).Message);
        Assert.Equal($"{folder["link"]}: is a pipe, not a plain file", Assert.Throws<InvalidInputException>(() => SourceFile.Open(folder["link"])).Message);
        Assert.Equal("/dev/zero: is a device, not a plain file", Assert.Throws<InvalidInputException>(() => SourceFile.ReadAll("/dev/zero", Limit)).Message);
        Assert.Equal($"{folder.Path}: is a folder, not a plain file", Assert.Throws<InvalidInputException>(() => InputBytes.Read(folder.Path, Limit, CancellationToken.None)).Message);
        Assert.Equal($"{folder["nothing"]}: doesn't exist", Assert.Throws<InvalidInputException>(() => InputBytes.Read(folder["nothing"], Limit, CancellationToken.None)).Message);
    }

    [Fact]
    public async Task Read_Pipe_GivesAllThatIsWrittenToIt()
    {
        using var folder = new TemporaryFolder();
        Fifo.Make(folder["pipe"]);
        var text = string.Concat(Enumerable.Range(0, 50_000).Select(i => $"{i}\n"));
        var writing = Task.Run(() => File.WriteAllText(folder["pipe"], text));

        var bytes = await Task.Run(() => InputBytes.Read(folder["pipe"], Limit, CancellationToken.None));
        await writing;

        Assert.Equal(text, Encoding.UTF8.GetString(bytes));
        Assert.Equal(bytes, InputBytes.Read(Saved(folder["file"], bytes), Limit, CancellationToken.None));
    }

    [Fact]
    public async Task Read_PipeThatNobodyWritesTo_EndsWhenItIsToldTo()
    {
        using var folder = new TemporaryFolder();
        Fifo.Make(folder["pipe"]);
        using var stop = new CancellationTokenSource();
        var reading = Task.Run(() => InputBytes.Read(folder["pipe"], Limit, stop.Token));
        await Task.Delay(100);
        Assert.False(reading.IsCompleted);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public void Read_EndlessDevice_StopsAtTheLimit() => Assert.Equal(
        "/dev/zero: goes on after 1048576 bytes; such an input has at most so many",
        Assert.Throws<InvalidInputException>(() => InputBytes.Read("/dev/zero", Limit, CancellationToken.None)).Message);

    private static string Saved(string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
