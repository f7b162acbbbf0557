using System.Text.RegularExpressions;

namespace CircuitGrid.EndToEnd.Tests.Records;

/// <summary>The commands and options that people type and scripts rely on.</summary>
public sealed partial class OptionRecordTests
{
    [Fact]
    public async Task Options_OfEveryCommand_AreWhatTheyWere()
    {
        var help = await DemoRun.RunAsync("--help");
        var commands = Name().Matches(help[help.IndexOf("Commands:", StringComparison.Ordinal)..]).Select(m => m.Groups["name"].Value).ToList();
        Assert.True(commands.Count > 15, help);
        var lines = new List<string>();
        foreach (var command in commands)
        {
            lines.AddRange((await DemoRun.RunAsync(command, "--help")).Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal)).Select(line => $"{command} {line.Trim()}"));
        }

        Record.AssertHolds("options.txt", lines);
    }

    [GeneratedRegex("^  (?<name>[a-z]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Name();
}
