using System.Text.Json;
using CircuitGrid.Client.Hosting;
using Spectre.Console;

namespace CircuitGrid.Client.Tests.Hosting;

/// <summary>One run of the program in this process, and everything it said.</summary>
/// <param name="ExitCode">What the process would return.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record ClientRun(int ExitCode, string Output, string Error)
{
    /// <summary>Standard output as the one JSON document it has to be.</summary>
    public JsonElement Json
    {
        get
        {
            using var document = JsonDocument.Parse(Output);
            return document.RootElement.Clone();
        }
    }

    /// <summary>Standard error, line by line.</summary>
    public IReadOnlyList<string> ErrorLines => Error.TrimEnd().Split('\n');

    /// <summary>Runs a command line as if output went to a pipe.</summary>
    public static Task<ClientRun> OfAsync(params string[] args) => OfAsync(args, width: 160);

    /// <param name="args">The command line.</param>
    /// <param name="width">Columns of the console.</param>
    /// <param name="terminal">Whether the console is a terminal.</param>
    /// <param name="change">Changes the environment.</param>
    /// <param name="cancellation">As Ctrl-C would request it.</param>
    public static async Task<ClientRun> OfAsync(
        IReadOnlyList<string> args, int width, bool terminal = false, Func<ClientEnvironment, ClientEnvironment>? change = null, CancellationToken cancellation = default)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var environment = new ClientEnvironment
        {
            Console = ConsoleOn(output, width, terminal),
            Diagnostics = ConsoleOn(error, width, terminal),
            Output = output,
            Error = error,
        };
        var code = await ClientApplication.RunAsync(args, change?.Invoke(environment) ?? environment, cancellation);
        return new ClientRun(code, output.ToString(), error.ToString());
    }

    /// <summary>Asserts success and silence on standard error.</summary>
    public ClientRun Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}: {Error}");
        Assert.Equal("", Error);
        return this;
    }

    public static IAnsiConsole ConsoleOn(TextWriter writer, int width, bool terminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Yes : InteractionSupport.No,
        });
        console.Profile.Width = width;
        console.Profile.Height = 50;
        return console;
    }
}
