using System.Diagnostics;
using System.Globalization;

namespace CircuitGrid.ClusterTrials;

/// <summary>
/// The emulator writes what it has every few seconds, and says at once that it has: killed when an experiment has just completed, it forgets the latest results, and
/// with them what the cluster kept of itself. A round passes if all results are there again without anybody asking, with the bytes of one machine.
/// </summary>
/// <param name="silo">The silo program.</param>
/// <param name="emulatorFolder">Where the emulator is installed.</param>
/// <param name="suites">Folder of the suites.</param>
/// <param name="port">The first of the thousand and three ports that silos and emulator take.</param>
internal sealed class LostWritesTrial(string silo, string? emulatorFolder, string suites, int port)
{
    private const int Silos = 3;
    private const int PortsOfSilos = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private const string Yaml = """
        name: lost writes
        suite: nano
        models: [nano-2l]
        checkpoints: [0, 256, 640, 1500, 3000]
        tasks: [ioi, gendered-pronoun, greater-than, sva]
        """;

    public async Task<int> RunAsync(int rounds, CancellationToken cancellation)
    {
        if (emulatorFolder is null)
        {
            await Console.Error.WriteLineAsync("lost-writes needs --emulator.");
            return 1;
        }

        var expected = await ChaosTrial.RunLocallyAsync(Yaml, suites, cancellation);
        Console.WriteLine("round  results  lost  seconds  phase      equal");
        var (failures, losses) = (0, 0);
        for (var round = 1; round <= rounds; round++)
        {
            var (lost, seconds, phase, isEqual) = await RoundAsync(expected, cancellation);
            losses += lost;
            failures += isEqual ? 0 : 1;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{round,5}  {expected.Count,7}  {lost,4}  {seconds,7:0}  {phase,-9}  {(isEqual ? "yes" : "NO")}"));
        }

        if (losses == 0)
        {
            await Console.Error.WriteLineAsync("The emulator lost nothing in any round, so that nothing was tried.");
        }

        return failures == 0 && losses > 0 ? 0 : 1;
    }

    private async Task<(int Lost, double Seconds, string? Phase, bool IsEqual)> RoundAsync(SortedDictionary<string, string> expected, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("circuitgrid-lost-").FullName;
        using var emulator = new Emulator(emulatorFolder!, Path.Combine(folder, "emulator"), port + PortsOfSilos);
        using var cluster = new SiloCluster(silo, folder, suites, emulator, port);
        for (var i = 0; i < Silos; i++)
        {
            cluster.Add();
        }

        await cluster.ReadyAsync(cancellation);
        var id = await cluster.StartAsync(Yaml, cancellation);
        var watch = Stopwatch.StartNew();
        while (await cluster.PhaseOfAsync(id, cancellation) != "completed")
        {
            RequireTime(watch, "it didn't complete");
            await Task.Delay(100, cancellation);
        }

        emulator.Kill();
        emulator.Start();
        watch.Restart();
        var lost = expected.Count - (await FoundAsync()).Count;
        SortedDictionary<string, string> found;
        while (!(found = await FoundAsync()).SequenceEqual(expected) || await cluster.PhaseOfAsync(id, cancellation) != "completed")
        {
            if (watch.Elapsed > Patience)
            {
                File.WriteAllLines(Path.Combine(folder, "silos.log"), cluster.Processes.SelectMany(p => p.Lines));
                Console.WriteLine($"logs are in {folder}");
                break;
            }

            await Task.Delay(500, cancellation);
        }

        var outcome = (lost, watch.Elapsed.TotalSeconds, await cluster.PhaseOfAsync(id, cancellation), found.SequenceEqual(expected));
        if (outcome.Item4)
        {
            Directory.Delete(folder, recursive: true);
        }

        return outcome;

        Task<SortedDictionary<string, string>> FoundAsync() => StoredResults.OfEmulatorAsync(emulator.ConnectionString, SiloCluster.Container, cancellation);
    }

    private static void RequireTime(Stopwatch watch, string fault)
    {
        if (watch.Elapsed > Patience)
        {
            throw new InvalidOperationException(fault);
        }
    }
}
