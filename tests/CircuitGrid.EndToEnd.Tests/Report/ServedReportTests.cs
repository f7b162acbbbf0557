using System.Diagnostics;
using System.Text.Json;
using CircuitGrid.EndToEnd.Tests.Architecture;

namespace CircuitGrid.EndToEnd.Tests.Report;

/// <summary>The page as <c>serve</c> gives it.</summary>
public sealed class ServedReportTests(InstalledBrowser browser) : PageTest(browser)
{
    private const string Token = "a-token-of-enough-letters";

    [Fact]
    public async Task Served_Report_IsDrawnAsFromAFile()
    {
        var (experiment, token) = (Path.Combine(Folder, "experiment.yaml"), Path.Combine(Folder, "token"));
        await File.WriteAllTextAsync(token, Token);
        await File.WriteAllTextAsync(experiment, """
            name: served
            suite: nano
            models: [nano-2l]
            checkpoints: [512, 1000, 3000]
            tasks:
              - {name: sva, count: 12}
              - {name: ioi, count: 12}
            """);
        using var server = Start("serve", "--json", "--suites", Path.Combine(Repository.Root, "suites"), "--store", Path.Combine(Folder, "served.db"), "--port", "0", "--token-file", token);
        try
        {
            using var said = JsonDocument.Parse(await server.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? await server.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
            var address = said.RootElement.GetProperty("address").GetString()!;
            using var run = Start("run", experiment, "--server", address, "--token-file", token);
            var complaints = run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await run.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(run.ExitCode == 0, await complaints);

            await ServedReport.AssertIsDrawnAsFromAFileAsync(Browser, new Uri(address), Token, Folder);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static Process Start(params string[] args) => Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "circuitgrid.dll"), .. args])
    {
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
