using Microsoft.Playwright;

namespace CircuitGrid.EndToEnd.Tests.Report;

/// <summary>An opened report, and everything it said or asked for since.</summary>
internal sealed class ReportPage : IAsyncDisposable
{
    /// <summary>How long a browser may take for anything, in milliseconds: generous, for machines with more work than cores.</summary>
    public const float Patience = 120_000;

    private readonly List<string> _complaints = [];

    private ReportPage(IPage page) => Page = page;

    public IPage Page { get; }

    /// <summary>Console messages of any kind, uncaught errors, and requests other than those for the page itself.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    /// <param name="page">An empty page.</param>
    /// <param name="address">A file's or a server's.</param>
    public static async Task<ReportPage> LoadAsync(IPage page, Uri address)
    {
        var report = new ReportPage(page);
        page.SetDefaultTimeout(Patience);
        page.Console += (_, message) => report._complaints.Add($"console {message.Type}: {message.Text}");
        page.PageError += (_, error) => report._complaints.Add($"error: {error}");
        page.Request += (_, request) =>
        {
            if (!request.IsNavigationRequest && !request.Url.StartsWith("data:", StringComparison.Ordinal))
            {
                report._complaints.Add($"request: {request.Url}");
            }
        };
        await page.GotoAsync(address.AbsoluteUri);
        return report;
    }

    public ValueTask DisposeAsync() => new(Page.CloseAsync());

    /// <summary>Waits until the figures are drawn: they are once their width is known.</summary>
    public async Task WaitUntilDrawnAsync()
    {
        await Page.Locator("#circuit .lattice").WaitForAsync();
        await Page.Locator("#map svg").First.WaitForAsync();
        await Page.Locator("#metric svg").First.WaitForAsync();
    }

    /// <summary>How every element is drawn: its place, and what styles come to.</summary>
    public Task<string[]> LookAsync() => Page.EvaluateAsync<string[]>(
        """
        () => [...document.querySelectorAll("body *")].filter(element => element.tagName !== "SCRIPT").map(element => {
          const { x, y, width, height } = element.getBoundingClientRect();
          const style = getComputedStyle(element);
          return [element.tagName, x, y, width, height, style.display, style.fill, style.stroke, style.strokeWidth, style.opacity, style.color, style.backgroundColor, style.whiteSpace].join(" ");
        })
        """);

    public Task<int> CountAsync(string selector) => Page.Locator(selector).CountAsync();

    /// <summary>Names of the edges drawn, lost ones left aside.</summary>
    public Task<string[]> EdgesAsync(string kind = "edge") =>
        Page.EvaluateAsync<string[]>("kind => [...document.querySelectorAll(`#circuit path.${kind}`)].map(mark => mark.dataset.edge)", kind);

    public Task SelectStepAsync(int index) => Page.Locator("#circuit [data-control=step]").FillAsync(index.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public async Task SelectAsync(string panel, string model, string task)
    {
        await Page.Locator($"#{panel} [data-control=model]").SelectOptionAsync(model);
        await Page.Locator($"#{panel} [data-control=task]").SelectOptionAsync(task);
    }

    public void AssertQuiet() => Assert.Empty(Complaints);
}
