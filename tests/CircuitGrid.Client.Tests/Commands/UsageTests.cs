using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Commands;

/// <summary>What the program says about command lines it can't use.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("error: no command given; commands are demo, plan, audit, run, watch, status, report, serve, cancel, why, diff, curve, roles, export, attribute, circuit, evaluate, check, train, doctor, bench. See 'circuitgrid --help'.")]
    [InlineData("error: there is no command 'evalute'; did you mean 'evaluate'. See 'circuitgrid --help'.", "evalute", "--json")]
    [InlineData("error: --edges -1: expected a whole number, 0 or more; Option '--out' is required. See 'circuitgrid circuit --help'.", "circuit", "--graph", "x", "--edges", "-1")]
    [InlineData("error: --select best: expected greedy, top-n. See 'circuitgrid circuit --help'.", "circuit", "--graph", "x", "--edges", "1", "--select", "best", "--out", "y")]
    [InlineData("error: --threads none: expected a whole number, 1 to 1024. See 'circuitgrid run --help'.", "run", "x.yaml", "--threads", "none")]
    [InlineData("error: --memory 3 elephants: expected a size such as 512MiB or 2GB. See 'circuitgrid run --help'.", "run", "x.yaml", "--memory", "3 elephants")]
    [InlineData("error: --memory 1KB: expected at least 1 MiB, without which nothing can be computed. See 'circuitgrid run --help'.", "run", "x.yaml", "--memory", "1KB")]
    [InlineData("error: --steps 0: expected a whole number, 1 to 10000. See 'circuitgrid attribute --help'.", "attribute", "--model", "m", "--pairs", "p", "--metric", "logit-diff", "--steps", "0", "--out", "o")]
    public async Task Run_BadCommandLine_SaysWhyInOneLine(string expected, params string[] args)
    {
        var run = await ClientRun.OfAsync(args);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(expected, Assert.Single(run.ErrorLines));
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task Help_OfTheProgram_NamesEveryCommand()
    {
        var run = (await ClientRun.OfAsync("--help")).Succeeded();
        Assert.All(
            ["demo", "plan", "run", "watch", "status", "report", "serve", "cancel", "why", "diff", "curve", "roles", "export", "attribute", "circuit", "evaluate", "check", "train", "doctor", "bench"],
            command => Assert.Contains($"\n  {command} ", run.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("attribute", "--model", "--pairs", "--metric", "--bos", "--ignore-column", "--method", "--steps", "--ig-points", "--out", "--threads", "--memory", "--json", "--verbose")]
    [InlineData("why", "--store", "--edges", "--json", "--verbose")]
    [InlineData("diff", "--store", "--stored", "--threads", "--json", "--verbose")]
    [InlineData("curve", "--store", "--areas", "--area-rule", "--threads", "--json", "--verbose")]
    [InlineData("roles", "--store", "--json", "--verbose")]
    [InlineData("export", "--store", "--csv", "--out", "--json", "--verbose")]
    [InlineData("circuit", "--graph", "--edges", "--select", "--signed", "--out", "--json", "--verbose")]
    [InlineData("evaluate", "--model", "--graph", "--pairs", "--metric", "--bos", "--ignore-column", "--threads", "--memory", "--json", "--verbose")]
    [InlineData("check", "--as", "--list", "--all", "--device", "--precision", "--threads", "--memory", "--ignore-key", "--json", "--verbose")]
    public async Task Help_OfACommand_NamesItsOptionsWithoutNeedingThem(string command, params string[] options)
    {
        var run = (await ClientRun.OfAsync(command, "--help")).Succeeded();
        Assert.All(options, option => Assert.Contains($"  {option}", run.Output, StringComparison.Ordinal));
    }
}
