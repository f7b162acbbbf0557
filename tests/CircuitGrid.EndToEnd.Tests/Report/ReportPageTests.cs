using System.Globalization;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Web.Reports;
using Microsoft.Playwright;

using static CircuitGrid.EndToEnd.Tests.Report.NanoReport;

namespace CircuitGrid.EndToEnd.Tests.Report;

/// <summary>Opens reports in a real browser and compares what is drawn with the data it was drawn from.</summary>
public sealed class ReportPageTests(InstalledBrowser browser) : PageTest(browser)
{
    private static readonly string[] Panels = ["summary", "metric", "size", "stability", "overlap", "roles", "onsets", "heads", "algorithm", "depth", "matches", "scale", "circuit", "map", "methods"];

    [Fact]
    public async Task Open_Report_DrawsAMarkForEveryCellAndCircuit()
    {
        await using var report = await OpenAsync(Nano);

        foreach (var panel in Panels)
        {
            Assert.True(await report.Page.Locator($"[data-panel={panel}]").IsVisibleAsync(), panel);
        }

        foreach (var (model, task) in Trajectories(Nano))
        {
            var cells = Nano.Cells.Where(cell => cell.Model == model && cell.Task == task).ToArray();
            int With(params string[] status) => cells.Count(cell => status.Contains(cell.Status));
            Task<int> Marks(string panel, string mark) => report.CountAsync($"#{panel} [data-task={task}] g[data-model={model}][data-mark={mark}] > *");
            Assert.Equal(With("reached", "not-reached"), await Marks("metric", "solid"));
            Assert.Equal(With("no-task"), await Marks("metric", "hollow"));
            Assert.Equal(1, await Marks("metric", "line"));
            Assert.Equal(1, await Marks("metric", "band"));
            Assert.Equal(With("reached"), await Marks("size", "solid"));
            Assert.Equal(With("not-reached"), await Marks("size", "hollow"));
            Assert.Equal(With("no-task"), await Marks("size", "cross"));
            Assert.Equal(cells.Any(cell => cell is { Status: "reached", SizeInterval.EdgesHigh: not null }) ? 1 : 0, await Marks("size", "band"));
            var differences = Nano.Trajectories.Single(trajectory => trajectory.Model == model && trajectory.Task == task).Differences;
            Assert.Equal(differences.Count(difference => difference?.Verdict == "different"), await Marks("stability", "solid"));
            Assert.Equal(differences.Count(difference => difference?.Verdict is "same" or "undecided" or "too-few-blocks"), await Marks("stability", "hollow"));
            Assert.Equal(With("reached") - 1, differences.Count(difference => difference is not null));
            Assert.Equal(1, await Marks("stability", "line"));
            Assert.Equal(1, await Marks("stability", "band"));
            Assert.Equal(1, await Marks("metric", "task"));
            Assert.Equal(1, await Marks("metric", "task-interval"));
            Assert.Equal(1, await Marks("stability", "reference"));
            Assert.Equal(1, await report.CountAsync($"#summary tr[data-model={model}][data-task={task}]"));
            foreach (var status in new[] { "reached", "not-reached", "no-task" })
            {
                Assert.Equal(With(status), await report.CountAsync($"#map .tile[data-model={model}][data-task={task}][data-status={status}]"));
            }
        }

        foreach (var task in Nano.Cells.Select(cell => cell.Task).Distinct())
        {
            Assert.Equal(SampleOptions.Nano.Models.Count, await report.CountAsync($"#scale [data-task={task}] .size > *"));
            Assert.Contains("no correlation: 3 model sizes", await report.Page.Locator($"#scale [data-task={task}] .correlation").InnerTextAsync(), StringComparison.Ordinal);
        }

        report.AssertQuiet();
    }

