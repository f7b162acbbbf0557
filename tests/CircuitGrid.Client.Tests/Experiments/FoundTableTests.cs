using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Tests.Hosting;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Client.Tests.Experiments;

/// <summary>The table at the end of the demo.</summary>
public sealed class FoundTableTests
{
    [Theory]
    [InlineData(80)]
    [InlineData(160)]
    public void Table_OnATerminal_FitsAndNamesTheFirstCircuit(int width) => Assert.Equal(
        """

         task              model    by token  state     metric  edges  of all  judged
        ───────────────────────────────────────────────────────────────────────────────
         ioi               nano-2l   1.024 M  task      4.1250     26    3.2%  0.8125
         ioi               nano-3l         –  no task   0.0312      –       –       –
         gendered-pronoun  nano-2l     256 k  task      9.5000  1,084  100.0%  1.0000
         gendered-pronoun  nano-3l         –  against  -2.5000      –       –       –


        """,
        Render(width, terminal: true));

    [Fact]
    public void Table_InAPipe_HasNoRules() => Assert.Equal(
        """
        task              model    by token  state     metric  edges  of all  judged
        ioi               nano-2l   1.024 M  task      4.1250     26    3.2%  0.8125
        ioi               nano-3l         –  no task   0.0312      –       –       –
        gendered-pronoun  nano-2l     256 k  task      9.5000  1,084  100.0%  1.0000
        gendered-pronoun  nano-3l         –  against  -2.5000      –       –       –

        """,
        Render(1000, terminal: false));

    [Fact]
    public void Table_OfUnknownTokens_IsByStep() => Assert.Equal(
        """
        task  model    by step  state  metric  edges  of all  judged
        ioi   nano-2l    1,500  task   4.1250     26    3.2%  0.8125
        How many tokens training has seen isn't known: its time is counted in steps.

        """,
        Render(1000, terminal: false, Report() with
        {
            TokensKnown = TokensKnown.Unknown,
            Models = [Model("nano-2l")],
            Tasks = [.. Report().Tasks.Take(1)],
            Cells = [Report().Cells[0] with { Tokens = 1500, TokensKnown = TokensKnown.Unknown }],
        }));

    [Fact]
    public void Table_OfAssumedTokens_SaysSoOnce() => Assert.EndsWith(
        """
        gendered-pronoun  nano-3l         –  against  -2.5000      –       –       –
        Tokens are assumed: 2,097,152 a step; write tokensPerStep into suite.json.

        """,
        Render(1000, terminal: false, Report() with { TokensKnown = TokensKnown.Assumed }),
        StringComparison.Ordinal);

    private static string Render(int width, bool terminal, ReportDocument? report = null)
    {
        using var output = new StringWriter();
        var console = ClientRun.ConsoleOn(output, width, terminal);
        FoundTable.Write(console, report ?? Report());
        return string.Join('\n', output.ToString().ReplaceLineEndings("\n").Split('\n').Select(l => l.TrimEnd()));
    }

    private static ReportDocument Report() => new()
    {
        Title = "t",
        Suite = "nano",
        TokensPerStep = 1024,
        Created = DateTimeOffset.UnixEpoch,
        Program = "p",
        Analysis = new("eap-ig", 5, "corrupted-end", "greedy", Absolute: true, 0.8, "default", "default", "half", "patching", "grid", "templates", "cpu-f32"),
        Models = [Model("nano-2l"), Model("nano-3l")],
        Tasks = [new("ioi", "IOI", "logit-diff", "logits", 70), new("gendered-pronoun", "GP", "logit-diff", "logits", 100)],
        Cells =
        [
            Cell("nano-2l", 2000, "ioi", "reached", 4.125) with { Edges = 26, EdgeShare = 0.032, Nodes = 12, FaithfulnessJudged = 0.8125 },
            Cell("nano-2l", 1000, "ioi", "reached", 3) with { Edges = 99 },
            Cell("nano-2l", 500, "ioi", "not-reached", 1) with { Edges = 500 },
            Cell("nano-2l", 0, "ioi", "no-task", 0.01),
            Cell("nano-3l", 2000, "ioi", "no-task", 0.03125),
            Cell("nano-2l", 250, "gendered-pronoun", "reached", 9.5) with { Edges = 1084, EdgeShare = 1, Nodes = 32, FaithfulnessJudged = 1 },
            Cell("nano-3l", 250, "gendered-pronoun", "no-task", -2.5, "against"),
        ],
        Circuits = [],
        CircuitsLeftOut = 0,
        Trajectories = [],
        Scale = [],
    };

    private static ReportModel Model(string name) => new(name, 1, 1, 2, 4, Parallel: true, 64, 1084);

    private static ReportCell Cell(string model, int step, string task, string status, double metric, string? state = null) => new()
    {
        Model = model,
        Step = step,
        Tokens = step * 1024L,
        Task = task,
        Status = status,
        State = state ?? (string.Equals(status, "no-task", StringComparison.Ordinal) ? "no-task" : "task"),
        Metric = metric,
        MetricLow = metric,
        MetricHigh = metric,
        CorruptedMetric = 0,
        Accuracy = 1,
        Search = [],
    };
}
