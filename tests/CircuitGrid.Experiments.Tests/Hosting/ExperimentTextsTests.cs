using CircuitGrid.Compute;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.Experiments.Tests.Hosting;

/// <summary>Experiments from elsewhere see one folder and nothing else.</summary>
public sealed class ExperimentTextsTests : IDisposable
{
    private readonly FakeSuite suite = FakeSuite.Of(models: 1, checkpoints: 1);

    public void Dispose() => suite.Dispose();

    [Fact]
    public void Parse_RelativePaths_AreInTheRoot()
    {
        var spec = new ExperimentTexts(suite.Root).Parse("suite: fake/../fake\ntasks: [{name: x, pairs: data/x.jsonl, metric: logit-diff}]");
        Assert.Equal((suite.Folder, Path.Combine(suite.Root, "data", "x.jsonl")), (spec.Suite, spec.Tasks[0].Pairs));
        Assert.Equal(spec.Identity[..16], ExperimentTexts.IdOf(spec));
        Assert.True(ExperimentTexts.IsId(ExperimentTexts.IdOf(spec)));
    }

    [Theory]
    [InlineData("suite: ..\ntasks: [ioi]")]
    [InlineData("suite: /\ntasks: [ioi]")]
    [InlineData("suite: fake/../../other\ntasks: [ioi]")]
    [InlineData("suite: fake\ntasks: [{name: x, pairs: /etc/passwd, metric: logit-diff}]")]
    [InlineData("suite: fake\ntasks: [{name: ioi, lexicon: ../words.json}]")]
    [InlineData("suite: fake\nexamples: {lexicon: ../words.json}\ntasks: [ioi]")]
    public void Parse_APathOutOfTheRoot_IsRefusedWithoutSayingWhereTheRootIs(string yaml)
    {
        var message = Assert.Throws<InvalidInputException>(() => new ExperimentTexts(suite.Root).Parse(yaml)).Message;
        Assert.Contains("server's folder of suites", message, StringComparison.Ordinal);
        Assert.DoesNotContain(suite.Root, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_TheRootsOwnFullPath_IsRefusedToo() =>
        Assert.Throws<InvalidInputException>(() => new ExperimentTexts(suite.Root).Parse($"suite: {suite.Folder}\ntasks: [ioi]"));

    [Theory]
    [InlineData("link")]
    [InlineData("link/inner")]
    public void Parse_ALinkOutOfTheRoot_IsRefused(string path)
    {
        using var outside = FakeSuite.Of(models: 1, checkpoints: 1);
        Directory.CreateDirectory(Path.Combine(outside.Folder, "inner"));
        Directory.CreateSymbolicLink(Path.Combine(suite.Root, "link"), outside.Folder);
        var texts = new ExperimentTexts(suite.Root);
        Assert.Contains("leads out of the server's folder of suites through a link", Assert.Throws<InvalidInputException>(() => texts.Parse($"suite: {path}\ntasks: [ioi]")).Message, StringComparison.Ordinal);
    }

    /// <summary>The first link stays inside; the one on its way doesn't.</summary>
    [Fact]
    public void Parse_ALinkThroughALinkedFolderOutOfTheRoot_IsRefused()
    {
        using var outside = FakeSuite.Of(models: 1, checkpoints: 1);
        Directory.CreateSymbolicLink(Path.Combine(suite.Root, "hop"), outside.Root);
        Directory.CreateSymbolicLink(Path.Combine(suite.Root, "link"), Path.Combine("hop", "fake"));
        var yaml = "suite: link\ntasks: [ioi]";
        var error = Assert.Throws<InvalidInputException>(() => new ExperimentTexts(suite.Root).Parse(yaml));
        Assert.DoesNotContain(outside.Root, error.ToString(), StringComparison.Ordinal);
        Assert.Equal(Path.Combine(suite.Root, "link"), new ExperimentTexts(suite.Root, [outside.Root]).Parse(yaml).Suite);
        Assert.Throws<InvalidInputException>(() => new ExperimentTexts(suite.Root, [outside.Folder + "-other"]));
    }

    [Fact]
    public void Parse_ALinkWithinTheRoot_IsFollowed()
    {
        Directory.CreateSymbolicLink(Path.Combine(suite.Root, "link"), suite.Folder);
        Assert.Equal(Path.Combine(suite.Root, "link"), new ExperimentTexts(suite.Root).Parse("suite: link\ntasks: [ioi]").Suite);
    }
}
