using System.Diagnostics;
using CircuitGrid.Hub.Cache;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Tests.Processes;

/// <summary>A process that says when it is ready, waits for a line, fetches one file and ends with 0 when it is there.</summary>
internal static class FetchProcess
{
    public const string Command = "fetch-file";

    private const string Ready = "ready";

    /// <param name="args">Command, address of the hub, cache, repository, commit, path of the file.</param>
    public static int Main(string[] args)
    {
        using var store = new HubStore(new HubOptions { Endpoint = new(args[1]), CacheFolder = args[2] });
        var snapshot = new HubSnapshot(store.FolderOf(args[3]), args[4]);
        var tree = store.ReadTreeAsync(snapshot.Repository, snapshot.Commit, CancellationToken.None).GetAwaiter().GetResult();
        Console.Out.WriteLine(Ready);
        Console.Out.Flush();
        Console.In.ReadLine();
        store.FetchAsync(snapshot, tree.Find(args[5])!, null, CancellationToken.None).GetAwaiter().GetResult();
        return 0;
    }

    /// <summary>Starts a process and waits until it is ready.</summary>
    public static async Task<Process> StartAsync(Uri hub, HubSnapshot snapshot, string path)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        if (string.Equals(Path.GetFileNameWithoutExtension(Environment.ProcessPath), "dotnet", StringComparison.Ordinal))
        {
            start.ArgumentList.Add(typeof(FetchProcess).Assembly.Location);
        }

        foreach (var argument in (string[])[Command, hub.AbsoluteUri, snapshot.Repository.Cache, snapshot.Repository.Repository, snapshot.Commit, path])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        Assert.Equal(Ready, await process.StandardOutput.ReadLineAsync());
        return process;
    }
}
