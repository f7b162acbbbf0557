using System.Globalization;
using System.Net.Sockets;

namespace CircuitGrid.ClusterTrials;

/// <summary>The storage emulator, which can be stopped and started again on what it had.</summary>
internal sealed class Emulator : IDisposable
{
    /// <summary>The emulator's own key, the same everywhere: no secret.</summary>
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private readonly string program;
    private readonly string folder;
    private readonly int port;
    private SiloProcess? process;

    /// <param name="installed">Folder whose node_modules has azurite.</param>
    /// <param name="folder">Where it keeps what it has.</param>
    /// <param name="port">The first of its three ports: blobs, queues, tables.</param>
    public Emulator(string installed, string folder, int port)
    {
        this.port = port;
        ConnectionString = string.Create(
            CultureInfo.InvariantCulture,
            $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={Key};BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1;TableEndpoint=http://127.0.0.1:{port + 2}/devstoreaccount1;");
        program = Path.Combine(installed, "node_modules", "azurite", "dist", "src", "azurite.js");
        this.folder = folder;
        Start();
    }

    public string ConnectionString { get; }

    public void Start()
    {
        process = SiloProcess.Start(
            "node",
            [
                program, "--silent", "--disableTelemetry", "--skipApiVersionCheck", "--location", folder,
                "--blobHost", "127.0.0.1", "--blobPort", $"{port}", "--queuePort", $"{port + 1}", "--tableHost", "127.0.0.1", "--tablePort", $"{port + 2}",
            ]);
        foreach (var one in new[] { port, port + 2 })
        {
            while (!Answers(one))
            {
                Thread.Sleep(100);
            }
        }
    }

    /// <summary>Asks it to end and waits: it writes what it has every few seconds only, and once more when it is asked.</summary>
    public void Stop()
    {
        process?.Drain();
        process?.ExitAsync(CancellationToken.None).GetAwaiter().GetResult();
        process?.Dispose();
        process = null;
    }

    /// <summary>Kills it: what it has acknowledged and not yet written is lost.</summary>
    public void Kill()
    {
        process?.Kill();
        process?.ExitAsync(CancellationToken.None).GetAwaiter().GetResult();
        process?.Dispose();
        process = null;
    }

    public void Dispose() => process?.Dispose();

    private static bool Answers(int port)
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
