using System.Diagnostics;
using System.Globalization;

namespace CircuitGrid.ClusterTrials;

/// <summary>
/// Takes the storage away in the middle of an experiment, and brings it back. The trial holds if health, status and page say so within seconds and answer all the while, if the log does
/// with a few lines, and if all results are there in the end, equal to one machine's, none begun more often than allowed.
/// </summary>
/// <param name="silo">The silo program.</param>
/// <param name="emulatorFolder">Where the emulator is installed.</param>
/// <param name="suites">Folder of the suites.</param>
/// <param name="port">The first of the thousand and three ports that silos and emulator take.</param>
internal sealed class OutageTrial(string silo, string? emulatorFolder, string suites, int port)
{
    private const int Silos = 3;
    private const int PortsOfSilos = 1000;

    /// <summary>Cells that are begun before the storage goes.</summary>
    private const int BegunBefore = 8;

    /// <summary>Lines that a silo may write a minute of an outage.</summary>
    private const double MostLines = 30;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private const string Yaml = """
        name: outage
        suite: nano
        models: [nano-2l, nano-3l]
        checkpoints: [0, 256, 640, 1500, 3000]
        analysis: {steps: 30}
        tasks: [ioi, gendered-pronoun, greater-than, sva]
        """;

    /// <returns>0 if it holds.</returns>
    /// <param name="outage">How long the storage is away.</param>
    /// <param name="cancellation">Ends the trial.</param>
    public async Task<int> RunAsync(TimeSpan outage, CancellationToken cancellation)
    {
        if (emulatorFolder is null)
        {
            await Console.Error.WriteLineAsync("outage needs --emulator.");
            return 1;
        }

        var expected = await ChaosTrial.RunLocallyAsync(Yaml, suites, cancellation);
        var folder = Directory.CreateTempSubdirectory("circuitgrid-outage-").FullName;
        using var emulator = new Emulator(emulatorFolder, Path.Combine(folder, "emulator"), port + PortsOfSilos);
        using var cluster = new SiloCluster(silo, folder, suites, emulator, port);
        for (var i = 0; i < Silos; i++)
        {
            cluster.Add();
        }

        await cluster.ReadyAsync(cancellation);
        var id = await cluster.StartAsync(Yaml, cancellation);
        var watch = Stopwatch.StartNew();
        while (cluster.Processes.Sum(p => p.Lines.Count(l => SiloCluster.CellLines.Begins.IsMatch(l))) < BegunBefore)
        {
            await Task.Delay(100, cancellation);
        }

        var before = cluster.Processes.Select(p => (Lines: p.Lines.Count, Mebibytes: p.Mebibytes)).ToList();
        emulator.Stop();
        var away = await WatchAsync(cluster, id, outage, cancellation);
        var (lines, bytes) = (new int[Silos], new long[Silos]);
        for (var i = 0; i < Silos; i++)
        {
            var written = cluster.Processes[i].Lines.Skip(before[i].Lines).ToList();
            (lines[i], bytes[i]) = (written.Count, written.Sum(l => l.Length + 1L));
        }

        emulator.Start();
        var fault = await EndAsync(cluster, id, cancellation);
        await Task.Delay(TimeSpan.FromSeconds(10), cancellation);
        var found = await StoredResults.OfEmulatorAsync(emulator.ConnectionString, SiloCluster.Container, cancellation);
        fault ??= found.SequenceEqual(expected) ? null : $"{found.Count} results, {expected.Count} expected, or other bytes";
        fault ??= away.Slowest > TimeSpan.FromSeconds(1.5) ? "health was late" : null;
        fault ??= away.Seen.Any(s => s.Value is not { } at || at > Soon) ? "the outage wasn't seen soon" : null;
        fault ??= lines.Any(l => l > MostLines * Math.Max(1, outage.TotalMinutes)) ? "the log says too much" : null;
        var outcome = cluster.Outcome(1, watch.Elapsed, found.Count, fault);
        Say(outage, away, lines, bytes, before.ConvertAll(b => b.Mebibytes), [.. cluster.Processes.Select(p => p.Mebibytes)], outcome);
        if (outcome.Passed)
        {
            Directory.Delete(folder, recursive: true);
        }

        return outcome.Passed ? 0 : 1;
    }

    /// <summary>Asks all the while what is to be seen.</summary>
    private static async Task<(Dictionary<string, TimeSpan?> Seen, TimeSpan Slowest, long[] MostMebibytes)> WatchAsync(
        SiloCluster cluster, string id, TimeSpan outage, CancellationToken cancellation)
    {
        Dictionary<string, TimeSpan?> seen = new(StringComparer.Ordinal) { ["ready"] = null, ["health"] = null, ["status"] = null, ["page"] = null, ["log"] = null };
        var slowest = TimeSpan.Zero;
        var most = new long[Silos];
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < outage)
        {
            foreach (var (silo, i) in cluster.Processes.Select((s, i) => (s, i)))
            {
                most[i] = Math.Max(most[i], silo.Mebibytes);
                var asked = clock.Elapsed;
                var (live, ready, health) = (await cluster.CodeOfAsync(silo, "/health/live", cancellation), await cluster.CodeOfAsync(silo, "/health/ready", cancellation), await cluster.CodeOfAsync(silo, "/health", cancellation));
                slowest = live == 200 && ready != 0 && health != 0 ? Later(slowest, (clock.Elapsed - asked) / 3) : TimeSpan.MaxValue;
                Note("ready", ready == 503);
                Note("health", health == 503);
                Note("page", await cluster.CodeOfAsync(silo, $"/experiments/{id}", cancellation) == 503);
                Note("log", silo.Lines.Any(l => l.Contains("doesn't answer", StringComparison.Ordinal)));
                Note("status", await cluster.NoticeOfAsync(silo, id, cancellation) is { } notice && notice.Contains("storage hasn't answered", StringComparison.Ordinal));
            }

            await Task.Delay(500, cancellation);
        }

        return (seen, slowest, most);

        void Note(string what, bool isSeen) => seen[what] ??= isSeen ? clock.Elapsed : null;
    }

    private static async Task<string?> EndAsync(SiloCluster cluster, string id, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        while (await cluster.PhaseOfAsync(id, cancellation) is var phase && phase != "completed")
        {
            if (phase is "failed" or "cancelled" || clock.Elapsed > Patience)
            {
                return $"it is {phase ?? "not to be seen"}";
            }

            await Task.Delay(500, cancellation);
        }

        return null;
    }

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static void Say(
        TimeSpan outage,
        (Dictionary<string, TimeSpan?> Seen, TimeSpan Slowest, long[] MostMebibytes) away,
        int[] lines,
        long[] bytes,
        List<long> before,
        long[] after,
        Outcome outcome)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"storage away for {outage.TotalSeconds:0} s; health answered within {away.Slowest.TotalSeconds:0.00} s"));
        Console.WriteLine(string.Join(", ", away.Seen.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key} says so after {s.Value?.TotalSeconds ?? double.NaN:0.0} s"))));
        for (var i = 0; i < Silos; i++)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"silo {i + 1}: {lines[i]} lines, {bytes[i]:N0} bytes of log; MiB before {before[i]}, at most {away.MostMebibytes[i]}, after {after[i]}"));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{outcome.Cells} results, {outcome.Begun} begun, {outcome.Again} again, {outcome.Seconds:0} s; {(outcome.Passed ? "holds" : "NO: " + outcome.Fault)}"));
    }
}
