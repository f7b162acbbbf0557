using CircuitGrid.Experiments.Reports;
using CircuitGrid.Experiments.Reports.Findings;

namespace CircuitGrid.EndToEnd.Tests.Report;

/// <summary>The report's figures of head roles in a real browser, counted against the data they were drawn from.</summary>
public sealed class RolePageTests(InstalledBrowser browser) : PageTest(browser)
{
    private static readonly ReportDocument Nano = SampleReport.Create(SampleOptions.Nano);

    [Fact]
    public async Task Roles_DrawAPointForEveryCheckpoint_AndWhenRoleAndTaskAppear()
    {
        await using var report = await OpenAsync(Nano);
        foreach (var (series, values) in new (string, Func<ReportRole, IEnumerable<double?>>)[]
        {
            ("score", role => role.Score),
            ("circuitSum", role => role.CircuitSum),
            ("heads", role => role.Heads.Select(heads => (double?)heads.Length)),
        })
        {
            await report.Page.Locator($"#roles input[value={series}]").CheckAsync();
            foreach (var (model, role) in Roles())
            {
                var marks = $"#roles [data-task={role.Role}] g[data-model={model}]";
                Assert.Equal(values(role).Count(value => value is not null), await report.CountAsync($"{marks}[data-mark=solid] > *"));
                Assert.Equal(series == "heads" || role.FirstHead is not null ? 1 : 0, await report.CountAsync($"{marks}[data-mark=band] > *"));
                Assert.Equal(role.Onset.By is null ? 0 : 1, await report.CountAsync($"{marks}[data-mark=role] > *"));
                Assert.Equal(role.Onset.By is null ? 0 : 1, await report.CountAsync($"{marks}[data-mark=role-interval] > *"));
                Assert.Equal(1, await report.CountAsync($"{marks}[data-mark=task] > *"));
                Assert.Equal(1, await report.CountAsync($"{marks}[data-mark=task-interval] > *"));
            }
        }

        var last = Nano.Roles[^1].Roles.Single(role => role.Role == "copying");
        await report.Page.Locator("#roles .chart[data-task=copying]").FocusAsync();
        await report.Page.Keyboard.PressAsync("ArrowLeft");
        var turnover = last.Turnover[^2]!;
        var (surely, possibly) = last.HeadsBetween[^2]!;
        Assert.Contains($"{last.Heads[^2].Length} [{surely}, {possibly}] ({turnover.Entering} entering, {turnover.Leaving} leaving)", await report.Page.Locator(".tooltip").InnerTextAsync(), StringComparison.Ordinal);
        report.AssertQuiet();
    }

    [Fact]
    public async Task Onsets_SayWhichComesFirst_AsFarAsTheIntervalsTell()
    {
        await using var report = await OpenAsync(Nano);
        foreach (var moment in new[] { "seen", "midpoint" })
        {
            await report.Page.Locator($"#onsets input[value={moment}]").CheckAsync();
            var expected = Roles().Select(entry => Relation(entry.Model, entry.Role, moment)).Order(StringComparer.Ordinal).ToArray();
            Assert.Equal(expected, (await report.Page.Locator("#onsets g.relation text").AllTextContentsAsync()).Select(text => text.Split(',')[0]).Order(StringComparer.Ordinal));
            Assert.Equal(["after the task", "before the task", "not seen", moment == "seen" ? "with the task" : "not determined"], expected.Distinct().OrderBy(word => word == "not determined").ThenBy(word => word, StringComparer.Ordinal));
            foreach (var (model, role) in Roles())
            {
                var marks = $"#onsets g[data-role={role.Role}][data-model={model}]";
                Assert.Equal(role.Onset.By is null ? 0 : 1, await report.CountAsync($"{marks}[data-mark=role] > *"));
                Assert.Equal(1, await report.CountAsync($"{marks}[data-mark=task] > *"));
            }
        }

        var summary = await report.Page.Locator("#summary .findings").InnerTextAsync();
        Assert.Contains("Copying heads, against Indirect object identification: before it in each of 3 models.", summary, StringComparison.Ordinal);
        var suppression = Roles().Where(entry => entry.Role.Role == "copy-suppression").ToLookup(entry => entry.Role.Order, entry => entry.Model, StringComparer.Ordinal);
        Assert.All(suppression, models => Assert.Contains(models.Key, new[] { "before", "with" }));
        var orders = suppression.Select(models => $"{models.Key} it in {(models.Count() == 3 ? "each of 3 models" : string.Join(" and ", models))}");
        Assert.Contains($"Copy suppression heads, against Indirect object identification: {string.Join(" and ", orders)}.", summary, StringComparison.Ordinal);
        Assert.Contains("Induction heads, against Greater-than: after it in each of 3 models.", summary, StringComparison.Ordinal);
        Assert.Contains("No correlation with model size is given: 3 model sizes; a correlation needs 6 or more.", summary, StringComparison.Ordinal);
        report.AssertQuiet();
    }

