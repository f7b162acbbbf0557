using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tests.Checkpoints;

namespace CircuitGrid.Models.Tests.Files;

/// <summary>Files that several programs share: one holds a lock, and one file has several paths.</summary>
public sealed class SharedFileTests
{
    [Fact]
    public void Lock_HasOneHolder()
    {
        using var folder = new TemporaryFolder();
        var path = folder["locks/x.lock"];
        using (LockFile.TryTake(path)!)
        {
            Assert.Null(LockFile.TryTake(path));
            using var other = LockFile.TryTake(folder["locks/y.lock"]);
            Assert.NotNull(other);
        }

        using var again = LockFile.TryTake(path);
        Assert.NotNull(again);
        Assert.Equal(0, new FileInfo(path).Length);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(path).HasFlag(UnixFileMode.GroupWrite));
    }

    [Fact]
    public void Lock_WhereNoFileCanBe_IsAnError()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["x.lock"]);
        Assert.Throws<InvalidInputException>(() => LockFile.TryTake(folder["x.lock"]));
        File.WriteAllText(folder["file"], "");
        Assert.Throws<InvalidInputException>(() => LockFile.TryTake(folder["file/x.lock"]));
    }

    [Fact]
    public void Link_IsRelative_SoThatTheFolderCanMove()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["a/blobs"]);
        File.WriteAllText(folder["a/blobs/one"], "1");
        File.WriteAllText(folder["a/blobs/two"], "22");
        LinkedFile.Place(folder["a/deep/er/file"], folder["a/blobs/one"], copies: false);
        Assert.Equal("../../blobs/one", new FileInfo(folder["a/deep/er/file"]).LinkTarget);

        LinkedFile.Place(folder["a/deep/er/file"], folder["a/blobs/two"], copies: false);
        Directory.Move(folder["a"], folder["b"]);
        Assert.Equal("22", File.ReadAllText(folder["b/deep/er/file"]));
        Assert.Equal("1", File.ReadAllText(folder["b/blobs/one"]));
        Assert.Single(Directory.GetFiles(folder["b/deep/er"]));
    }

    [Fact]
    public void Copy_StandsOnItsOwn()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["one"], "1");
        LinkedFile.Place(folder["copy"], folder["one"], copies: true);
        File.Delete(folder["one"]);
        Assert.Equal("1", File.ReadAllText(folder["copy"]));
    }

    [Fact]
    public void Place_WhereNoFileCanBe_IsAnErrorAndLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["one"], "1");
        Directory.CreateDirectory(folder["taken"]);
        Assert.Throws<InvalidInputException>(() => LinkedFile.Place(folder["taken"], folder["one"], copies: false));
        Assert.Throws<InvalidInputException>(() => LinkedFile.Place(folder["one/x"], folder["one"], copies: false));
        Assert.Throws<InvalidInputException>(() => LinkedFile.Place(folder["copy"], folder["none"], copies: true));
        Assert.Equal([folder["one"]], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void ParseList_TakesAListAndNothingElse()
    {
        Assert.Equal([1L, 2], JsonInput.ParseList("list.json", "[1, 2]"u8).Select(item => item.AsInteger(0, 9)));
        var wrong = Assert.Throws<InvalidInputException>(() => JsonInput.ParseList("list.json", "{\"a\": []}"u8));
        Assert.Equal("list.json: is an object, not a JSON list", wrong.Message);
        var item = Assert.Throws<InvalidInputException>(() => JsonInput.ParseList("list.json", "[1, true]"u8).Sum(i => i.AsInteger(0, 9)));
        Assert.StartsWith("list.json: [1] is true or false", item.Message, StringComparison.Ordinal);
    }
}
