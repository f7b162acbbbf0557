using System.CommandLine;
using System.Net;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Models.Files;
using CircuitGrid.Web.Api;
using CircuitGrid.Web.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>serve</c>: carries out experiments that others ask for over HTTP.</summary>
internal sealed class ServeCommand : ClientCommand
{
    private readonly Option<string> suites = new("--suites") { Description = "Folder that the suites are in; experiments' paths are relative to it. Default: the current one.", HelpName = "FOLDER", DefaultValueFactory = _ => "." };
    private readonly Option<string[]> linksInto = new("--links-into") { Description = "Folder outside of --suites that links in it may lead into, such as a download cache; may be given several times.", HelpName = "FOLDER" };
    private readonly Option<string?> store = new("--store") { Description = "File that results are kept in. Default: results.db in the folder of the suites.", HelpName = "FILE" };
    private readonly Option<IPAddress> address = new("--address")
    {
        Description = "Address to listen on; others than this machine's own need a token. Default: 127.0.0.1.",
        HelpName = "IP",
        DefaultValueFactory = _ => IPAddress.Loopback,
        CustomParser = result =>
        {
            if (IPAddress.TryParse(result.Tokens[0].Value, out var parsed))
            {
                return parsed;
            }

            result.AddError($"--address {result.Tokens[0].Value}: expected an IP address such as 127.0.0.1 or 0.0.0.0");
            return null;
        },
    };

    private readonly Option<int> port = NumberOption.WithDefault("--port", "N", "Port to listen on; 0 for any that is free.", GridServer.DefaultPort, least: 0, most: 65535);
    private readonly Option<string?> tokenFile = ServerConnection.TokenFile("File that holds the token which clients have to show.");
    private readonly Option<string?> certificate = new("--certificate") { Description = "Certificate for TLS, with its key: PKCS#12 or PEM.", HelpName = "FILE" };
    private readonly Option<string?> certificateKey = new("--certificate-key") { Description = "The certificate's key, where it is in a PEM file of its own.", HelpName = "FILE" };
    private readonly Option<int?> threads = CommonOptions.Threads();
    private readonly Option<long?> memory = CommonOptions.Memory();

    public ServeCommand()
        : base("serve", "Carry out experiments that others ask for over HTTP, until Ctrl-C.")
    {
        foreach (var option in (Option[])[suites, linksInto, store, address, port, tokenFile, certificate, certificateKey, threads, memory])
        {
            Add(option);
        }
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        var environment = context.Environment;
        var texts = new ExperimentTexts(context.Get(suites), context.Get(linksInto));
        var options = ReadOptions(context);
        var path = context.Get(store) ?? Path.Combine(texts.Root, "results.db");
        var defaults = new LocalGridOptions { Program = ProgramVersion.Text, Time = environment.Time };
        var gridOptions = defaults with { Threads = context.Get(threads) ?? defaults.Threads, Memory = context.Get(memory) ?? defaults.Memory };
        using var device = environment.OpenDevice(new ComputeSettings(gridOptions.Threads, gridOptions.Memory));
        using var cells = SqliteCellStore.Open(path, environment.Time);
        var analyzer = new CellAnalyzer(n => environment.OpenDevice(new ComputeSettings(n, Memory: null)), device.Numerics, device.Description);
        await using var grid = new LocalGrid(cells, cells, analyzer, context.Environment.Source, gridOptions);
        await using var watch = new StorageWatch(((ICellStore)cells).ProbeAsync, environment.Time)
        {
            Deadline = StorageWatch.FileDeadline,
            Began = outage => environment.Error.WriteLine($"the store {VisibleText.OnOneLine(cells.Location)} doesn't answer: {outage.Reason}"),
            Ended = (_, lasted) => environment.Error.WriteLine($"the store answers again after {Figures.Duration(lasted)}"),
        };
        await using var host = new LocalExperimentHost(grid, texts, new LocalExperimentHostOptions
        {
            MaxThreads = gridOptions.Threads,
            MaxMemory = gridOptions.Memory,
            Time = environment.Time,
            Storage = watch,
            Faulted = fault => environment.Error.WriteLine($"an experiment failed: {fault.Message.ReplaceLineEndings(" ")}"),
        });
        var draining = new Draining();
        await using var server = GridServer.Create(options, services =>
        {
            services.AddSingleton(draining);
            services.AddSingleton(texts);
            services.AddSingleton<IExperimentHost>(host);
            services.AddSingleton<ICellStore>(cells);
            services.AddSingleton<IStorageWatch>(watch);
            services.AddCircuitGridApi(api => (api.Program, api.Device, api.Time) = (ProgramVersion.Text, device.Description, environment.Time));
        }, line => environment.Error.WriteLine(line));
        watch.Start();
        await StartAsync(server, options);
        context.WhenStopped = $"finished cells are kept in {cells.Location}; the same command goes on from there";
        var url = server.Urls.Single();
        context.WriteResult(
            new { Address = url, Suites = texts.Root, Store = cells.Location, Token = options.Token is not null },
            console => console.WriteLine($"Serving {texts.Root} at {url}{(options.Token is null ? "" : ", to whoever shows the token")}; Ctrl-C ends it."));
        environment.Output.Flush();
        try
        {
            await Task.Delay(Timeout.Infinite, context.Cancellation);
        }
        finally
        {
            draining.Begin();
            await server.StopAsync(CancellationToken.None);
        }

        return ExitCode.Success;
    }

    private ServerOptions ReadOptions(CommandContext context)
    {
        var options = new ServerOptions
        {
            Address = context.Get(address),
            Port = context.Get(port),
            Token = AccessToken.ReadSecret(context.Get(tokenFile), context.Cancellation) is { } secret ? new AccessToken(secret) : null,
            Certificate = ServerCertificate.Load(context.Get(certificate), context.Get(certificateKey), context.Cancellation),
        };
        options.Validate();
        return options;
    }

    private static async Task StartAsync(WebApplication server, ServerOptions options)
    {
        try
        {
            await server.StartAsync();
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            throw new InvalidInputException($"{options.Address}:{options.Port}", $"can't be listened on: {e.Message.TrimEnd('.')}", e);
        }
    }
}
