using CircuitGrid.EndToEnd.Tests.Architecture;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;

namespace CircuitGrid.EndToEnd.Tests.Documents;

/// <summary>What the README says of the demo is what the program says of it.</summary>
public sealed class ReadmeFindingsTests
{
    private const string Before = "What it says came out";

    [Fact]
    public async Task Readme_SaysOfTheDemoWhatItsReportSays()
    {
        var experiment = ExperimentSpec.Load(Path.Combine(Repository.Root, "suites", "nano", "experiment.yaml"), TestContext.Current.CancellationToken);
        using var store = SqliteCellStore.OpenInMemory("readme", TimeProvider.System);
        await using var grid = new LocalGrid(store, store, CellAnalyzer.OnCpu(), new FileExperimentSource());
        var progress = await grid.RunAsync(experiment, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal((240, 0), (progress.Finished, progress.Failed));
        var report = await new ReportBuilder(grid, "tests").BuildAsync(experiment, TestContext.Current.CancellationToken);

        var lines = await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "README.md"), TestContext.Current.CancellationToken);
        var said = lines.SkipWhile(line => !line.StartsWith(Before, StringComparison.Ordinal)).SkipWhile(line => !line.StartsWith("- ", StringComparison.Ordinal)).TakeWhile(line => line.StartsWith("- ", StringComparison.Ordinal));
        Assert.Equal(report.Findings, said.Select(line => line[2..]));
    }
}
