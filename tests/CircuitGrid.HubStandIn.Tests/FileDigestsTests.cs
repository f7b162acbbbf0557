using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using CircuitGrid.HubStandIn.Repositories;

namespace CircuitGrid.HubStandIn.Tests;

public sealed class FileDigestsTests
{
    [Theory]
    [InlineData("", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("hello\n", "ce013625030ba8dba906f756967f9e9ca394464a", "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03")]
    public void Of_KnownTexts_AreWhatGitAndSha256sumSay(string text, string gitOid, string sha256) =>
        Assert.Equal(new FileDigests(gitOid, sha256), FileDigests.Of(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Of_AFileOfSeveralReads_IsWhatGitSays()
    {
        var path = Path.GetTempFileName();
        try
        {
            var bytes = Hashes.Noise(200_001);
            File.WriteAllBytes(path, bytes);
            var digests = StandInFile.AtPath(path).Digests;
            Assert.Equal(Hashes.GitBlob(bytes), digests.GitOid);
            Assert.Equal(Hashes.Sha256(bytes), digests.Sha256);
            Assert.Equal(GitHashObject(path), digests.GitOid);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Patched_OverTheEdgeOfAPiece_ReadsAndHashesAsItsBytes()
    {
        var bytes = Hashes.Noise(150_000);
        var file = StandInFile.Of(bytes).Patched(65_534, [1, 2, 3, 4]);
        byte[] expected = [.. bytes[..65_534], 1, 2, 3, 4, .. bytes[65_538..]];

        Assert.Equal(Hashes.Sha256(expected), file.Digests.Sha256);
        using var stream = file.OpenRead();
        stream.Seek(65_536, SeekOrigin.Begin);
        Assert.Equal(3, stream.ReadByte());
        Assert.Equal(4, stream.ReadByte());
        Assert.Equal(expected[65_538], stream.ReadByte());
    }

    private static string GitHashObject(string path)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", ["hash-object", "--no-filters", path]) { UseShellExecute = false, RedirectStandardOutput = true })!;
            return git.StandardOutput.ReadToEnd().Trim();
        }
        catch (Win32Exception)
        {
            Assert.Skip("git isn't installed on this machine");
            throw;
        }
    }
}
