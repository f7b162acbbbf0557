using CircuitGrid.Circuits.Published;
using CircuitGrid.Client.Options;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Hub;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.Models.Files;
using Spectre.Console;

namespace CircuitGrid.Client.Hosting;

/// <summary>
/// What commands take from the world around them, so that tests can bring their own. Whatever is brought, what people read there is
/// <see cref="VisibleText"/>: no name or message from outside reaches a terminal raw.
/// </summary>
internal sealed record ClientEnvironment
{
    /// <summary>Lines beyond this are broken where output goes to a file or pipe: in practice none is.</summary>
    private const int RedirectedWidth = 1000;

    /// <summary>Where people read: standard output.</summary>
    public required IAnsiConsole Console { get; init => field = VisibleConsole.Guard(value); }

    /// <summary>Where people read while standard output belongs to a program: standard error.</summary>
    public required IAnsiConsole Diagnostics { get; init => field = VisibleConsole.Guard(value); }

    /// <summary>Where programs read: standard output.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Where error lines go: standard error.</summary>
    public required TextWriter Error { get; init => field = VisibleTextWriter.Around(value); }

    /// <summary>The folder that the program was started in.</summary>
    /// <exception cref="InvalidInputException">It isn't there any more.</exception>
    public string WorkingFolder { get => field ?? CurrentFolder(); init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The devices that <c>--device</c> chooses from.</summary>
    public IDeviceProvider Devices { get; init; } = new CpuDevices();

    /// <summary>The numbers that <c>check</c> holds models against.</summary>
    public Lazy<PublishedNumbers> Published { get; init; } = new(() => PublishedNumbers.Default);

    /// <summary>Variables of the environment.</summary>
    public Func<string, string?> Variable { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Finds suites, in folders and on the hub; what it has found out of the hub it keeps.</summary>
    /// <exception cref="InvalidInputException">The environment says something of the hub that can't be.</exception>
    public IExperimentSource Source => source ??= new FileExperimentSource(new LazyHub(CreateHub));

    private IExperimentSource? source;

    /// <summary>The environment of this process.</summary>
    public static ClientEnvironment OfProcess() => new()
    {
        Console = ConsoleOn(System.Console.Out, System.Console.IsOutputRedirected),
        Diagnostics = ConsoleOn(System.Console.Error, System.Console.IsErrorRedirected),
        Output = System.Console.Out,
        Error = System.Console.Error,
    };

    /// <summary>Opens the device that computes.</summary>
    /// <exception cref="InvalidInputException">There is no such device here.</exception>
    public IDevice OpenDevice(ComputeSettings settings) => Devices.Open(settings.Request with { Device = Devices.Resolve(settings.Device)[0] });

    private RemoteSuites CreateHub()
    {
        var options = HubOptions.FromEnvironment(Variable, System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile));
        return RemoteSuites.Create(options, Time, notice => Diagnostics.WriteLine(notice));
    }

    private static string CurrentFolder()
    {
        try
        {
            return Directory.GetCurrentDirectory();
        }
        catch (IOException e)
        {
            throw new InvalidInputException("the current folder", "isn't there any more; go into another one", e);
        }
    }

    private static IAnsiConsole ConsoleOn(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (redirected)
        {
            console.Profile.Width = RedirectedWidth;
        }

        return console;
    }
}
