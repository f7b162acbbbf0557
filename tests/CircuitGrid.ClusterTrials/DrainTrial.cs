using System.Diagnostics;
using System.Globalization;

namespace CircuitGrid.ClusterTrials;

/// <summary>
/// SIGTERM to one of three silos that is at a long cell, and SIGKILL after a grace time. It passes where the silo finishes the cell and ends by itself with exit code
/// 0, nothing was begun twice, and all results are one machine's.
/// </summary>
/// <param name="silo">The silo program.</param>
/// <param name="suites">Folder of the suites.</param>
/// <param name="port">The first port that silos take.</param>
internal sealed class DrainTrial(string silo, string suites, int port)
{
    private const int Silos = 3;
    private const int TrialSteps = 100;
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(2);

    public async Task<int> RunAsync(TimeSpan cell, CancellationToken cancellation)
    {
        // as many steps as make a cell so long on this machine, alone; beside others it takes longer still
        var watch = Stopwatch.StartNew();
        await ChaosTrial.RunLocallyAsync(Yaml(TrialSteps, [3000]), suites, cancellation);
        var steps = (int)(TrialSteps * cell / watch.Elapsed);
        var yaml = Yaml(steps, [640, 1500, 3000]);
        watch.Restart();
        var expected = await ChaosTrial.RunLocallyAsync(yaml, suites, cancellation);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{expected.Count} cells of {steps} steps, {watch.Elapsed.TotalSeconds / expected.Count:0} s each on one machine"));

        var folder = Directory.CreateTempSubdirectory("circuitgrid-drain-").FullName;
        using var cluster = new SiloCluster(silo, folder, suites, emulator: null, port);
        for (var i = 0; i < Silos; i++)
        {
            cluster.Add();
        }

        await cluster.ReadyAsync(cancellation);
        var id = await cluster.StartAsync(yaml, cancellation);
        SiloProcess? drained;
        while ((drained = cluster.Processes.FirstOrDefault(IsComputing)) is null)
        {
            await Task.Delay(100, cancellation);
        }

        await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
        watch.Restart();
        var ending = drained.EndAsync(Grace, cancellation);
        var codes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        while (!ending.IsCompleted)
        {
            foreach (var path in new[] { "/health/live", "/health/ready", "/api/v1/experiments" })
            {
                var code = await cluster.CodeOfAsync(drained, path, cancellation);
                var answer = string.Create(CultureInfo.InvariantCulture, $"{path} {code}");
                codes[answer] = codes.GetValueOrDefault(answer) + 1;
            }

            await Task.WhenAny(ending, Task.Delay(500, cancellation));
        }

        var isByItself = await ending;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"the silo ended {(isByItself ? "by itself" : "killed")} after {watch.Elapsed.TotalSeconds:0.0} s with exit code {drained.ExitCode}; it answered {string.Join(", ", codes.Select(c => $"{c.Key} ({c.Value}x)"))}"));
        while (await cluster.PhaseOfAsync(id, cancellation) is not ("completed" or "failed"))
        {
            await Task.Delay(250, cancellation);
        }

        var found = StoredResults.OfFile(cluster.StorePath);
        var outcome = cluster.Outcome(outages: 0, watch.Elapsed, found.Count, found.SequenceEqual(expected) ? null : "other results");
        var isFinished = isByItself && drained.ExitCode == 0 && !IsComputing(drained) && drained.Lines.Any(l => l.EndsWith("Drained.", StringComparison.Ordinal));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"the cell under way was {(isFinished ? "finished" : "NOT FINISHED")}; {outcome.Begun} begun, {outcome.Again} again, {outcome.Cells} results: {outcome.Fault ?? "equal to one machine's"}"));
        return isFinished && outcome is { Passed: true, Again: 0 } ? 0 : 1;
    }

    private static bool IsComputing(SiloProcess silo)
    {
        var (begins, ends) = SiloCluster.CellLines;
        return silo.Lines.Count(begins.IsMatch) > silo.Lines.Count(ends.IsMatch);
    }

    private static string Yaml(int steps, int[] checkpoints) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        name: drain
        suite: nano
        models: [nano-3l]
        checkpoints: [{{string.Join(", ", checkpoints)}}]
        analysis: {steps: {{steps}}}
        tasks: [ioi]
        """);
}
