using System.CommandLine;
using System.Net;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Files;
using CircuitGrid.Web.Hosting;

namespace CircuitGrid.Silo;

/// <summary>The program's options.</summary>
internal static class SiloCommand
{
    private const int WorkFailed = 1;
    private const int BadInput = 2;
    private const int Unexpected = 3;

    /// <summary>Parses the command line and runs the silo. Signals are the silo's own: the library's would end it two seconds after the first.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IDeviceProvider devices, string[] args)
    {
        var parsed = Create(devices).Parse(args);
        var code = await parsed.InvokeAsync(new() { ProcessTerminationTimeout = null });
        return parsed.Errors.Count > 0 ? BadInput : code;
    }

    /// <param name="devices">The devices the program was built with.</param>
    public static RootCommand Create(IDeviceProvider devices)
    {
        var suites = new Option<string>("--suites") { Description = "Folder that the suites of experiments are in.", Required = true, HelpName = "FOLDER" };
        var linksInto = new Option<string[]>("--links-into") { Description = "Folder outside of --suites that links in it may lead into, such as a download cache; may be given several times.", HelpName = "FOLDER" };
        var store = new Option<string?>("--store") { Description = $"SQLite file, for a cluster on one machine; without it the Azure storage account whose connection string is in {SiloSettings.AzureVariable}.", HelpName = "FILE" };
        var cluster = new Option<string>("--cluster") { Description = "Silos of one name and storage are one cluster.", DefaultValueFactory = _ => "circuitgrid", HelpName = "NAME" };
        var address = Address("--address", "Address of the silo's own ports.");
        var siloPort = new Option<int>("--silo-port") { Description = "Port for other silos.", DefaultValueFactory = _ => 11111 };
        var gatewayPort = new Option<int>("--gateway-port") { Description = "Port for Orleans clients.", DefaultValueFactory = _ => 30000 };
        var siloCertificate = new Option<string?>("--silo-certificate") { Description = "Certificate, with its key, for TLS between silos: one that all share, or one of --silo-authority.", HelpName = "FILE" };
        var siloKey = new Option<string?>("--silo-certificate-key") { Description = "That certificate's key, where it is in a file of its own.", HelpName = "FILE" };
        var authority = new Option<string?>("--silo-authority") { Description = "Certificates (PEM) of those who issue silos' certificates; without it all silos share one certificate.", HelpName = "FILE" };
        var trusted = new Option<bool>("--trusted-network") { Description = "Only silos can reach the silo's own ports, which need no certificate then." };
        var httpAddress = Address("--http-address", "Address of the HTTP API and page; others than loopback need a token.");
        var httpPort = new Option<int>("--http-port") { Description = "Port of the HTTP API and page.", DefaultValueFactory = _ => GridServer.DefaultPort };
        var tokenFile = new Option<string?>("--token-file") { Description = $"File with the token that clients have to show; or set {AccessToken.Variable}.", HelpName = "FILE" };
        var certificate = new Option<string?>("--certificate") { Description = "Certificate for HTTPS, with its key.", HelpName = "FILE" };
        var key = new Option<string?>("--certificate-key") { Description = "The certificate's key, where it is in a file of its own.", HelpName = "FILE" };
        var device = new Option<string>("--device") { Description = $"What computes: {string.Join(", ", devices.Words)}; several separated by commas.", DefaultValueFactory = _ => DeviceRequest.Cpu, HelpName = "NAME" };
        var precision = Precision();
        var slots = new Option<int?>("--slots") { Description = "Checkpoints that each device works on at a time. Default: 2 on a GPU, so that one is loaded while another is analysed; 1 on others." };
        var threads = new Option<int>("--threads") { Description = "Threads for each slot.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var memory = new Option<string?>("--memory") { Description = "Memory for weights and work on each device, as 8GiB: never exceeded.", HelpName = "SIZE" };
        var fetch = new Option<int>("--fetch") { Description = "Checkpoints on the hub to fetch at a time, ahead of the slots.", DefaultValueFactory = _ => 1, HelpName = "N" };
        var keep = new Option<string?>("--keep") { Description = "Most bytes of fetched weights to keep, as 40GB, or all. Default: a tenth of the free disk, and at least two checkpoints.", HelpName = "SIZE" };
        var telemetry = new Option<string?>("--telemetry") { Description = "OTLP endpoint for traces and metrics.", HelpName = "URL" };
        var command = new RootCommand("A silo of CircuitGrid: joins the cluster, computes, serves the HTTP API and the page. Ctrl-C or SIGTERM drains it first, a second one ends it.")
        {
            suites, linksInto, store, cluster, address, siloPort, gatewayPort, siloCertificate, siloKey, authority, trusted, httpAddress, httpPort, tokenFile, certificate, key, device, precision, slots, threads, memory, fetch, keep, telemetry,
        };
        command.SetAction(async parsed =>
        {
            using var signals = new StopSignals();
            var cancellation = signals.Token;
            try
            {
                var settings = new SiloSettings
                {
                    Cluster = parsed.GetValue(cluster)!,
                    Suites = Path.GetFullPath(parsed.GetValue(suites)!),
                    LinksInto = parsed.GetValue(linksInto) ?? [],
                    Store = parsed.GetValue(store) is { } file ? Path.GetFullPath(file) : null,
                    Address = parsed.GetValue(address)!,
                    SiloPort = parsed.GetValue(siloPort),
                    GatewayPort = parsed.GetValue(gatewayPort),
                    Certificate = Certificate(parsed.GetValue(siloCertificate), parsed.GetValue(siloKey), parsed.GetValue(authority), cancellation),
                    IsNetworkTrusted = parsed.GetValue(trusted),
                    Device = parsed.GetValue(device)!,
                    Precision = parsed.GetValue(precision),
                    Slots = parsed.GetValue(slots) is { } several ? Positive(several, "--slots") : null,
                    Threads = Positive(parsed.GetValue(threads), "--threads"),
                    Memory = parsed.GetValue(memory) is { } size ? Bytes(size) : null,
                    Fetching = new() { AtATime = Positive(parsed.GetValue(fetch), "--fetch"), Keep = parsed.GetValue(keep) is { } most ? Kept(most) : null },
                    Telemetry = parsed.GetValue(telemetry) is { } url ? Endpoint(url) : null,
                    Server = new ServerOptions
                    {
                        Address = parsed.GetValue(httpAddress)!,
                        Port = parsed.GetValue(httpPort),
                        Token = AccessToken.ReadSecret(parsed.GetValue(tokenFile), cancellation) is { } secret ? new AccessToken(secret) : null,
                        Certificate = ServerCertificate.Load(parsed.GetValue(certificate), parsed.GetValue(key), cancellation),
                    },
                };
                settings.Validate();
                using var ports = SiloPorts.Claim(settings);
                await using var host = SiloHost.Create(settings, devices);
                return await new SiloLife(host, settings, signals).RunAsync();
            }
            catch (InvalidInputException e)
            {
                Ending.Say(e.Message);
                return WriteFault.IsDiskFull(e) ? WorkFailed : BadInput;
            }
            catch (SiloStartException e)
            {
                Ending.Say(e.Message);
                return WorkFailed;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return signals.ExitCode;
            }
            catch (Exception e)
            {
                Ending.Say($"can't start: {StartFault.Of(e)}");
                return Unexpected;
            }
        });
        return command;
    }

    private static Option<IPAddress> Address(string name, string description) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => IPAddress.Loopback,
        HelpName = "IP",
        CustomParser = result =>
        {
            if (IPAddress.TryParse(result.Tokens[0].Value, out var address))
            {
                return address;
            }

            result.AddError($"{name}: '{result.Tokens[0].Value}' is no IP address");
            return IPAddress.Loopback;
        },
    };

