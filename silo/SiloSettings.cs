using System.Net;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Web.Hosting;

namespace CircuitGrid.Silo;

/// <summary>What a silo is told when it starts.</summary>
internal sealed record SiloSettings
{
    /// <summary>Environment variable with the connection string of an Azure storage account: a secret, and so no option.</summary>
    public const string AzureVariable = "CIRCUITGRID_AZURE_STORAGE";

    /// <summary>Name and version of the program.</summary>
    public string Program { get; init; } = new Grains.Hosting.ClusterOptions().Program;

    /// <summary>Silos of the same name and storage are one cluster.</summary>
    public string Cluster { get; init; } = "circuitgrid";

    /// <summary>Folder that the suites of experiments are in, on this machine.</summary>
    public required string Suites { get; init; }

    /// <summary>Folders outside of it that links in it may lead into.</summary>
    public IReadOnlyList<string> LinksInto { get; init; } = [];

    /// <summary>A SQLite file for a cluster on one machine; <see langword="null"/> for the Azure storage of <see cref="AzureVariable"/>.</summary>
    public string? Store { get; init; }

    /// <summary>Address of the silo's own ports.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    public int SiloPort { get; init; } = 11111;

    public int GatewayPort { get; init; } = 30000;

    /// <summary>What silos know each other by; <see langword="null"/> for plain connections.</summary>
    public SiloCertificate? Certificate { get; init; }

    /// <summary>Whether everybody who can reach the silo's own ports may: they know no token.</summary>
    public bool IsNetworkTrusted { get; init; }

    /// <summary>Where HTTP is served, and to whom.</summary>
    public required ServerOptions Server { get; init; }

    /// <summary>Devices to compute with, in the words of <c>--device</c>.</summary>
    public string Device { get; init; } = DeviceRequest.Cpu;

    /// <summary>In what they hold and multiply weights.</summary>
    public WeightPrecision Precision { get; init; } = WeightPrecision.Float32;

    /// <summary>
    /// Checkpoints that each device works on at a time. Where <see langword="null"/>, two on a GPU, so that one's weights arrive while another is
    /// analysed, and one on others.
    /// </summary>
    public int? Slots { get; init; }

    /// <summary>Threads for each slot.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Bytes for weights and work on each device; what it has where <see langword="null"/>.</summary>
    public long? Memory { get; init; }

    /// <summary>How checkpoints on the hub are fetched and kept.</summary>
    public FetchOptions Fetching { get; init; } = new() { AtATime = 1 };

    /// <summary>Where to send traces and metrics (OTLP), if anywhere.</summary>
    public Uri? Telemetry { get; init; }

    /// <summary>Refuses what would be open to anybody.</summary>
    /// <exception cref="InvalidInputException">The silo's ports could be reached by others, and nobody said that this is right.</exception>
    public void Validate()
    {
        Server.Validate();
        if (!IPAddress.IsLoopback(Address) && Certificate is null && !IsNetworkTrusted)
        {
            throw new InvalidInputException(
                Address.ToString(),
                "can be reached from other machines, and whoever reaches a silo's own ports can do anything there: give all silos a certificate with --silo-certificate, or on a network that only silos are on, say --trusted-network");
        }
    }
}
