using Microsoft.Playwright;

namespace CircuitGrid.EndToEnd.Tests.Report;

/// <summary>A headless browser of the machine, shared by the tests of a class; none is downloaded.</summary>
public sealed class InstalledBrowser : IAsyncLifetime
{
    private const string PathVariable = "CHROMIUM_PATH";

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

    private static readonly string[] Folders = ["/usr/bin", "/usr/local/bin", "/snap/bin", "/opt/google/chrome"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (Find() is { } path)
        {
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new()
            {
                ExecutablePath = path,
                Headless = true,
                Timeout = ReportPage.Patience,
                Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>Opens an HTML file; where there is no browser the test is skipped and says what to do.</summary>
    internal Task<ReportPage> OpenAsync(string path, ColorScheme theme = ColorScheme.Light, int width = 1280) => OpenAsync(new Uri(path), theme, width);

    /// <summary>The same of any address; no page knows another's cookies.</summary>
    internal async Task<ReportPage> OpenAsync(Uri address, ColorScheme theme = ColorScheme.Light, int width = 1280)
    {
        Assert.SkipWhen(
            _browser is null,
            $"THE REPORT PAGE WAS NOT TESTED: no Chromium or Chrome was found. Install one (Debian: apt-get install chromium), or name its executable in {PathVariable}.");
        var page = await _browser.NewPageAsync(new() { ColorScheme = theme, ViewportSize = new() { Width = width, Height = 900 }, ReducedMotion = ReducedMotion.Reduce });
        return await ReportPage.LoadAsync(page, address);
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } named)
        {
            return File.Exists(named) ? named : throw new FileNotFoundException($"{PathVariable} names a browser that isn't there.", named);
        }

        var searched = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Concat(Folders);
        return searched.SelectMany(_ => Names, Path.Combine).FirstOrDefault(File.Exists);
    }
}
