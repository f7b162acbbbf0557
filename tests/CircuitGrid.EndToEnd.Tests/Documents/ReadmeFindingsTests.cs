using CircuitGrid.EndToEnd.Tests.Architecture;
using CircuitGrid.EndToEnd.Tests.Records;

namespace CircuitGrid.EndToEnd.Tests.Documents;

/// <summary>What the README says of the demo is what the program says of it.</summary>
public sealed class ReadmeFindingsTests(DemoRun demo)
{
    private const string Before = "What it says came out";

    [Fact]
    public async Task Readme_SaysOfTheDemoWhatItsReportSays()
    {
        var report = await demo.ReportAsync();

        var lines = await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "README.md"), TestContext.Current.CancellationToken);
        var said = lines.SkipWhile(line => !line.StartsWith(Before, StringComparison.Ordinal)).SkipWhile(line => !line.StartsWith("- ", StringComparison.Ordinal)).TakeWhile(line => line.StartsWith("- ", StringComparison.Ordinal));
        Assert.Equal(report.GetProperty("findings").EnumerateArray().Select(finding => finding.GetString()), said.Select(line => line[2..]));
    }
}
