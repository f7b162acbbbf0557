using System.CommandLine;
using CircuitGrid.Client.Commands;
using CircuitGrid.Client.Commands.Bench;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Client.Hosting;

/// <summary>The program: its verbs, and how what goes wrong in one becomes a line on standard error and an exit code.</summary>
internal static class ClientApplication
{
    public static Option<bool> JsonOption { get; } = new("--json")
    {
        Description = "Write the result as JSON on standard output, and nothing else there.",
        Recursive = true,
    };

    public static Option<bool> VerboseOption { get; } = new("--verbose")
    {
        Description = "Show the stack trace of an error.",
        Recursive = true,
    };

    /// <summary>Parses the command line and runs it.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, ClientEnvironment environment, CancellationToken cancellation)
    {
        var root = CreateRoot(environment);
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            environment.Error.WriteLine(UsageError.Describe(parsed));
            return (int)ExitCode.InvalidInput;
        }

        var configuration = new InvocationConfiguration
        {
            Output = environment.Output,
            Error = environment.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        return await parsed.InvokeAsync(configuration, cancellation);
    }

    private static RootCommand CreateRoot(ClientEnvironment environment)
    {
        var root = new RootCommand("Finds circuits in transformer checkpoints and compares them along training and across model sizes.")
        {
            JsonOption,
            VerboseOption,
        };
        ClientCommand[] commands =
        [
            new DemoCommand(),
            new PlanCommand(),
            new AuditCommand(),
            new RunCommand(),
            new WatchCommand(),
            new StatusCommand(),
            new ReportCommand(),
            new ServeCommand(),
            new CancelCommand(),
            new WhyCommand(),
            new DiffCommand(),
            new CurveCommand(),
            new RolesCommand(),
            new ExportCommand(),
            new AttributeCommand(),
            new CircuitCommand(),
            new EvaluateCommand(),
            new CheckCommand(),
            new TrainCommand(),
            new DoctorCommand(),
            new BenchCommand(),
        ];
        foreach (var command in commands)
        {
            command.SetAction((parsed, cancellation) => RunAsync(command, new CommandContext(environment, parsed, cancellation)));
            root.Add(command);
        }

        return root;
    }

    private static async Task<int> RunAsync(ClientCommand command, CommandContext context)
    {
        try
        {
            return (int)await command.RunAsync(context);
        }
        catch (OperationCanceledException) when (context.Cancellation.IsCancellationRequested)
        {
            return Fail(context, ExitCode.Stopped, $"stopped: {context.WhenStopped}");
        }
        catch (Exception e)
        {
            var (code, line) = Explain(e);
            return Fail(context, code, $"error: {line}", e);
        }
    }

    /// <summary>What an exception is to whoever typed the command.</summary>
    private static (ExitCode Code, string Line) Explain(Exception e) => e switch
    {
        _ when e.Causes().OfType<DeviceMemoryException>().FirstOrDefault() is { } device =>
            (ExitCode.WorkFailed, $"not enough memory: {device.Message} Allow more with --memory, or free some."),
        _ when e.Causes().Any(cause => cause is OutOfMemoryException) =>
            (ExitCode.WorkFailed, "not enough memory: the machine, or what this process may have of it, has no more. Free some, or allow the process more."),
        InvalidInputException => (WriteFault.IsDiskFull(e) ? ExitCode.WorkFailed : ExitCode.InvalidInput, e.Message),
        _ when WriteFault.IsDiskFull(e) => (ExitCode.WorkFailed, $"the disk is full: {e.Message}"),
        _ => (ExitCode.Unexpected, $"unexpected {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")} (this is a bug; --verbose shows where)"),
    };

    private static int Fail(CommandContext context, ExitCode code, string line, Exception? exception = null)
    {
        var error = context.Environment.Error;
        error.WriteLine(VisibleText.OnOneLine(line));
        if (exception is not null && context.Get(VerboseOption))
        {
            error.WriteLine(exception);
        }

        return (int)code;
    }
}
