using System.Text;
using System.Text.Json;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Web.Reports;
using Microsoft.Playwright;

namespace CircuitGrid.EndToEnd.Tests.Report;

/// <summary>Names that are as long as they can be and read otherwise than they are: in every text of the page, on a desk and on a phone.</summary>
public sealed class HostileNamesTests(InstalledBrowser browser) : IClassFixture<InstalledBrowser>, IDisposable
{
    private const int Length = 330;

    /// <summary>Visible texts of the page and everything in its attributes, but for the data it was drawn from.</summary>
    private const string Texts = """
        () => {
          const texts = [document.title];
          const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
          for (let node = walk.currentNode; node; node = walk.nextNode()) {
            if (node.nodeType === Node.TEXT_NODE && node.parentElement.tagName !== "SCRIPT" && node.parentElement.tagName !== "STYLE") {
              texts.push(node.data);
            } else if (node.nodeType === Node.ELEMENT_NODE) {
              texts.push(...[...node.attributes].map((attribute) => attribute.value));
            }
          }
          return texts.join("\n");
        }
        """;

    /// <summary>Right ends of what is wider than the window and isn't inside something that scrolls or cuts.</summary>
    private const string Overflowing = """
        () => [...document.querySelectorAll("#page *")]
          .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
          .filter((element) => { for (let e = element.parentElement; e; e = e.parentElement) { if (getComputedStyle(e).overflowX !== "visible") { return false; } } return true; })
          .map((element) => `${element.tagName}.${element.getAttribute("class")} in #${element.closest("section")?.id}: ${element.textContent.slice(0, 40)}`)
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-page-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(1280)]
    [InlineData(390)]
    public async Task Open_LongNamesWithoutBlanks_StayInTheWindow(int width)
    {
        await using var report = await OpenAsync(Renamed(raw: false), width);
        await AssertFitsAsync(report);
        await report.Page.ScreenshotAsync(new() { Path = Path.Combine(AppContext.BaseDirectory, "screenshots", $"names-{width}.png"), FullPage = true });

        // tables of numbers are made when they are opened
        await report.Page.EvaluateAsync("() => document.querySelectorAll('details').forEach((details) => details.open = true)");
        await report.Page.Locator("#metric details td").First.WaitForAsync();
        await AssertFitsAsync(report);

        foreach (var place in new[] { "#metric .chart svg", "#scale svg[role=img]", "#map .tile", "#onsets svg[role=img]" })
        {
            await report.Page.Locator(place).Last.ScrollIntoViewIfNeededAsync();
            await report.Page.Locator(place).Last.HoverAsync(new() { Force = true });
            await report.Page.Locator(".tooltip:not([hidden])").WaitForAsync();
            var box = (await report.Page.Locator(".tooltip").BoundingBoxAsync())!;
            Assert.InRange(box.Width, 1, 0.95 * width);
            Assert.True(await report.Page.EvaluateAsync<bool>("() => { const box = document.querySelector('.tooltip'); return box.scrollWidth <= box.clientWidth; }"), place);
        }

        await AssertFitsAsync(report);
        report.AssertQuiet();
    }

    /// <summary>What is cut can be read in a title, or is whole in the same place.</summary>
    [Fact]
    public async Task Open_LongNames_AreWholeSomewhereNear()
    {
        await using var report = await OpenAsync(Renamed(raw: false), 1280);
        var model = Name("nano-2l", shown: true);
        Assert.Equal(model, await report.Page.Locator("#metric .legend .longname").First.GetAttributeAsync("title"));
        Assert.Equal(model, await report.Page.Locator($"#summary tr[data-model=\"{model.Replace("\\", "\\\\", StringComparison.Ordinal)}\"] .longname[title]").Last.GetAttributeAsync("title"));
        Assert.Equal(model, await report.Page.Locator("#map svg text title").First.TextContentAsync());
        Assert.Equal(model, await report.Page.Locator("#overlap .thumbnails thead th[title]").First.GetAttributeAsync("title"));
        await report.Page.Locator("#circuit [data-control=model]").HoverAsync();
        Assert.Equal(Name("nano-4l", shown: true), await report.Page.Locator("#circuit [data-control=model]").GetAttributeAsync("title"));
        Assert.Equal(Name("Title", shown: true), await report.Page.Locator("h1").InnerTextAsync());
    }

    /// <summary>As the program writes its JSON, escaped, and as another server might, raw.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Open_NamesWithMarksOfDirection_ShowThem(bool raw)
    {
        await using var report = await OpenAsync(Renamed(raw), 1280);
        await report.Page.EvaluateAsync("() => document.querySelectorAll('details').forEach((details) => details.open = true)");
        await report.Page.Locator("#metric details td").First.WaitForAsync();
        var texts = await report.Page.EvaluateAsync<string>(Texts);
        Assert.DoesNotContain(texts, c => c is '\u061c' or '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\u2028' or '\u2029' or '\u001b' or '\u009b');
        foreach (var name in new[] { "nano-2l", "nano-4l", "Title", "suite", "Indirect object identification" })
        {
            Assert.Contains(Name(name, shown: true), texts, StringComparison.Ordinal);
        }

        // the selection still finds what it names
        await report.SelectAsync("circuit", Name("nano-2l", shown: true), "sva");
        Assert.NotEmpty(await report.EdgesAsync());
        report.AssertQuiet();
    }

    private static async Task AssertFitsAsync(ReportPage report)
    {
        Assert.Empty(await report.Page.EvaluateAsync<string[]>(Overflowing));
        Assert.True(await report.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), $"{await report.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth")} px");
    }

    /// <summary>A name of full length without blanks that begins like another, with a mark of direction and of everything else that is hidden in it.</summary>
    /// <param name="name">What it begins with.</param>
    /// <param name="shown">As the page shows it.</param>
    private static string Name(string name, bool shown)
    {
        var hostile = $"{name.Replace(' ', '-')}-\u202e\u2066\u2069\u200e\u200f\u061c\u2028\u001b\u009b";
        hostile += new string('w', Length - hostile.Length);
        return shown ? string.Concat(hostile.Select(c => c is 'w' or '-' || char.IsAsciiLetterOrDigit(c) ? c.ToString() : $"\\u{(int)c:x4}")) : hostile;
    }

    /// <summary>The sample report with hostile names in the place of its own, as JSON.</summary>
    private static byte[] Renamed(bool raw)
    {
        string[] names = ["nano-2l", "nano-3l", "nano-4l", "Title", "suite", "Indirect object identification", "Gendered pronoun", "Greater-than", "Subject-verb agreement"];
        var sample = SampleReport.Create(SampleOptions.Nano);
        Assert.Contains(sample.Findings, finding => finding.Contains("nano-4l", StringComparison.Ordinal));
        var findings = sample.Findings.Select(finding => names.Aggregate(finding, (text, name) => text.Replace(name, Name(name, shown: false), StringComparison.Ordinal)));
        var json = ReportJson.Write(sample with { Title = "Title", Suite = "suite", Findings = [.. findings] });
        foreach (var name in names)
        {
            var hostile = JsonSerializer.Serialize(Name(name, shown: false), raw ? new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping } : JsonSerializerOptions.Default);
            Assert.Contains($":\"{name}\"", json, StringComparison.Ordinal);
            json = json.Replace($":\"{name}\"", $":{hostile}", StringComparison.Ordinal);
        }

        Assert.Equal(raw, json.Contains('\u202e'));
        return Encoding.UTF8.GetBytes(json);
    }

    private async Task<ReportPage> OpenAsync(byte[] json, int width)
    {
        var path = Path.Combine(folder, "report.html");
        ReportWriter.Write(path, json);
        var report = await browser.OpenAsync(path, ColorScheme.Light, width);
        await report.WaitUntilDrawnAsync();
        return report;
    }
}