    private static Option<WeightPrecision> Precision() => new("--precision")
    {
        Description = "In what weights are held and multiplied; the processor's own kernels know float32 alone.",
        DefaultValueFactory = _ => WeightPrecision.Float32,
        HelpName = string.Join('|', SpecNames.Precision.All),
        CustomParser = result =>
        {
            var word = result.Tokens[0].Value;
            if (!SpecNames.Precision.TryParse(word, out var value))
            {
                result.AddError($"--precision {word}: expected {string.Join(", ", SpecNames.Precision.All)}");
            }

            return value;
        },
    };

    private static SiloCertificate? Certificate(string? file, string? keyFile, string? authorityFile, CancellationToken cancellation) =>
        file is not null ? SiloCertificate.Load(file, keyFile, authorityFile, TimeProvider.System, cancellation)
        : (keyFile ?? authorityFile) is { } idle ? throw new InvalidInputException(idle, "is of no use without --silo-certificate")
        : null;

    private static long Bytes(string size) =>
        MemoryLimit.TryParse(size, out var bytes, out var expected) ? bytes : throw new InvalidInputException($"--memory {size}", $"expected {expected}");

    private static long Kept(string size) =>
        FetchOptions.TryParseKeep(size, out var bytes) ? bytes : throw new InvalidInputException($"--keep {size}", $"expected a size such as 40GB, or {FetchOptions.All}");

    /// <summary>An address may hold a password, so that one which can't be read isn't shown.</summary>
    private static Uri Endpoint(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https" ? endpoint : throw new InvalidInputException("--telemetry", "is no address; it looks like http://127.0.0.1:4317");

    private static int Positive(int value, string option) => value > 0 ? value : throw new InvalidInputException(option, "must be at least 1");
}
