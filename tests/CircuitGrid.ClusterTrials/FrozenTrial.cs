using System.Globalization;

namespace CircuitGrid.ClusterTrials;

/// <summary>
/// Stands silos still (SIGSTOP) while three compute with more threads than the machine has cores: one for 5 s, then one that doesn't hold the experiment's grain and one
/// that does for a minute. It passes where nobody else's slots are idle for more than ten seconds, the short stop has no consequence, nobody is declared dead who
/// computes, and those that were end with one line when they thaw.
/// </summary>
/// <param name="silo">The silo program.</param>
/// <param name="suites">Folder of the suites.</param>
/// <param name="port">The first port that silos take.</param>
internal sealed class FrozenTrial(string silo, string suites, int port)
{
    private const int Silos = 3;
    private const string DeclaredDead = "was declared dead";
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan MostIdle = TimeSpan.FromSeconds(10);

    private const string Yaml = """
        name: frozen
        suite: nano
        heads: true
        analysis: {steps: 400}
        tasks: [ioi, gendered-pronoun, greater-than, sva]
        """;

    private readonly List<string> faults = [];

    public async Task<int> RunAsync(TimeSpan time, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("circuitgrid-frozen-").FullName;
        using var cluster = new SiloCluster(silo, folder, suites, emulator: null, port, Environment.ProcessorCount);
        for (var i = 0; i < Silos; i++)
        {
            cluster.Add();
        }

        await cluster.ReadyAsync(cancellation);
        await cluster.StartAsync(Yaml, cancellation);
        while (cluster.Processes.Any(p => !p.Lines.Any(SiloCluster.CellLines.Ends.IsMatch)))
        {
            await Task.Delay(200, cancellation);
        }

        await Task.Delay(Calm, cancellation);
        await FreezeAsync(cluster, "a silo for a moment", Others(cluster).First(), Short, isDead: false, cancellation);
        await FreezeAsync(cluster, "a silo without the experiment's grain", Others(cluster).First(), time, isDead: true, cancellation);
        cluster.Add();
        while (await cluster.CodeOfAsync(cluster.Processes[^1], "/health", cancellation) != 200)
        {
            await Task.Delay(200, cancellation);
        }

        await Task.Delay(Calm, cancellation);
        await FreezeAsync(cluster, "the silo with the experiment's grain", Holder(cluster), time, isDead: true, cancellation);

        var dead = cluster.Processes.Sum(p => p.Lines.Count(l => l.StartsWith("circuitgrid-silo: ", StringComparison.Ordinal)));
        Require(dead == 2, string.Create(CultureInfo.InvariantCulture, $"{dead} silos ended instead of the two that stood still for long"));
        var outcome = cluster.Outcome(outages: 0, TimeSpan.Zero, cells: 0, faults.Count > 0 ? "" : null);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{outcome.Begun} cells begun, {outcome.Again} of them again, {outcome.Allowed} lost with silos that ended"));
        faults.ForEach(f => Console.WriteLine("NO: " + f));
        return faults.Count == 0 ? 0 : 1;
    }

    private async Task FreezeAsync(SiloCluster cluster, string what, SiloProcess frozen, TimeSpan time, bool isDead, CancellationToken cancellation)
    {
        var from = DateTime.UtcNow;
        frozen.Freeze();
        await Task.Delay(time, cancellation);
        var until = DateTime.UtcNow;
        var others = cluster.Processes.Where(p => p != frozen && !p.HasExited).ToList();
        var idle = others.Select(p => MostIdleOf(p, from, until)).ToList();
        var written = frozen.Lines.Count;
        frozen.Thaw();
        await Task.Delay(Calm, cancellation);
        var last = frozen.Lines.Skip(written).ToList();
        var found = others.SelectMany(p => p.Lines).Where(l => TimeOf(l) >= from && l.Contains(DeclaredDead, StringComparison.Ordinal)).Select(l => TimeOf(l) - from).ToList();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what}, for {time.TotalSeconds:0} s: the others idle for at most {string.Join(" and ", idle.Select(i => $"{i.TotalSeconds:0.0}"))} s; {(found.Count == 0 ? "not declared dead" : $"declared dead after {found.Min()!.Value.TotalSeconds:0.0} s")}; {(frozen.HasExited ? $"it ended with exit code {frozen.ExitCode}: {string.Join(" | ", last)}" : "it goes on")}"));
        Require(idle.TrueForAll(i => i <= MostIdle), $"{what}: others were idle");
        Require(frozen.HasExited == isDead && (found.Count > 0) == isDead, $"{what}: {(isDead ? "it wasn't declared dead" : "it was declared dead")}");
        Require(!isDead || (last.Count == 1 && frozen.HasExited && frozen.ExitCode != 0), $"{what}: it didn't end with one line");
    }

    private static SiloProcess Holder(SiloCluster cluster) => cluster.Processes
        .Where(p => !p.HasExited)
        .MaxBy(p => p.Lines.Where(l => l.Contains(".ExperimentGrain[", StringComparison.Ordinal)).Max(TimeOf) ?? DateTime.MinValue)!;

    private static IEnumerable<SiloProcess> Others(SiloCluster cluster) => cluster.Processes.Where(p => !p.HasExited && p != Holder(cluster));

    /// <summary>The longest time within a span that a silo computed nothing.</summary>
    private static TimeSpan MostIdleOf(SiloProcess process, DateTime from, DateTime until)
    {
        var (begins, ends) = SiloCluster.CellLines;
        var most = TimeSpan.Zero;
        DateTime? idleSince = from;
        foreach (var line in process.Lines)
        {
            if (TimeOf(line) is not { } at || at > until)
            {
                continue;
            }

            if (begins.IsMatch(line))
            {
                most = idleSince is { } since && at > from && at - since > most ? at - since : most;
                idleSince = null;
            }
            else if (ends.IsMatch(line))
            {
                idleSince = at > from ? at : from;
            }
        }

        return idleSince is { } last && until - last > most ? until - last : most;
    }

    private static DateTime? TimeOf(string line) =>
        DateTime.TryParse(line.Split(' ')[0], CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var time) ? time : null;

    private void Require(bool isSo, string fault)
    {
        if (!isSo)
        {
            faults.Add(fault);
        }
    }
}