    [Fact]
    public async Task Heads_OfTheSelectedModel_AreALineEach()
    {
        await using var report = await OpenAsync(Nano);
        foreach (var model in new[] { "nano-4l", "nano-2l" })
        {
            await report.Page.Locator("#heads [data-control=model]").SelectOptionAsync(model);
            var heads = SampleOptions.Nano.Models.Single(m => m.Name == model).Graph;
            foreach (var role in Nano.Roles.Single(roles => roles.Model == model).Roles)
            {
                var having = role.Heads.SelectMany(set => set).Distinct().Count();
                var lines = $"#heads [data-role={role.Role}] .heads path:not(.band)";
                var band = await report.Page.Locator($"#heads [data-role={role.Role}] .heads path.band").GetAttributeAsync("d");
                Assert.Equal(role.FirstHead is null ? 0 : 2 * role.ScoreInterval.Length, band!.Count(c => c == ','));
                Assert.Equal(heads.Layers * heads.Heads, await report.CountAsync(lines));
                Assert.Equal(role.FirstHead is null ? 0 : 1, await report.CountAsync($"{lines}.first[data-head='{role.FirstHead}']"));
                Assert.Equal(having - (role.FirstHead is null ? 0 : 1), await report.CountAsync($"{lines}.having"));
            }

            Assert.Equal(model, await report.Page.Locator("#circuit [data-control=model]").InputValueAsync());
        }

        report.AssertQuiet();
    }

    [Fact]
    public async Task Algorithm_ShowsTheFormThatIsChosen_AndSaysWhich()
    {
        await using var report = await OpenAsync(Nano);
        var caption = report.Page.Locator("#algorithm .caption");
        Assert.Contains("absolute effects over the heads in the checkpoint’s circuit", await caption.InnerTextAsync(), StringComparison.Ordinal);
        foreach (var (form, of) in new (string, Func<ReportAlgorithm, ReportAlgorithmShares?>)[]
        {
            ("circuit", a => a.InCircuit), ("circuit-signed", a => a.InCircuit), ("all", a => a.AllHeads), ("all-signed", a => a.AllHeads),
        })
        {
            await report.Page.Locator($"#algorithm input[value={form}]").CheckAsync();
            foreach (var model in Nano.Roles)
            {
                var shares = model.Algorithm.OfType<ReportAlgorithm>().Select(of).OfType<ReportAlgorithmShares>().ToArray();
                Task<int> Points(string part) => report.CountAsync($"#algorithm [data-task={part}] g[data-model={model.Model}][data-mark=solid] > *");
                Assert.Equal(shares.Length, await Points("direct"));
                Assert.Equal(1, await report.CountAsync($"#algorithm [data-task=direct] g[data-model={model.Model}][data-mark=band] > *"));
                Assert.Equal(shares.Count(s => s.Queries is not null), await Points("queries"));
                Assert.Equal(shares.Count(s => s.Values is not null), await Points("values"));
            }
        }

        Assert.Contains("signs over all heads", await caption.InnerTextAsync(), StringComparison.Ordinal);
        report.AssertQuiet();
    }