    [Fact]
    public async Task Keyboard_MovesThroughTrainingTheGridAndTheCharts()
    {
        await using var report = await OpenAsync(Nano);
        var page = report.Page;
        var output = page.Locator("#circuit output");

        await page.Locator("#circuit [data-control=step]").PressAsync("ArrowLeft");
        Assert.Contains("step 3,200", await output.InnerTextAsync(), StringComparison.Ordinal);

        await page.Locator("#map svg[data-task=sva]").FocusAsync();
        await page.Keyboard.PressAsync("ArrowUp");
        await page.Keyboard.PressAsync("ArrowLeft");
        Assert.Contains("step 2,500", await output.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(EdgeNames("nano-3l", "sva", 2500), (await report.EdgesAsync()).Order(StringComparer.Ordinal));
        Assert.Equal("nano-3l", await page.Locator("#map .tile.selected").GetAttributeAsync("data-model"));
        Assert.EndsWith("#model=nano-3l&task=sva&step=2500", page.Url, StringComparison.Ordinal);

        await page.Locator("#size .chart[data-task=ioi]").FocusAsync();
        await page.Keyboard.PressAsync("ArrowLeft");
        var tooltip = await page.Locator(".tooltip").InnerTextAsync();
        foreach (var model in Nano.Models)
        {
            var cell = Cell(model.Name, "ioi", 3200);
            var interval = cell.SizeInterval!;
            Assert.Contains($"{cell.Edges} edges", tooltip, StringComparison.Ordinal);
            var said = interval.IsDetermined ? "95% interval" : "not determined:";
            Assert.Contains(interval.EdgesHigh is { } high ? $"{said} {interval.EdgesLow} to {high} edges" : $"{said} {interval.EdgesLow} and more edges", tooltip, StringComparison.Ordinal);
        }

        report.AssertQuiet();
    }

    [Fact]
    public async Task Size_SaysHowManySizesTheExamplesLeaveOpen()
    {
        await using var report = await OpenAsync(Nano);
        var intervals = Nano.Cells.Where(cell => cell.Status == "reached").Select(cell => cell.SizeInterval!).ToArray();
        var open = intervals.Count(interval => !(interval.High / interval.Low <= SizeCurve.Resolution));
        Assert.InRange(open, 1, intervals.Length - 1);
        var text = string.Create(CultureInfo.InvariantCulture, $"isn’t determined within a factor of {SizeCurve.Resolution} in {open} of {intervals.Length} circuits.");
        Assert.Contains(text, await report.Page.Locator("#size .caption").InnerTextAsync(), StringComparison.Ordinal);
        report.AssertQuiet();
    }

    [Fact]
    public async Task Summary_ShowsTheFindingsAsTheyAre()
    {
        string[] findings = [.. Nano.Findings, "Nothing is <b>made</b> of marks & “quotes” in a finding."];
        await using var report = await OpenAsync(Nano with { Findings = [.. findings] });
        Assert.Equal(findings, await report.Page.Locator("#summary .findings li").AllTextContentsAsync());
        report.AssertQuiet();
    }

    [Fact]
    public async Task Stability_SaysOfEveryPairWhetherItDiffersByMoreThanNoise()
    {
        await using var report = await OpenAsync(Nano);
        var page = report.Page;
        var differences = Nano.Trajectories.SelectMany(trajectory => trajectory.Differences).OfType<ReportDifference>().ToArray();
        int Number(string verdict) => differences.Count(difference => difference.Verdict == verdict);
        Assert.All(new[] { "different", "same", "undecided", "too-few-blocks" }, verdict => Assert.True(Number(verdict) > 1, verdict));
        var margin = CircuitDifference.Margin.ToString(CultureInfo.InvariantCulture);
        var passing = differences.Count(difference => difference.Discovered == true);
        var tried = differences.Where(difference => difference.EarlierOnLater is not null).ToArray();
        var kept = tried.Count(difference => difference is { EarlierOnLater: >= 0.8, LaterOnEarlier: >= 0.8 });
        Assert.InRange(passing, 1, Number("different") - 1);
        Assert.InRange(kept, 1, tried.Length - 1);
        var caption = await page.Locator("#stability .caption").InnerTextAsync();
        Assert.Contains($"Of {differences.Length - Number("too-few-blocks")} pairs, {Number("different")} differ, {Number("same")} are the same within {margin} of similarity, {Number("undecided")} are undecided", caption, StringComparison.Ordinal);
        Assert.Contains($"{passing} of the different ones pass at a false-discovery rate of 5%", caption, StringComparison.Ordinal);
        Assert.Contains($"both circuits of {kept} of {tried.Length} different pairs keep 80%", caption, StringComparison.Ordinal);
        Assert.Contains($"{Number("different") - tried.Length} pairs weren’t run on each other’s model: no device has room for the checkpoint now.", caption, StringComparison.Ordinal);
        Assert.Contains("undecided", await page.Locator("#stability .legend").InnerTextAsync(), StringComparison.Ordinal);

        var verdicts = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["different"] = "different",
            ["same"] = $"same within {margin}",
            ["undecided"] = "undecided",
            ["too-few-blocks"] = "too few examples to judge",
        };
        var scopes = new Dictionary<string, string>(StringComparer.Ordinal) { ["templates"] = "templates", ["examples"] = "prompts of these templates" };
        await page.Locator("#stability summary").ClickAsync();
        var rows = await page.Locator("#stability tbody tr").AllInnerTextsAsync();
        Assert.Equal(differences.Length, rows.Count);
        foreach (var (row, difference) in rows.Zip(differences))
        {
            var isJudged = difference.Verdict != "too-few-blocks";
            Assert.EndsWith(string.Join('\t',
                verdicts[difference.Verdict], isJudged ? scopes[difference.Scope] : "–", difference.SizeVerdict,
                isJudged ? difference.Discovered == true ? "yes" : "no" : "–", Decimals(difference.EarlierOnLater), Decimals(difference.LaterOnEarlier)), row, StringComparison.Ordinal);
            Assert.Contains($"\t{Decimals(difference.Across)}\t{Decimals(difference.Ceiling)}\t", row, StringComparison.Ordinal);
        }

        await page.Locator("#stability .chart[data-task=ioi]").FocusAsync();
        foreach (var at in new[] { 13, 12, 11, 10 })
        {
            await page.Keyboard.PressAsync("ArrowLeft");
            var tooltip = await page.Locator(".tooltip").InnerTextAsync();
            foreach (var trajectory in Nano.Trajectories.Where(trajectory => trajectory.Task == "ioi"))
            {
                var difference = trajectory.Differences[at]!;
                var isJudged = difference.Verdict != "too-few-blocks";
                var ceiling = isJudged ? $", ceiling {Decimals(difference.Ceiling)}" : "";
                var verdict = isJudged ? $" · {verdicts[difference.Verdict]} over {scopes[difference.Scope]}" : "";
                var shown = difference.Verdict is "same" or "undecided" ? $"; {Decimals(difference.SmallestShown)} would have been shown" : "";
                var text = string.Create(CultureInfo.InvariantCulture, $"(this pair {trajectory.EdgeJaccard[at]:F2}{ceiling}), to step {Steps[at + 1]:N0}{verdict}{shown}");
                Assert.Contains(text, tooltip, StringComparison.Ordinal);
            }
        }

        await page.Locator("#stability input[value=noise]").CheckAsync();
        foreach (var (model, task) in Trajectories(Nano))
        {
            Assert.Equal(1, await report.CountAsync($"#stability [data-task={task}] g[data-model={model}][data-mark=band] > *"));
        }

        report.AssertQuiet();
    }

