using System.Globalization;
using static CircuitGrid.EndToEnd.Tests.Report.NanoReport;

namespace CircuitGrid.EndToEnd.Tests.Report;

/// <summary>The circuit that the page draws is the one of the data, at every checkpoint, for every model and task.</summary>
public sealed class CircuitPageTests(InstalledBrowser browser) : PageTest(browser)
{
    [Fact]
    public async Task Slider_AtEveryCheckpoint_DrawsExactlyThatCircuit()
    {
        await using var report = await OpenAsync(Nano);
        const string model = "nano-4l";
        const string task = "ioi";
        await report.SelectAsync("circuit", model, task);

        for (var i = 0; i < Steps.Count; i++)
        {
            var step = Steps[i];
            await report.SelectStepAsync(i);

            Assert.Equal(EdgeNames(model, task, step), (await report.EdgesAsync()).Order(StringComparer.Ordinal));
            Assert.Contains($"step {step.ToString("N0", CultureInfo.InvariantCulture)}", await report.Page.Locator("#circuit output").InnerTextAsync(), StringComparison.Ordinal);
            var notice = await report.Page.Locator("#circuit .notice").InnerTextAsync();
            Assert.Equal(Cell(model, task, step).Status == "no-task", notice.StartsWith("No task yet", StringComparison.Ordinal));
        }

        report.AssertQuiet();
    }

    [Fact]
    public async Task Selectors_OfEveryModelAndTask_ShowTheirCircuitAndMatrix()
    {
        await using var report = await OpenAsync(Nano);
        var last = Steps[^1];

        foreach (var (model, task) in Trajectories(Nano))
        {
            await report.SelectAsync("circuit", model, task);
            var graph = Graph(model);

            Assert.Equal(EdgeNames(model, task, last), (await report.EdgesAsync()).Order(StringComparer.Ordinal));
            Assert.Equal(graph.Sources + 1, await report.CountAsync("#circuit .node"));
            Assert.Equal(model, await report.Page.Locator("#overlap [data-control=model]").InputValueAsync());
            Assert.Equal(Steps.Count * Steps.Count, await report.CountAsync("#overlap .cells rect:not(.aim)"));
            Assert.Equal(Uncompared(model, task), await report.CountAsync("#overlap .cells rect[style*=hatch]"));
        }

        await report.SelectAsync("overlap", "nano-2l", "sva");
        Assert.Equal(EdgeNames("nano-2l", "sva", last), (await report.EdgesAsync()).Order(StringComparer.Ordinal));
        report.AssertQuiet();
    }

    [Fact]
    public async Task ColourByChange_TellsKeptGainedAndLostEdgesApart()
    {
        await using var report = await OpenAsync(Nano);
        await report.SelectAsync("circuit", "nano-3l", "gendered-pronoun");
        await report.Page.Locator("#circuit .segmented input[value=change]").CheckAsync();
        var steps = Steps;
        var (before, now) = (EdgeNames("nano-3l", "gendered-pronoun", steps[^2]), EdgeNames("nano-3l", "gendered-pronoun", steps[^1]));

        Assert.Equal(now.Intersect(before).Order(StringComparer.Ordinal), (await report.EdgesAsync("edge.kept")).Order(StringComparer.Ordinal));
        Assert.Equal(now.Except(before).Order(StringComparer.Ordinal), (await report.EdgesAsync("edge.gained")).Order(StringComparer.Ordinal));
        Assert.Equal(before.Except(now).Order(StringComparer.Ordinal), (await report.EdgesAsync("ghost.lost")).Order(StringComparer.Ordinal));
        var facts = await report.Page.Locator("#circuit .facts").InnerTextAsync();
        Assert.Contains($"{now.Intersect(before).Count()} kept, {now.Except(before).Count()} gained, {before.Except(now).Count()} lost", facts, StringComparison.Ordinal);
        report.AssertQuiet();
    }

    [Fact]
    public async Task Edges_AreDrawnAsSureAsTheExamplesAre()
    {
        await using var report = await OpenAsync(Nano);
        await report.SelectAsync("circuit", "nano-4l", "ioi");
        var graph = Graph("nano-4l");
        var edges = Edges(Nano, "nano-4l", "ioi", Steps[^1]);
        string[] Named(Func<double, bool> inclusion) => [.. edges.Where(edge => inclusion(edge.Inclusion!.Value)).Select(edge => graph.EdgeName(edge.Source, edge.Slot)).Order(StringComparer.Ordinal)];
        var (certified, uncertain, rejected) = (Named(p => p >= 0.95), Named(p => p is > 0.05 and < 0.95), Named(p => p <= 0.05));

        foreach (var color in new[] { "change", "sign" })
        {
            await report.Page.Locator($"#circuit .segmented input[value={color}]").CheckAsync();
            Assert.Equal(certified, (await report.EdgesAsync("edge.certified")).Order(StringComparer.Ordinal));
            Assert.Equal(uncertain, (await report.EdgesAsync("edge.uncertain")).Order(StringComparer.Ordinal));
            Assert.Equal(rejected, (await report.EdgesAsync("edge.rejected")).Order(StringComparer.Ordinal));
        }

        Assert.All([certified, uncertain, rejected], Assert.NotEmpty);
        Assert.Contains($"{certified.Length} certified, {uncertain.Length} uncertain, {rejected.Length} rejected", await report.Page.Locator("#circuit .facts").InnerTextAsync(), StringComparison.Ordinal);
        const string opacities = "kind => [...document.querySelectorAll(`#circuit path.edge.${kind}`)].map(mark => Number(getComputedStyle(mark).strokeOpacity))";
        var (faint, solid) = (await report.Page.EvaluateAsync<double[]>(opacities, "uncertain"), await report.Page.EvaluateAsync<double[]>(opacities, "certified"));
        Assert.True(faint.Average() < solid.Average() / 2, $"{faint.Average()} against {solid.Average()}");
        Assert.True((await report.Page.EvaluateAsync<double[]>(opacities, "rejected")).Average() < faint.Average());
        report.AssertQuiet();
    }

    [Fact]
    public async Task Node_WhenFocused_ListsItsEdgesByStrength()
    {
        await using var report = await OpenAsync(Nano);
        const string model = "nano-2l";
        await report.SelectAsync("circuit", model, "ioi");
        var graph = Graph(model);
        var circuit = Edges(Nano, model, "ioi", Steps[^1]);
        var head = circuit.Select(edge => graph.SourceName(edge.Source)).First(name => name.StartsWith('a'));
        var expected = circuit
            .Where(edge => graph.SourceName(edge.Source) == head || graph.TargetName(edge.Slot) == head)
            .OrderBy(edge => graph.SourceName(edge.Source) == head).ThenByDescending(edge => Math.Abs(edge.Score))
            .Select(edge => graph.EdgeName(edge.Source, edge.Slot)).ToArray();

        await report.Page.Locator($"#circuit [data-node='{head}']").FocusAsync();

        Assert.Equal(expected, await report.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('#circuit .lists li')].map(item => item.dataset.edge)"));
        Assert.Equal(expected.Length, await report.CountAsync("#circuit path.edge.pointed"));
        report.AssertQuiet();
    }

    /// <summary>Pairs of checkpoints of which at least one has no circuit.</summary>
    private static int Uncompared(string model, string task)
    {
        var with = Steps.Count(step => Edges(Nano, model, task, step).Length > 0);
        return Steps.Count * Steps.Count - with * with;
    }
}
