using CircuitGrid.Experiments.Reports;
using CircuitGrid.Models.Suites;

using static CircuitGrid.EndToEnd.Tests.Report.NanoReport;

namespace CircuitGrid.EndToEnd.Tests.Report;

/// <summary>What the page says of tokens that are rounded, assumed or unknown; how it draws a training of stages; and what it says was left out.</summary>
public sealed class TrainingTimePageTests(InstalledBrowser browser) : PageTest(browser)
{
    [Theory]
    [InlineData(TokensKnown.Counted, "training tokens", "tokens", "over 4.1M training tokens.")]
    [InlineData(TokensKnown.Rounded, "training tokens (rounded)", "tokens (rounded)", "over 4.1M training tokens (rounded).")]
    [InlineData(TokensKnown.Assumed, "training tokens (assumed: 2,097,152 a step)", "tokens (assumed: 2,097,152 a step)", "over 4.1M training tokens (assumed: 2,097,152 a step).")]
    public async Task Tokens_AreSaidToBeWhatTheyAre_WhereverTheyAreShown(TokensKnown known, string axis, string column, string span)
    {
        await using var report = await OpenAsync(Nano with { TokensKnown = known, TokensPerStepAssumed = known == TokensKnown.Assumed ? 2_097_152 : null });

        await AssertAxesAsync(report, axis);
        foreach (var panel in (string[])["metric", "size", "roles"])
        {
            Assert.Contains(column, await ColumnsAsync(report, panel));
        }

        Assert.EndsWith(span, await report.Page.Locator("#summary .headline").InnerTextAsync(), StringComparison.Ordinal);
        Assert.EndsWith("4.1M tokens", await report.Page.Locator("#circuit output").InnerTextAsync(), StringComparison.Ordinal);
        var methods = await report.Page.Locator("#methods").InnerTextAsync();
        Assert.Equal(known == TokensKnown.Assumed, methods.Contains("Tokens are assumed: 2,097,152 a step, because nothing says otherwise", StringComparison.Ordinal));
        Assert.Equal(known == TokensKnown.Rounded, methods.Contains("Tokens are rounded", StringComparison.Ordinal));
        report.AssertQuiet();
    }

