using System.Diagnostics;
using CircuitGrid.Client.Output;

namespace CircuitGrid.Client.Tests.Terminal;

/// <summary>Commands that messages name, read by a real shell.</summary>
public sealed class CommandHintTests
{
    [Theory]
    [InlineData("'circuitgrid run experiment.yaml'", "experiment.yaml")]
    [InlineData("'circuitgrid run /a/b-c_d.1@%+=:,e'", "/a/b-c_d.1@%+=:,e")]
    [InlineData("circuitgrid run 'a path'", "a path")]
    [InlineData("circuitgrid run 'it'\\''s'", "it's")]
    [InlineData("circuitgrid run ''", "")]
    public void Of_APath_IsQuotedWhereItHasTo(string expected, string path) => Assert.Equal(expected, CommandHint.Of("run", path));

    [Fact]
    public async Task Of_AnyWords_AreTheShellsWords()
    {
        string[] words =
        [
            "$(touch forged)", "`touch forged`", "a;touch forged", "a&touch forged", "a|touch forged", ">forged", "a b  c", "", "'", "''", "'\"'", "\\", "a\\'b", "*", "?", "[a]", "~", "#", "!x",
            "{a,b}", "$HOME", "größer", "a\nb", "\t", "-n", "--x=y z",
        ];
        Assert.SkipUnless(File.Exists("/bin/sh"), "There is no /bin/sh.");
        var hint = CommandHint.Of(["run", .. words]);
        Assert.Equal((string[])["circuitgrid", "run", .. words], await ReadAsync(hint));
        foreach (var word in words)
        {
            Assert.Equal((string[])["circuitgrid", "run", word], await ReadAsync(CommandHint.Of("run", word)));
        }

        Assert.False(File.Exists("forged"));
    }

    /// <summary>What a shell makes of a hint, without the quotation marks of a plain one.</summary>
    private static async Task<string[]> ReadAsync(string hint)
    {
        var command = hint.StartsWith('\'') ? hint.Trim('\'') : hint;
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"printf '%s\\0' {command}"]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        return output[..^1].Split('\0');
    }
}
