using CircuitGrid.Benchmarks.Documents;
using CircuitGrid.Circuits.Tasks;

namespace CircuitGrid.Benchmarks.Tests.Documents;

/// <summary>Every table of numbers in docs/method.md names the command that prints it, and has the rows and columns that the command would print.</summary>
public sealed class MethodTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "method.md"));

    [Fact]
    public void TablesOfNumbers_AreThoseThatCommandsPrint() => Assert.Equal("", Faults(Text));

    [Fact]
    public void ATableOfNumbers_WithoutItsCommand_IsFound() => Assert.Contains(
        "line 3 names no command",
        Faults("Some numbers:\n\n| | a |\n|---|---|\n| x | 0.93, 0.88 |\n"),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("`CircuitGrid.Benchmarks coverage`", "`CircuitGrid.Benchmarks coverages`", "which doesn't print one")]
    [InlineData("| size n_80 |", "| size |", "the rows or columns")]
    [InlineData("| | nano-2l | nano-3l |", "| | nano-3l | nano-2l |", "the rows or columns")]
    [InlineData("`CircuitGrid.Benchmarks estimators suites/nano`", "the estimators' command", "names no command")]
    public void AChangedDocument_IsFound(string text, string other, string fault)
    {
        Assert.Contains(text, Text, StringComparison.Ordinal);
        Assert.Contains(fault, Faults(Text.Replace(text, other, StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void ATableThatACommandPrints_AndTheDocumentHasNot_IsFound() =>
        Assert.Contains("'coverage'", Faults(Text[..Text.IndexOf("### How good they are", StringComparison.Ordinal)]), StringComparison.Ordinal);

    [Theory]
    [InlineData("94.3 %", true)]
    [InlineData("95 %", true)]
    [InlineData("0.93, 0.88, 0.97, 0.78", true)]
    [InlineData("−0.11 [−0.30, 0.09]", true)]
    [InlineData("0.5 ± 0.1", true)]
    [InlineData("0, 1", false)]
    [InlineData("200", false)]
    [InlineData("(k+½)/m, k = 0…m−1", false)]
    [InlineData("e < −0.001 and passing the test", false)]
    [InlineData("", false)]
    public void IsMeasured_TellsFiguresFromDefinitions(string cell, bool expected) => Assert.Equal(expected, DocumentReader.IsMeasured(cell));

    /// <summary>The tasks' table has no measured numbers, and no command: its names and counts are the library's.</summary>
    [Fact]
    public void TasksOfTheDocument_AreTheLibrarys()
    {
        var tasks = Assert.Single(DocumentReader.Tables(Text), t => t.Table.Columns is ["task", .., "examples"]).Table;
        Assert.Equal(TaskLibrary.Tasks.Select(t => ($"`{t.Name}`", $"{t.PaperCount}")), tasks.Rows.Select(r => (r[0], r[^1])));
    }

    [Fact]
    public void Write_ThenRead_IsTheSameTable()
    {
        MarkdownTable table = new(["", "a"], [["x", "0.1"], ["y", ""]]);
        using var text = new StringWriter();
        table.Write(text);
        var read = Assert.Single(DocumentReader.Tables(text.ToString())).Table;
        Assert.Equal([.. table.Columns], read.Columns.AsEnumerable());
        Assert.Equal(table.Rows.Select(r => string.Join('|', r)), read.Rows.Select(r => string.Join('|', r)));
    }

    /// <summary>What doesn't hold of a document, a line each.</summary>
    private static string Faults(string text)
    {
        var known = DocumentedTable.All(AppContext.BaseDirectory);
        var found = DocumentReader.Tables(text).Where(t => t.IsOfNumbers).ToList();
        var faults = found.Select(t => t.Command is not { } command
                ? $"the table of numbers at line {t.Line} names no command"
                : known.FirstOrDefault(k => k.Command == command) is not { } printed
                    ? $"the table at line {t.Line} names '{command}', which doesn't print one"
                    : !printed.Columns.SequenceEqual(t.Table.Columns) || !printed.Labels.SequenceEqual(t.Table.Labels)
                        ? $"the rows or columns of the table at line {t.Line} aren't those that '{command}' prints"
                        : null)
            .Concat(known.Where(k => found.All(t => t.Command != k.Command)).Select(k => $"no table of numbers names '{k.Command}'"));
        return string.Join('\n', faults.OfType<string>());
    }
}
