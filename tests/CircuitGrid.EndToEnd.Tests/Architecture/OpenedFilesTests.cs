using System.Text.RegularExpressions;

namespace CircuitGrid.EndToEnd.Tests.Architecture;

/// <summary>What an experiment makes a server read is opened where bounds of folders are kept, and nowhere else.</summary>
public sealed partial class OpenedFilesTests
{
    /// <summary>Folders whose files no experiment names: where bounds are kept, training, graph files and the store.</summary>
    private static readonly string[] Others = ["CircuitGrid.Models/Files/", "CircuitGrid.Models/Training/", "CircuitGrid.Circuits/Files/", "CircuitGrid.Experiments/Storage/"];

    [Fact]
    public void Sources_ThatReadWhatExperimentsName_OpenNoFileThemselves()
    {
        var read = (
            from project in Repository.Projects.Where(p => p.Name is "CircuitGrid.Models" or "CircuitGrid.Circuits" or "CircuitGrid.Experiments")
            from source in Repository.SourcesOf(project)
            select (Path: $"{project.Name}/{source.Path.Replace(Path.DirectorySeparatorChar, '/')}", source.Text)).ToList();
        Assert.True(read.Count > 100);
        Assert.Empty(read.Where(r => !Others.Any(o => r.Path.StartsWith(o, StringComparison.Ordinal)) && Opening().IsMatch(r.Text)).Select(r => r.Path));
        Assert.Contains(read, r => r.Path is "CircuitGrid.Models/Files/SourceFile.cs" && Opening().IsMatch(r.Text));
    }

    [Theory]
    [InlineData("var text = File.ReadAllText(path);", true)]
    [InlineData("using var stream = System.IO.File.OpenRead(path);", true)]
    [InlineData("using var stream = new FileStream(path, FileMode.Open);", true)]
    [InlineData("using var reader = new StreamReader(path);", true)]
    [InlineData("new FileInfo(path).OpenText()", true)]
    [InlineData("using var reader = new StreamReader(stream);", false)]
    [InlineData("var bytes = SourceFile.ReadAll(path, 100);", false)]
    [InlineData("var text = TokenizerFile.Read(path);", false)]
    public void Opening_IsTold(string text, bool expected) => Assert.Equal(expected, Opening().IsMatch(text));

    [GeneratedRegex(@"(?<![A-Za-z])File\.(Open|Read)\w*\(|new FileStream\(|new StreamReader\((?!stream)|\)\.Open(Read|Text)?\(", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Opening();
}
