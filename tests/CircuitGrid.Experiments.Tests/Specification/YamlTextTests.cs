using System.Diagnostics;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Experiments.Tests.Specification;

/// <summary>An experiment's text is read whole or not at all, wherever it comes from.</summary>
public sealed class YamlTextTests : IDisposable
{
    private const string Yaml = "suite: nano\ntasks: [ioi]\n";

    private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-yaml-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>YAML 1.2, production 1 (c-printable): what isn't in it is in no YAML text, at no place.</summary>
    [Fact]
    public void Parse_EveryCharacterOfTheBasicPlane_IsInTheTextOrAnError()
    {
        foreach (var c in Enumerable.Range(0, 0x10000))
        {
            var isPrintable = c is 0x9 or 0xA or 0xD or (>= 0x20 and <= 0x7E) or 0x85 or (>= 0xA0 and <= 0xD7FF) or (>= 0xE000 and <= 0xFFFD);
            var text = $"# one\nsuite: nano\n# {(char)c}\ntasks: [ioi]\nheads: true\n";
            if (isPrintable)
            {
                // a line end of any kind lets the comment's next line be part of the document
                Assert.True(ExperimentSpec.Parse(text, "e", "/").Heads, $"U+{c:X4}");
            }
            else
            {
                Assert.Equal($"e: line 3: holds the character U+{c:X4}, which no YAML text has", Assert.Throws<InvalidInputException>(() => ExperimentSpec.Parse(text, "e", "/")).Message);
            }
        }

        Assert.Equal("𝄞", ExperimentSpec.Parse("name: 𝄞\n" + Yaml, "e", "/").Name);
    }

    [Theory]
    [InlineData("\n", 3)]
    [InlineData("\r\n", 3)]
    [InlineData("\r", 3)]
    public void Parse_ANulAfterLineEndsOfAnyKind_IsNamedWithItsLine(string end, int line) =>
        Assert.StartsWith($"e: line {line}: ", Assert.Throws<InvalidInputException>(() => ExperimentSpec.Parse($"suite: nano{end}tasks: [ioi]{end}\0", "e", "/")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(new byte[] { 0xE9 }, "0xe9")]
    [InlineData(new byte[] { 0xC3 }, "0xc3")]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, "0xed")]
    [InlineData(new byte[] { 0xC0, 0x80 }, "0xc0")]
    public void Load_BytesThatArentUtf8_AreNamedWithTheirLine(byte[] bytes, string shown)
    {
        var path = Write([.. Encoding.UTF8.GetBytes(Yaml + "name: caf"), .. bytes, .. "\nheads: true"u8]);
        Assert.Equal($"{path}: line 3: the byte {shown} there isn't UTF-8; save the text as UTF-8", Assert.Throws<InvalidInputException>(() => ExperimentSpec.Load(path)).Message);
    }

    [Fact]
    public void Load_OtherEncodings_AreRefusedAndAByteOrderMarkIsNot()
    {
        foreach (var encoding in (Encoding[])[Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32])
        {
            Assert.Throws<InvalidInputException>(() => ExperimentSpec.Load(Write([.. encoding.GetPreamble(), .. encoding.GetBytes(Yaml)])));
        }

        var marked = ExperimentSpec.Load(Write([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Yaml)]));
        Assert.Equal((Path.Combine(folder, "nano"), Yaml), (marked.Suite, marked.Yaml));
    }

    [Fact]
    public async Task Load_APipe_IsReadOnceAndItsPathsAreInTheCurrentFolder()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "named pipes are made by mkfifo");
        var path = Pipe();
        var writing = Task.Run(() => File.WriteAllText(path, Yaml));
        var spec = ExperimentSpec.Load(path);
        await writing;
        Assert.Equal((Path.GetFullPath("nano"), "experiment", Yaml), (spec.Suite, spec.Name, spec.Yaml));
    }

    [Fact]
    public async Task Load_APipeThatNobodyWritesTo_CanBeGivenUp()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "named pipes are made by mkfifo");
        using var stop = new CancellationTokenSource();
        var reading = Task.Run(() => ExperimentSpec.Load(Pipe(), stop.Token));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Theory]
    [InlineData("/dev/null", "is empty")]
    [InlineData("/dev/zero", "goes on after 1048576 bytes")]
    [InlineData("/dev", "is a folder, not a plain file")]
    public void Load_WhatIsNoExperiment_SaysSo(string path, string reason)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "devices have other names elsewhere");
        var message = Assert.Throws<InvalidInputException>(() => ExperimentSpec.Load(path)).Message;
        Assert.StartsWith($"{path}: {reason}", message, StringComparison.Ordinal);
    }

    private string Write(ReadOnlySpan<byte> bytes)
    {
        var path = Path.Combine(folder, "e.yaml");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private string Pipe()
    {
        var path = Path.Combine(folder, "pipe");
        using var made = Process.Start("mkfifo", [path]);
        made.WaitForExit();
        return path;
    }
}
