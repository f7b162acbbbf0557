using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Terminal;

/// <summary>Every command with hostile names in its files and arguments: nothing of them reaches the terminal raw.</summary>
public sealed class HostileNamesTests : IDisposable
{
    private readonly HostileSuite suite = new();

    public void Dispose() => suite.Dispose();

    /// <summary>What works: the names are in tables, lines, maps and JSON.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Commands_ThatSucceed_ShowNamesVisibly(bool json)
    {
        suite.Damage(2);
        string store = suite.In("results.db"), experiment = suite.Experiment;
        await AssertAsync(json, 0, "plan", experiment, "--store", store);
        await AssertAsync(json, 0, "plan", experiment, "--store", store, "--cells");
        await AssertAsync(json, 1, "run", experiment, "--store", store);
        await AssertAsync(json, 1, "run", experiment, "--store", store);
        await AssertAsync(json, 0, "status", experiment, "--store", store);
        await AssertAsync(json, 0, "report", experiment, "--store", store, "--out", suite.In("report.html"));
        await AssertAsync(json, 0, "export", "--store", await WithOwnStoreAsync(), "--out", suite.In("tables"));
        await AssertAsync(json, 0, "why", HostileSuite.Cell(0), "--store", experiment);
        await AssertAsync(json, 0, "diff", HostileSuite.Cell(0), HostileSuite.Cell(1), "--store", experiment);
        await AssertAsync(json, 0, "curve", HostileSuite.Cell(0), "--store", experiment);
        await AssertAsync(json, 0, "circuit", "--graph", suite.Graph, "--edges", "20", "--out", suite.In("circuit.json"));
        await AssertAsync(json, 0, "evaluate", "--model", HostileSuite.Model, "--graph", suite.In("circuit.json"), "--pairs", suite.Pairs, "--metric", "logit-diff");
        await AssertAsync(json, 0, "attribute", "--model", HostileSuite.Model, "--pairs", suite.Pairs, "--metric", "logit-diff", "--method", "eap", "--out", suite.In("scores.json"));
        await AssertAsync(json, 0, "train", "--model", "nano-2l", "--steps", "1", "--out", suite.In("nano"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Roles_OfHostileModels_ShowNamesVisibly(bool json)
    {
        suite.AddHeads();
        await AssertAsync(json, 0, "run", suite.Experiment);
        await AssertAsync(json, 0, "roles", "--store", suite.Experiment);
    }

    /// <summary>What goes on until it is told to stop: it says where its results are.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Commands_ThatAreStopped_ShowNamesVisibly(bool json)
    {
        string[] more = json ? ["--json"] : [];
        await AssertStoppedAsync("results are kept in", ["watch", suite.Experiment, "--store", suite.In("results.db"), "--report", suite.In("report.html"), .. more]);
        await AssertStoppedAsync("finished cells are kept in", ["demo", "--out", suite.In("demo"), .. more]);
        await AssertStoppedAsync("finished cells are kept in", ["serve", "--suites", suite.Folder, "--store", suite.In("results.db"), "--port", "0", .. more]);
    }

    /// <summary>What is refused: the names are in error lines.</summary>
    [Fact]
    public async Task Commands_ThatAreRefused_ShowNamesVisibly()
    {
        string nowhere = suite.In("nowhere"), folder = suite.Folder, experiment = suite.Experiment, text = Hostile.Text;
        foreach (var verb in (string[])["plan", "run", "watch", "status", "report"])
        {
            await AssertRefusedAsync(verb, nowhere);
            await AssertRefusedAsync(verb, nowhere, "--store", nowhere);
            await AssertRefusedAsync(verb, experiment, "--store", suite.Pairs);
        }

        foreach (var verb in (string[])["run", "watch", "report"])
        {
            await AssertRefusedAsync(verb, experiment, "--store", Path.Combine(suite.Pairs, text));
        }

        foreach (var verb in (string[])["run", "watch", "status", "report", "cancel"])
        {
            await AssertRefusedAsync(verb, nowhere, "--server", "http://127.0.0.1:9");
            await AssertRefusedAsync(verb, experiment, "--server", text);
            await AssertRefusedAsync(verb, experiment, "--server", $"http://{text}");
            await AssertRefusedAsync(verb, experiment, "--server", "http://127.0.0.1:9", "--token-file", nowhere);
        }

        await AssertRefusedAsync("report", experiment, "--out", folder);
        await AssertRefusedAsync("report", experiment);
        await AssertRefusedAsync("watch", experiment, "--report", folder);
        await AssertRefusedAsync("watch", experiment, "--report", nowhere, "--server", "http://127.0.0.1:9");
        await AssertRefusedAsync("run", experiment, "--device", text);
        await AssertRefusedAsync("demo", "--out", suite.Pairs);
        await AssertRefusedAsync("serve", "--suites", nowhere);
        await AssertRefusedAsync("serve", "--suites", folder, "--store", suite.Pairs, "--port", "0");
        await AssertRefusedAsync("serve", "--suites", folder, "--certificate", suite.Pairs);
        await AssertRefusedAsync("serve", "--suites", folder, "--token-file", nowhere);
        foreach (var verb in (string[])["why", "curve"])
        {
            await AssertRefusedAsync(verb, text, "--store", experiment);
            await AssertRefusedAsync(verb, HostileSuite.Cell(0), "--store", nowhere);
        }

        await AssertRefusedAsync("diff", text, text, "--store", experiment);
        await AssertRefusedAsync("roles", "--store", experiment);
        await AssertRefusedAsync("export", "--store", folder, "--out", nowhere);
        await AssertRefusedAsync("export", "--store", experiment, "--out", Path.Combine(suite.Pairs, text));
        await AssertRefusedAsync("attribute", "--model", nowhere, "--pairs", nowhere, "--metric", "logit-diff", "--out", nowhere);
        await AssertRefusedAsync("attribute", "--model", HostileSuite.Model, "--pairs", nowhere, "--metric", "logit-diff", "--out", suite.In("out"));
        await AssertRefusedAsync("attribute", "--model", HostileSuite.Model, "--pairs", suite.Experiment, "--metric", "logit-diff", "--out", suite.In("out"));
        await AssertRefusedAsync("attribute", "--model", HostileSuite.Model, "--pairs", suite.Pairs, "--metric", "logit-diff", "--out", folder);
        await AssertRefusedAsync("circuit", "--graph", suite.Pairs, "--edges", "3", "--out", nowhere);
        await AssertRefusedAsync("evaluate", "--model", HostileSuite.Model, "--graph", suite.Experiment, "--pairs", suite.Pairs, "--metric", "logit-diff");
        await AssertRefusedAsync("train", "--out", suite.Pairs);
        await AssertRefusedAsync("doctor", "--device", text);
        await AssertRefusedAsync("bench", "--model", nowhere);
    }

    /// <summary>Options of every kind, and command lines that are none.</summary>
    [Fact]
    public async Task CommandLines_ThatAreWrong_ShowWordsVisibly()
    {
        var text = Hostile.Text;
        string[][] lines =
        [
            [text],
            ["--" + text],
            ["plan"],
            ["plan", suite.Experiment, text],
            ["plan", suite.Experiment, "--" + text],
            ["run", suite.Experiment, "--memory", text],
            ["run", suite.Experiment, "--threads", text],
            ["serve", "--address", text],
            ["serve", "--port", text],
            ["attribute", "--metric", text, "--method", text, "--steps", text, "--ig-points", text],
            ["circuit", "--select", text, "--edges", text],
            ["train", "--out", "x", "--model", text, "--seed", text],
            ["bench", "--shape", text],
            ["doctor", "--precision", text],
        ];
        foreach (var line in lines)
        {
            await AssertRefusedAsync(line);
        }
    }

    /// <summary>Experiments whose text is wrong at a place that the message quotes.</summary>
    [Fact]
    public async Task Experiments_ThatAreWrong_ShowTheirTextVisibly()
    {
        var text = HostileSuite.Yaml(Hostile.Text);
        string[] experiments =
        [
            $"suite: {text}\ntasks: ioi",
            $"suite: .\ntasks: {text}",
            $"suite: .\ntasks: ioi\nmodels: [{text}]",
            $"suite: .\ntasks: ioi\ncheckpoints: {text}",
            $"suite: .\ntasks: ioi\npreset: {text}",
            $"suite: .\ntasks: ioi\nmemory: {text}",
            $"suite: .\ntasks: ioi\nnumerics: {text}",
            $"suite: .\ntasks: ioi\nanalysis: {{method: {text}, maxEdges: {text}}}",
            $"suite: .\ntasks: ioi\nanalysis: {{maxEdges: {text}}}",
            $"suite: .\ntasks: ioi\n{text}: 1",
            $"suite: .\ntasks: [{{name: x, pairs: {text}, metric: {text}}}]",
            $"suite: .\ntasks: \"{Hostile.Text}",
            Hostile.Text,
        ];
        foreach (var yaml in experiments)
        {
            await File.WriteAllTextAsync(suite.Experiment, yaml);
            await AssertRefusedAsync("plan", suite.Experiment);
        }

        await File.WriteAllTextAsync(suite.Experiment, $"suite: {HostileSuite.Yaml(Path.GetFileName(suite.Suite))}\ntasks: [{{name: x, pairs: {text}, metric: logit-diff}}]");
        await AssertAsync(json: false, 2, "plan", suite.Experiment, "--store", suite.In("results.db"));
    }

    /// <summary>Names of files have line ends too, and an error is one line whatever they are.</summary>
    [Fact]
    public async Task Error_PathWithLineEnds_IsOneLine()
    {
        var run = await ClientRun.OfAsync("plan", "no\nerror: forged\r\n\u0085\u2028where");
        Assert.Equal(@"error: no\u000aerror: forged\u000d\u000a\u0085\u2028where: doesn't exist; name an experiment file (YAML), a folder of checkpoints, or a suite on the hub (hf:ORGANIZATION/NAME)", Assert.Single(run.ErrorLines));
    }

    /// <summary>Runs a command until it says something, and ends it then.</summary>
    private static async Task AssertStoppedAsync(string kept, string[] args)
    {
        using var stop = new CancellationTokenSource();
        await using var output = new StoppingWriter(stop);
        var run = await ClientRun.OfAsync(
            args,
            160,
            terminal: true,
            environment => environment with { Console = Hostile.Terminal(output), Diagnostics = Hostile.Terminal(output), Output = output },
            stop.Token);
        Assert.True(run.ExitCode == 130, $"{args[0]} {run.ExitCode}: {run.Error}");
        Assert.Contains(kept, run.Error, StringComparison.Ordinal);
        AssertShown(run, args);
        Hostile.AssertVisible(output.ToString(), args);
    }

    private async Task<string> WithOwnStoreAsync()
    {
        await AssertAsync(json: false, 1, "run", suite.Experiment);
        return suite.Experiment;
    }

    private static async Task AssertAsync(bool json, int exitCode, params string[] args)
    {
        string[] line = json ? [.. args, "--json"] : args;
        var piped = await ClientRun.OfAsync(line);
        Assert.True(piped.ExitCode == exitCode, $"{args[0]} {piped.ExitCode}: {piped.Error}");
        AssertShown(piped, line);

        await using var output = new StringWriter();
        var terminal = await ClientRun.OfAsync(line, 160, terminal: true, environment => environment with { Console = Hostile.Terminal(output), Diagnostics = Hostile.Terminal(output) });
        Hostile.AssertVisible(terminal, line);
        Hostile.AssertVisible(output.ToString(), line);
    }

    private static Task AssertRefusedAsync(params string[] args) => AssertRefusedAsync(exitCode: 2, args);

    private static async Task AssertRefusedAsync(int exitCode, string[] args)
    {
        var run = await ClientRun.OfAsync([.. args, "--verbose"]);
        Assert.True(run.ExitCode == exitCode, $"{string.Join(' ', args)} ended with {run.ExitCode}: {run.Error}");
        AssertShown(run, args);
    }

    /// <summary>Nothing raw, and what there is to show is there.</summary>
    private static void AssertShown(ClientRun run, string[] args)
    {
        Hostile.AssertVisible(run, args);
        Assert.True(
            (run.Output + run.Error).Contains("\\u202e", StringComparison.OrdinalIgnoreCase) || !args.Any(a => a.Contains('\u202e')) || args[0] is "evaluate" or "diff",
            $"{string.Join(' ', args)} shows nothing of the name: {run.Output}{run.Error}");
    }

    /// <summary>Requests a stop as soon as something is written.</summary>
    private sealed class StoppingWriter(CancellationTokenSource stop) : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
            stop.Cancel();
        }

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            stop.Cancel();
        }
    }
}