    /// <summary>No text of the page says tokens of a training where only its steps are known.</summary>
    [Fact]
    public async Task UnknownTokens_AreStepsEverywhere()
    {
        await using var report = await OpenAsync(ByStep(Nano));
        var page = report.Page;

        await AssertAxesAsync(report, "training step");
        Assert.Contains("step, earlier stages included", await ColumnsAsync(report, "metric"));
        Assert.EndsWith("over 4,000 training steps.", await page.Locator("#summary .headline").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal("step 4,000", await page.Locator("#circuit output").InnerTextAsync());
        await page.Locator("#size .chart[data-task=ioi]").FocusAsync();
        await page.Keyboard.PressAsync("ArrowLeft");
        Assert.StartsWith("Step 3,200\n", await page.Locator(".tooltip").InnerTextAsync(), StringComparison.Ordinal);
        await page.Keyboard.PressAsync("Escape");
        Assert.Matches("after [0-9,]+, by [0-9,]+$", (await RowsAsync(report, "onsets"))[0][3]);
        foreach (var label in await page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('#metric [aria-label], #size [aria-label], #stability [aria-label], #roles [aria-label], #onsets [aria-label], #heads [aria-label]')].map(e => e.getAttribute('aria-label'))"))
        {
            Assert.DoesNotContain("tokens", label, StringComparison.Ordinal);
        }

        Assert.Contains("How many tokens training has seen isn’t known: its time is counted in steps.", await page.Locator("#methods").InnerTextAsync(), StringComparison.Ordinal);
        report.AssertQuiet();
    }

    /// <summary>A training's curve is joined to that of the one that it goes on from, and stands behind it in the legend.</summary>
    [Fact]
    public async Task Stages_AreJoinedToTheirParents_AndMethodsSayWhatFollowsWhat()
    {
        var tree = Tree();
        await using var report = await OpenAsync(tree);
        var page = report.Page;

        Assert.Equal(["m.z", "m.a", "m.b"], (await page.Locator("#metric .legend li:not(.special)").AllInnerTextsAsync()).Select(text => text.Trim()));
        foreach (var panel in (string[])["metric", "size", "stability"])
        {
            foreach (var task in tree.Tasks)
            {
                foreach (var (model, joints) in ((string, int)[])[("m.z", 0), ("m.a", 1), ("m.b", 1)])
                {
                    Assert.Equal(joints, await report.CountAsync($"#{panel} [data-task={task.Name}] g[data-model='{model}'][data-mark=joint] > path"));
                }
            }
        }

        // in the child's colour, from the parent's last symbol to the child's first
        var (line, first, last) = (await DrawnAsync("joint", "m.a", 0), await DrawnAsync("line", "m.a", 0), await DrawnAsync("line", "m.z", 0));
        Assert.Equal((first.Stroke, "3,3"), (line.Stroke, line.Dash.Replace(" ", ",", StringComparison.Ordinal)));
        Assert.Equal((last.Points[^1], first.Points[0]), (line.Points[0], line.Points[1]));
        Assert.Contains("Trainings go on from one another, and their time with them (thin dashed lines): m.a and m.b from m.z.", await page.Locator("#methods").InnerTextAsync(), StringComparison.Ordinal);
        report.AssertQuiet();

        async Task<(string Stroke, string Dash, string[] Points)> DrawnAsync(string mark, string model, int path)
        {
            var marks = page.Locator($"#metric [data-task=ioi] g[data-model='{model}'][data-mark={mark}]");
            var drawn = await marks.EvaluateAsync<string[]>("g => { const of = (e, name) => e.getAttribute(name) ?? g.getAttribute(name) ?? ''; const path = g.querySelector('path'); return [of(path, 'stroke'), of(path, 'stroke-dasharray'), path.getAttribute('d')]; }");
            return (drawn[0], drawn[1], drawn[2].TrimStart('M').Split('L'));
        }
    }

    [Fact]
    public async Task LeftOut_IsATableInMethods_OfTenAndACount()
    {
        ReportLeftOut[] leftOut = [.. Enumerable.Range(1, 12).Select(i => new ReportLeftOut(i == 1 ? "" : "m", $"odd-{i}", $"its name fits no pattern <b>{i}</b>"))];
        await using var report = await OpenAsync(Nano with { LeftOut = [.. leftOut], OthersLeftOut = 1 });
        var table = report.Page.Locator("#methods table.leftout");

        Assert.Equal("What was left out, and why", await table.Locator("caption").InnerTextAsync());
        var rows = await table.Locator("tbody tr").EvaluateAllAsync<string[]>("rows => rows.map(row => [...row.children].map(cell => cell.textContent).join('|'))");
        Assert.Equal(leftOut.Take(10).Select(l => $"{l.Name}|{(l.Model.Length == 0 ? "–" : l.Model)}|{l.Reason}"), rows);
        var said = await report.Page.Locator("#methods").InnerTextAsync();
        Assert.Contains("And 2 more; circuitgrid audit lists all. 1 entry of the suite’s folder without the looks of a checkpoint was left out too.", said, StringComparison.Ordinal);
        report.AssertQuiet();
    }

    [Fact]
    public async Task NothingLeftOut_IsNotMentioned()
    {
        await using var report = await OpenAsync(Nano);
        Assert.Equal(0, await report.CountAsync("#methods table.leftout"));
        Assert.DoesNotContain("left out", await report.Page.Locator("#methods").InnerTextAsync(), StringComparison.Ordinal);
        report.AssertQuiet();
    }

    /// <summary>Every axis over training has its title.</summary>
    private static async Task AssertAxesAsync(ReportPage report, string title)
    {
        foreach (var panel in (string[])["metric", "size", "stability", "roles", "onsets", "heads", "algorithm"])
        {
            var titles = await report.Page.Locator($"#{panel} p.axis").AllInnerTextsAsync();
            Assert.NotEmpty(titles);
            Assert.All(titles, text => Assert.Equal(title, text));
        }
    }

    private static async Task<IReadOnlyList<string>> ColumnsAsync(ReportPage report, string panel)
    {
        await OpenNumbersAsync(report, panel);
        return await report.Page.Locator($"#{panel} details.data thead th").AllTextContentsAsync();
    }

    private static async Task OpenNumbersAsync(ReportPage report, string panel)
    {
        await report.Page.Locator($"#{panel} details.data > summary").ClickAsync();
        await report.Page.Locator($"#{panel} details.data thead").WaitForAsync();
    }

    private static async Task<string[][]> RowsAsync(ReportPage report, string panel)
    {
        await OpenNumbersAsync(report, panel);
        return await report.Page.EvaluateAsync<string[][]>("panel => [...document.querySelectorAll(`#${panel} details.data tbody tr`)].map(row => [...row.children].map(cell => cell.textContent))", panel);
    }

    /// <summary>The same report of a training whose tokens nobody knows: its clock is its steps.</summary>
    private static ReportDocument ByStep(ReportDocument report) => report with
    {
        TokensPerStep = null,
        TokensKnown = TokensKnown.Unknown,
        Cells = [.. report.Cells.Select(c => c with { Tokens = c.Step, TokensKnown = TokensKnown.Unknown })],
        Trajectories = [.. report.Trajectories.Select(t => t with { Tokens = [.. t.Steps.Select(s => (long)s)] })],
        TaskOnsets = [.. report.TaskOnsets.Select(o => o with { Onset = ByStep(o.Onset) })],
        Roles = [.. report.Roles.Select(r => r with { Tokens = [.. r.Steps.Select(s => (long)s)], Roles = [.. r.Roles.Select(role => role with { Onset = ByStep(role.Onset), CircuitOnset = ByStep(role.CircuitOnset) })] })],
    };

    private static ReportOnset ByStep(ReportOnset onset)
    {
        return onset with
        {
            After = Moment(onset.After),
            By = Moment(onset.By),
            LostAt = Moment(onset.LostAt),
            BackBy = Moment(onset.BackBy),
            ThirdOfMaximum = onset.By?.Step,
            Midpoint = onset.By?.Step,
            MidpointLow = onset.After?.Step,
            MidpointHigh = onset.By?.Step,
        };

        static ReportMoment? Moment(ReportMoment? moment) => moment is null ? null : moment with { Tokens = moment.Step };
    }

    /// <summary>Three models of one size, two of which go on where the first, the last by name, ends.</summary>
    private static ReportDocument Tree()
    {
        var graph = new SampleGraph(2, 4, Parallel: true);
        SampleModel Of(string name) => new(name, 162_000, graph, 64);
        var report = SampleReport.Create(new([Of("m.z"), Of("m.a"), Of("m.b")], [1500, 2000, 2500, 3200, 4000], Tasks: 2));
        const long End = 4000 * 1024;
        return report with
        {
            Models = [.. report.Models.Select(m => m.Name == "m.z" ? m with { Stage = "z" } : m with { Stage = m.Name[2..], Parent = "m.z" })],
            Cells = [.. report.Cells.Select(c => c.Model == "m.z" ? c : c with { Tokens = c.Tokens + End })],
            Trajectories = [.. report.Trajectories.Select(t => t.Model == "m.z" ? t : t with { Tokens = [.. t.Tokens.Select(at => at + End)] })],
            Roles = [],
            RolePairs = [],
            TaskOnsets = [],
        };
    }
}
