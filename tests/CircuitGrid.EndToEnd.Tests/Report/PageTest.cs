using CircuitGrid.Experiments.Reports;
using CircuitGrid.Web.Reports;
using Microsoft.Playwright;

namespace CircuitGrid.EndToEnd.Tests.Report;

/// <summary>A test that opens reports in a real browser, from files of its own.</summary>
public abstract class PageTest(InstalledBrowser browser) : IClassFixture<InstalledBrowser>, IDisposable
{
    protected InstalledBrowser Browser { get; } = browser;

    /// <summary>A folder that is gone after the test.</summary>
    protected string Folder { get; } = Directory.CreateTempSubdirectory("circuitgrid-page-").FullName;

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected async Task<ReportPage> OpenAsync(ReportDocument data, ColorScheme theme = ColorScheme.Light, int width = 1280)
    {
        var path = Path.Combine(Folder, "report.html");
        ReportWriter.Write(path, data);
        var report = await Browser.OpenAsync(path, theme, width);
        await report.WaitUntilDrawnAsync();
        return report;
    }
}
