using CircuitGrid.Compute;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Models.Tests.Hub;

/// <summary>Lists of URLs as people keep them.</summary>
public sealed class UrlListTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-url-list").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Read_AList_HasItsFolders()
    {
        var list = UrlList.Read(Write("# early checkpoints\nhttps://example.org/a/step0-unsharded/\r\n\n  http://example.org:8080/step%201000/  \n"));
        Assert.Equal("early", list.Name);
        Assert.Equal(["step0-unsharded", "step 1000"], list.Folders.Select(UrlList.NameOf));
    }

    [Theory]
    [InlineData("https://example.org/step0", "line 1", "slash")]
    [InlineData("https://example.org/", "line 1", "slash")]
    [InlineData("https://example.org/a/\nstep1000/", "line 2", "step1000/")]
    [InlineData("file:///etc/", "line 1", "file:///etc/")]
    [InlineData("https://me:secret@example.org/a/", "line 1", "has a user")]
    [InlineData("https://example.org/a/?token=x", "line 1", "query")]
    [InlineData("https://example.org/a/step1/\nhttps://example.org/b/step1/", "two folders", "step1")]
    [InlineData("\n# nothing\n", "no URL", "")]
    public void Read_WhatIsNoList_NamesTheLine(string text, string place, string part)
    {
        var message = Assert.Throws<InvalidInputException>(() => UrlList.Read(Write(text))).Message;
        Assert.Contains(place, message, StringComparison.Ordinal);
        Assert.Contains(part, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Address_OfAList_IsRelativeToWhereItIsWritten()
    {
        Assert.Equal("urls:" + Path.Combine(folder, "lists", "olmo.txt"), RemoteSuite.Parse("urls:lists/olmo.txt", folder));
        Assert.Equal("olmo", RemoteSuite.NameOf("urls:lists/olmo.txt"));
        Assert.Throws<InvalidInputException>(() => RemoteSuite.Parse("urls:", folder));
        Assert.False(RemoteSuite.IsOne("checkpoints/hf:x"));
    }

    private string Write(string text)
    {
        var path = Path.Combine(folder, "early.txt");
        File.WriteAllText(path, text);
        return UrlList.Scheme + path;
    }
}
