using CircuitGrid.Client.Hosting;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace CircuitGrid.Client.Tests.Terminal;

/// <summary>Whatever a console is given and by whatever way, no character of it is obeyed by a terminal.</summary>
public sealed class VisibleConsoleTests
{
    public static TheoryData<string> Ways => [.. All.Keys.Order(StringComparer.Ordinal)];

    private static Dictionary<string, Func<IAnsiConsole, string, Task>> All { get; } = new(StringComparer.Ordinal)
    {
        ["write"] = Now((c, text) => c.Write(text)),
        ["write styled"] = Now((c, text) => c.Write(text, new Style(Color.Red))),
        ["write line"] = Now((c, text) => c.WriteLine(text)),
        ["markup"] = Now((c, text) => c.MarkupLine($"[bold]{Markup.Escape(text)}[/]")),
        ["markup interpolated"] = Now((c, text) => c.MarkupLineInterpolated($"[green]{text}[/]")),
        ["link"] = Now((c, text) => c.Write(new Text(text, new Style(link: $"https://example.org/{text}")))),
        ["link of its text"] = Now((c, text) => c.MarkupLine($"[link]{Markup.Escape(text)}[/]")),
        ["table"] = Now((c, text) => c.Write(new Table().Title(Markup.Escape(text)).Caption(Markup.Escape(text)).AddColumn(Markup.Escape(text)).AddRow(new Text(text)))),
        ["panel"] = Now((c, text) => c.Write(new Panel(new Text(text)) { Header = new PanelHeader(Markup.Escape(text)) })),
        ["tree"] = Now((c, text) => c.Write(new Tree(new Text(text)) { Nodes = { new TreeNode(new Text(text)) } })),
        ["rule"] = Now((c, text) => c.Write(new Rule(Markup.Escape(text)))),
        ["columns"] = Now((c, text) => c.Write(new Columns(new Text(text), new Text(text)))),
        ["rows"] = Now((c, text) => c.Write(new Rows(new Text(text), new Markup(Markup.Escape(text))))),
        ["path"] = Now((c, text) => c.Write(new TextPath(text))),
        ["exception"] = Now((c, text) => c.WriteException(new InvalidOperationException(text))),
        ["live"] = async (c, text) => await c.Live(new Text(text)).StartAsync(live =>
        {
            live.UpdateTarget(new Rows(new Text(text), new Markup(Markup.Escape(text))));
            live.Refresh();
            c.WriteLine(text);
            return Task.CompletedTask;
        }),
        ["progress"] = async (c, text) => await c.Progress().AutoRefresh(enabled: false).Columns(new TaskDescriptionColumn(), new ProgressBarColumn()).StartAsync(bars =>
        {
            var bar = bars.AddTask(Markup.Escape(text));
            bar.Description = Markup.Escape(text + "2");
            bars.Refresh();
            c.WriteLine(text);
            bar.Value = 100;
            return Task.CompletedTask;
        }),
        ["status"] = async (c, text) => await c.Status().AutoRefresh(enabled: false).Spinner(new StillSpinner()).StartAsync(Markup.Escape(text), status =>
        {
            status.Status = Markup.Escape(text + "2");
            status.Refresh();
            c.WriteLine(text);
            return Task.CompletedTask;
        }),
        ["hook of somebody else"] = Now((c, text) =>
        {
            c.Pipeline.Attach(new Adding(text));
            c.WriteLine("x");
        }),
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Terminal_HostileText_IsShown(string way)
    {
        var said = await ShowAsync(way, Hostile.Text, isGuarded: true);
        Hostile.AssertVisible(said, way);
        Assert.Contains("\\u202e", said.Replace("\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    /// <summary>Without the guard the same ways let it through: what the test looks for is really there.</summary>
    [Theory]
    [InlineData("write line")]
    [InlineData("table")]
    [InlineData("live")]
    [InlineData("progress")]
    [InlineData("status")]
    [InlineData("hook of somebody else")]
    public async Task Terminal_HostileTextWithoutAGuard_ComesThrough(string way) =>
        Assert.Contains('\u202e', await ShowAsync(way, Hostile.Text, isGuarded: false));

    /// <summary>Nothing changes for plain text: colours, movements and layout are those of a console without a guard.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Terminal_PlainText_IsWhatItWas(string way)
    {
        const string text = "größer ∞ 漢字 and so on, longer than a line of the console is wide, in [brackets] too";
        if (way.StartsWith("link", StringComparison.Ordinal))
        {
            // links are numbered anew each time
            Assert.Equal(Hostile.WithoutCodes(await ShowAsync(way, text, isGuarded: false)), Hostile.WithoutCodes(await ShowAsync(way, text, isGuarded: true)));
            return;
        }

        Assert.Equal(await ShowAsync(way, text, isGuarded: false), await ShowAsync(way, text, isGuarded: true));
    }

    [Fact]
    public void Terminal_CodesOfItsOwn_Pass()
    {
        using var output = new StringWriter();
        var console = VisibleConsole.Guard(Hostile.Terminal(output));
        console.Clear();
        console.Cursor.Hide();
        console.Write(new ControlCode("\u001b[5A"));
        Assert.Contains("\u001b[2J", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("\u001b[?25l", output.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("\u001b[5A", output.ToString(), StringComparison.Ordinal);
    }

    private static Func<IAnsiConsole, string, Task> Now(Action<IAnsiConsole, string> show) => (console, text) =>
    {
        show(console, text);
        return Task.CompletedTask;
    };

    private static async Task<string> ShowAsync(string way, string text, bool isGuarded)
    {
        await using var output = new StringWriter();
        var console = Hostile.Terminal(output, width: 60);
        await All[way](isGuarded ? VisibleConsole.Guard(console) : console, text);
        return output.ToString();
    }

    /// <summary>A spinner that looks the same at any time.</summary>
    private sealed class StillSpinner : Spinner
    {
        public override TimeSpan Interval => TimeSpan.FromDays(1);

        public override bool IsUnicode => false;

        public override IReadOnlyList<string> Frames => ["*"];
    }

    private sealed class Adding(string text) : IRenderHook
    {
        public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) => renderables.Append(new Text(text));
    }
}