    [Fact]
    public async Task Depth_AndMatches_CompareTheSizes()
    {
        await using var report = await OpenAsync(Nano);
        foreach (var (role, index) in Nano.Roles[0].Roles.Select((role, i) => (role.Role, i)))
        {
            var drawn = role == "s-inhibition" ? 0 : SampleOptions.Nano.Models.Sum(model => model.Graph.Layers);
            Assert.Equal(drawn, await report.CountAsync($"#depth [data-role={role}] .profile > *"));
            Assert.Equal(drawn == 0 ? 0 : SampleOptions.Nano.Models.Count, await report.CountAsync($"#depth [data-role={role}] .profile-band > *"));
            var distances = await report.Page.Locator($"#depth [data-role={role}] .distances li").AllInnerTextsAsync();
            Assert.Equal(Nano.RolePairs.Count(pair => pair.Distances[index].Distance is not null), distances.Count);
        }

        Assert.Equal(2, await report.CountAsync("#matches option"));
        foreach (var pair in Nano.RolePairs.Where(pair => pair.Matches.Length > 0))
        {
            await report.Page.Locator("#matches [data-control=pair]").SelectOptionAsync(new Microsoft.Playwright.SelectOptionValue { Label = $"{pair.First} and {pair.Second}" });
            Assert.Equal(Math.Min(16, pair.Matches.Length), await report.CountAsync("#matches .matches tbody tr"));
        }

        report.AssertQuiet();
    }

    [Fact]
    public async Task Open_WithoutHeadScores_HasNoFiguresOfThem()
    {
        var data = Nano with { Roles = [], RolePairs = [] };
        await using var report = await OpenAsync(data with { Findings = ReportFindings.Of(data) });
        foreach (var panel in new[] { "roles", "onsets", "heads", "algorithm", "depth", "matches" })
        {
            Assert.Equal(0, await report.CountAsync($"#{panel}"));
            Assert.Equal(0, await report.CountAsync($"nav a[href='#{panel}']"));
        }

        Assert.DoesNotContain(" heads", await report.Page.Locator("#summary").InnerTextAsync(), StringComparison.Ordinal);
        report.AssertQuiet();
    }

    [Fact]
    public async Task Open_ScoresLeftOutOrOneModel_SaysSo()
    {
        var one = SampleReport.Create(SampleOptions.Nano with { Models = [SampleOptions.Nano.Models[0]] });
        var roles = one.Roles.Select(model => model with { ScoresLeftOut = true, Roles = [.. model.Roles.Select(role => role with { Scores = [] })] });
        await using var report = await OpenAsync(one with { Roles = [.. roles] });
        Assert.Contains("left out to keep this file small", await report.Page.Locator("#heads").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("there are no two", await report.Page.Locator("#matches").InnerTextAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", await report.Page.Locator("#page").InnerHTMLAsync(), StringComparison.Ordinal);
        report.AssertQuiet();
    }

    private static IEnumerable<(string Model, ReportRole Role)> Roles() => Nano.Roles.SelectMany(model => model.Roles.Select(role => (model.Model, role)));

    /// <summary>A role against its task, from the definition.</summary>
    private static string Relation(string model, ReportRole role, string moment)
    {
        var task = Nano.TaskOnsets.Single(onset => onset.Model == model && onset.Task == role.Task).Onset;
        if (moment == "seen")
        {
            var words = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["before"] = "before the task",
                ["with"] = "with the task",
                ["after"] = "after the task",
                ["not-seen"] = "not seen",
            };
            return words[role.Order];
        }

        return role.Onset.Midpoint is null ? "not seen"
            : role.Onset.MidpointHigh < task.MidpointLow ? "before the task"
            : role.Onset.MidpointLow > task.MidpointHigh ? "after the task"
            : "not determined";
    }
}
