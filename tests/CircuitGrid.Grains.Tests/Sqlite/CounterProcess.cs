using System.Diagnostics;
using System.Globalization;
using CircuitGrid.Grains.Sqlite;
using Orleans.Storage;

namespace CircuitGrid.Grains.Tests.Sqlite;

/// <summary>A process that counts a grain's state up again and again, whoever else does, and prints a line for every write that took place.</summary>
internal static class CounterProcess
{
    public const string Command = "count-grain-state";

    public static GrainId Grain { get; } = GrainId.Create("counter", "shared");

    /// <param name="args">Command, file, how often.</param>
    public static int Main(string[] args)
    {
        using var files = new ClusterFiles();
        CountAsync(ClusterFolder.Storage(files, args[1], "storage"), int.Parse(args[2], CultureInfo.InvariantCulture)).GetAwaiter().GetResult();
        return 0;
    }

    public static Process Start(string path, int times)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
        if (string.Equals(Path.GetFileNameWithoutExtension(Environment.ProcessPath), "dotnet", StringComparison.Ordinal))
        {
            start.ArgumentList.Add(typeof(CounterProcess).Assembly.Location);
        }

        foreach (var argument in (string[])[Command, path, times.ToString(CultureInfo.InvariantCulture)])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private static async Task CountAsync(SqliteGrainStorage storage, int times)
    {
        for (var done = 0; done < times;)
        {
            var state = new GrainState<int>();
            await storage.ReadStateAsync("counter", Grain, state);
            state.State++;
            try
            {
                await storage.WriteStateAsync("counter", Grain, state);
            }
            catch (InconsistentStateException)
            {
                continue;
            }

            done++;
            Console.Out.WriteLine(state.State);
            Console.Out.Flush();
        }
    }
}
