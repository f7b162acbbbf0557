using System.Security.Cryptography;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tests.Checkpoints;

namespace CircuitGrid.Models.Tests.Files;

/// <summary>A file that comes in pieces is there whole or not at all.</summary>
public sealed class PartialFileTests
{
    [Fact]
    public void Place_OfAWholeFile_LeavesItAlone()
    {
        using var folder = new TemporaryFolder();
        var bytes = Bytes(3_000_000);
        var final = folder["blobs/whole"];
        using (var file = PartialFile.Create(final, folder["blobs/whole.part"], bytes.Length, ContentDigest.Sha256()))
        {
            for (var at = 0; at < bytes.Length; at += 700_000)
            {
                file.Append(bytes.AsSpan(at, Math.Min(700_000, bytes.Length - at)));
                Assert.Equal(Math.Min(at + 700_000, bytes.Length), file.Length);
            }

            Assert.False(File.Exists(final));
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), file.Finish());
            file.Place();
        }

        Assert.Equal(bytes, File.ReadAllBytes(final));
        Assert.Equal([final], Directory.GetFiles(folder["blobs"]));
    }

    [Fact]
    public void Dispose_OfOneThatIsNotPlaced_LeavesNothing()
    {
        using var folder = new TemporaryFolder();
        using (var file = PartialFile.Create(folder["x"], folder["x.part"], 10, ContentDigest.Sha256()))
        {
            file.Append(Bytes(10));
            file.Finish();
            Assert.True(File.Exists(file.Path));
        }

        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Restart_ForgetsWhatCameBefore()
    {
        using var folder = new TemporaryFolder();
        var bytes = Bytes(2_000_000);
        using (var file = PartialFile.Create(folder["x"], folder["x.part"], bytes.Length, ContentDigest.GitBlob(bytes.Length)))
        {
            file.Append(bytes.AsSpan(1_500_000));
            file.Restart();
            Assert.Equal(0, file.Length);
            file.Append(bytes);
            Assert.Equal(GitDigest(bytes), file.Finish());
            file.Place();
        }

        Assert.Equal(bytes, File.ReadAllBytes(folder["x"]));
    }

    [Fact]
    public void Append_OfMoreThanTheFileHas_IsAnError()
    {
        using var folder = new TemporaryFolder();
        using var file = PartialFile.Create(folder["x"], folder["x.part"], 10, ContentDigest.Sha256());
        file.Append(Bytes(9));
        Assert.Throws<InvalidInputException>(() => file.Append(Bytes(2)));
        Assert.Equal(9, file.Length);
        Assert.Throws<InvalidOperationException>(file.Finish);
    }

    [Fact]
    public void Create_WhereThereIsNoRoom_NamesWhatIsNeededAndWhatIsThere()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<DiskFullException>(() => PartialFile.Create(folder["x"], folder["x.part"], 1L << 60, ContentDigest.Sha256()));
        Assert.Matches(@"^needs 1152921504606846976 bytes, where its disk has room for [1-9]\d+; free some space and run again$", error.Reason);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Append_WhereTheDiskFillsUp_NamesWhatIsNeededAndLeavesNothing()
    {
        using var disk = SmallDisk.Mount(8 << 20);
        using (var file = PartialFile.Create(disk["x"], disk["x.part"], 6 << 20, ContentDigest.Sha256()))
        {
            file.Append(Bytes(2 << 20));
            disk.Fill();
            var error = Assert.Throws<DiskFullException>(() => file.Append(Bytes(4 << 20)));
            Assert.Equal(disk["x"], error.Input);
            Assert.Matches(@"^needs 6291456 bytes, where its disk has room for \d+; free some space and run again$", error.Reason);
        }

        Assert.Equal([disk["filler"]], Directory.GetFiles(disk.Path));
    }

    /// <summary>git hash-object says the same: of nothing, and of "what is up, doc?" in Git's own manual.</summary>
    [Theory]
    [InlineData("", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")]
    [InlineData("what is up, doc?", "bd9dbf5aae1a3862dd1526723246b20206e5fc37")]
    public void GitBlob_IsGitsNameOfAFile(string text, string expected)
    {
        using var digest = ContentDigest.GitBlob(text.Length);
        digest.Append(System.Text.Encoding.ASCII.GetBytes(text));
        Assert.Equal(expected, digest.Finish());
    }

    private static string GitDigest(byte[] bytes)
    {
#pragma warning disable CA5350 // Git's names of files are SHA-1.
        return Convert.ToHexStringLower(SHA1.HashData([.. System.Text.Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]));
#pragma warning restore CA5350
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(7).NextBytes(bytes);
        return bytes;
    }
}
