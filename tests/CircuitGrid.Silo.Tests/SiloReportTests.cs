using CircuitGrid.EndToEnd.Tests.Report;

namespace CircuitGrid.Silo.Tests;

/// <summary>The page as a silo gives it.</summary>
public sealed class SiloReportTests(InstalledBrowser browser) : IClassFixture<InstalledBrowser>, IDisposable
{
    private const string Token = "a-token-of-enough-letters";

    private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-silo-page-").FullName;
    private readonly RunningSilos silos = new(Token);

    public void Dispose()
    {
        silos.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Report_OfASilo_IsDrawnAsFromAFile()
    {
        var token = Path.Combine(folder, "token");
        await File.WriteAllTextAsync(token, Token);
        var silo = silos.Start("--token-file", token);
        await silos.ActiveAsync(silo, 1);
        await silos.RunAsync(silo, """
            suite: nano
            models: [nano-2l]
            checkpoints: [512, 1000, 3000]
            tasks:
              - {name: sva, count: 12}
              - {name: ioi, count: 12}
            """);

        await ServedReport.AssertIsDrawnAsFromAFileAsync(browser, silo.Address, Token, folder);
    }
}