    [Fact]
    public async Task Open_ReportWithoutUncertainty_DrawsWhatItHas()
    {
        var data = Nano with
        {
            UncertaintyLeftOut = true,
            Cells = [.. Nano.Cells.Select(cell => cell with { SizeInterval = null })],
            Circuits = [.. Nano.Circuits.Select(circuit => circuit with { Edges = [.. circuit.Edges.Select(edge => edge with { Inclusion = null })] })],
            Trajectories = [.. Nano.Trajectories.Select(trajectory => trajectory with { Differences = [], EdgeEwmaInterval = [], NodeEwmaInterval = [] })],
        };
        await using var report = await OpenAsync(data);

        foreach (var trajectory in data.Trajectories)
        {
            var marks = $"#stability [data-task={trajectory.Task}] g[data-model={trajectory.Model}]";
            Assert.Equal(trajectory.EdgeJaccard.Count(jaccard => jaccard is not null), await report.CountAsync($"{marks}[data-mark=solid] > *"));
            Assert.Equal(0, await report.CountAsync($"{marks}[data-mark=hollow] > *"));
            Assert.Equal(0, await report.CountAsync($"{marks}[data-mark=band] > *"));
            Assert.Equal(0, await report.CountAsync($"#size [data-task={trajectory.Task}] g[data-model={trajectory.Model}][data-mark=band] > *"));
        }

        Assert.NotEmpty(await report.EdgesAsync());
        Assert.Equal(0, await report.CountAsync("#circuit path.uncertain") + await report.CountAsync("#circuit path.certified"));
        Assert.DoesNotContain("sure of", await report.Page.Locator("#circuit .facts").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await report.CountAsync("#stability input[value=noise]"));
        Assert.DoesNotContain("95% interval", await report.Page.Locator("#size .legend").InnerTextAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("noise ceiling", await report.Page.Locator("#stability").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("wasn’t computed for an experiment of this size", await report.Page.Locator("#stability .caption").InnerTextAsync(), StringComparison.Ordinal);
        report.AssertQuiet();
    }

    [Fact]
    public async Task Play_RunsToTheLastCheckpoint()
    {
        await using var report = await OpenAsync(Nano);
        await report.SelectStepAsync(Steps.Count - 3);

        await report.Page.Locator("#circuit [data-control=play]").ClickAsync();
        await report.Page.Locator("#circuit output", new() { HasText = "step 4,000" }).WaitForAsync();
        await report.Page.Locator("#circuit [data-control=play][aria-label='Play through training']").WaitForAsync();

        Assert.Equal(EdgeNames("nano-4l", "ioi", 4000), (await report.EdgesAsync()).Order(StringComparer.Ordinal));
        report.AssertQuiet();
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 800)]
    public async Task Theme_FollowsTheSystemAndTheButton_AndThePageFitsTheWindow(ColorScheme theme, int width)
    {
        await using var report = await OpenAsync(Nano, theme, width);
        const string lightness = "() => Math.max(...getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).slice(0, 3).map(Number))";

        Assert.Equal(theme == ColorScheme.Light, await report.Page.EvaluateAsync<double>(lightness) > 128);
        Assert.True(await report.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"));
        await ScreenshotAsync(report, $"report-{theme.ToString().ToUpperInvariant()}-{width}");
        await report.Page.Locator("[data-control=theme]").ClickAsync();
        Assert.Equal(theme == ColorScheme.Dark, await report.Page.EvaluateAsync<double>(lightness) > 128);
        report.AssertQuiet();
    }

    [Fact]
    public async Task Open_OneModelOneCheckpointOneTask_ShowsWhatThereIs()
    {
        var data = SampleReport.Create(new SampleOptions([SampleOptions.Nano.Models[1]], [4000], Tasks: 1));
        await using var report = await OpenAsync(data);

        Assert.Equal(1, await report.CountAsync("#map svg[data-task] .tile"));
        Assert.Equal(data.Circuits.Single().Edges.Length, (await report.EdgesAsync()).Length);
        Assert.True(await report.Page.Locator("#circuit [data-control=step]").IsDisabledAsync());
        Assert.Contains("a correlation needs 6 or more", await report.Page.Locator("#scale .correlation").InnerTextAsync(), StringComparison.Ordinal);
        report.AssertQuiet();
    }

    [Fact]
    public async Task Open_ManyCheckpointsOfSequentialModelsWithLongNames_ShowsAll()
    {
        int[] steps = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, .. Enumerable.Range(1, 143).Select(thousand => thousand * 1000)];
        var models = Enumerable.Range(1, 5).Select(size => new SampleModel($"a-rather-long-model-name-{size}00m-deduped-seed{size}", size * 100_000_000L, new SampleGraph(3 + size, 4, Parallel: false), 64 * size));
        var data = SampleReport.Create(new SampleOptions([.. models], steps, Tasks: 2, CircuitEdges: 12));
        await using var report = await OpenAsync(data);

        Assert.Equal(data.Cells.Length, await report.CountAsync("#map svg[data-task] .tile"));
        Assert.Equal(steps.Length * steps.Length, await report.CountAsync("#overlap .cells rect:not(.aim)"));
        Assert.True(await report.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"));
        foreach (var index in new[] { 60, 153 })
        {
            await report.SelectStepAsync(index);
            Assert.Equal(Edges(data, data.Models[^1].Name, "ioi", steps[index]).Length, (await report.EdgesAsync()).Length);
        }

        report.AssertQuiet();
    }

    [Fact]
    public async Task Open_NumbersThatCouldNotBeMeasured_AreShownAsMissing()
    {
        var data = SampleReport.Create(SampleOptions.Nano with { Tasks = 2 });
        var missing = data.Cells
            .Where(cell => cell.Task != "gendered-pronoun" || cell.Model != "nano-3l")
            .Select((cell, i) => i % 3 > 0 ? cell : cell with
            {
                Metric = null,
                MetricLow = null,
                MetricHigh = null,
                CorruptedMetric = null,
                FaithfulnessFound = null,
                FaithfulnessJudged = null,
                NormalizedFound = null,
                NormalizedJudged = null,
                Search = [],
                Seconds = null,
            });
        await using var report = await OpenAsync(data with { Cells = [.. missing] });

        for (var i = 0; i < Steps.Count; i++)
        {
            await report.SelectStepAsync(i);
        }

        await report.SelectAsync("circuit", "nano-3l", "gendered-pronoun");
        Assert.Contains("Nothing was analysed", await report.Page.Locator("#circuit .notice").InnerTextAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", await report.Page.Locator("#page").InnerHTMLAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("undefined", await report.Page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        report.AssertQuiet();
    }

    [Theory]
    [InlineData("null", "carries no report")]
    [InlineData("""{"version":1,"title":"Nothing yet"}""", "nothing to show yet")]
    [InlineData("""{"version":7}""", "version 7")]
    public async Task Open_NothingToShow_SaysWhy(string json, string words)
    {
        var path = Path.Combine(Folder, "report.html");
        ReportWriter.Write(path, System.Text.Encoding.UTF8.GetBytes(json));
        await using var report = await Browser.OpenAsync(path);

        Assert.Contains(words, await report.Page.Locator("#page").InnerTextAsync(), StringComparison.Ordinal);
    }

    /// <summary>Two decimals, or three below a tenth, as figures have similarities.</summary>
    private static string Decimals(double? value) => value is { } known ? known.ToString(known >= 0.1 ? "F2" : "F3", CultureInfo.InvariantCulture) : "–";

    /// <summary>For people to look at; nothing is compared with them.</summary>
    private static Task<byte[]> ScreenshotAsync(ReportPage report, string name) =>
        report.Page.ScreenshotAsync(new() { Path = Path.Combine(AppContext.BaseDirectory, "screenshots", $"{name}.png"), FullPage = true });
}
