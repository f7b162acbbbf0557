using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace CircuitGrid.ClusterTrials;

/// <summary>Silos of a round of chaos, spoken to over HTTP as anybody would.</summary>
internal sealed partial class SiloCluster(string program, string folder, string suites, Emulator? emulator, int firstPort, int threads = 1) : IDisposable
{
    /// <summary>Where the silos keep results in the emulator.</summary>
    public const string Container = "chaos-cells";

    private readonly List<(int Http, SiloProcess Process)> silos = [];
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(20) };
    private int kills;
    private int drains;
    private int added = -3;

    public string StorePath => Path.Combine(folder, "cells.sqlite");

    private IEnumerable<(int Http, SiloProcess Process)> Running => silos.Where(s => !s.Process.HasExited && !s.Process.IsDraining);

    /// <summary>All silos that were ever started, in order.</summary>
    public IReadOnlyList<SiloProcess> Processes => [.. silos.Select(s => s.Process)];

    /// <summary>What each silo's process writes of cells: begun with the first pattern, ended with the second.</summary>
    public static (Regex Begins, Regex Ends) CellLines => (Begins(), Ends());

    /// <summary>The code of a silo's answer; 0 where there is none.</summary>
    public async Task<int> CodeOfAsync(SiloProcess silo, string path, CancellationToken cancellation)
    {
        try
        {
            var port = silos.Find(s => s.Process == silo).Http;
            using var response = await http.GetAsync(new Uri($"http://127.0.0.1:{port}{path}"), cancellation).WaitAsync(TimeSpan.FromSeconds(2), cancellation);
            return (int)response.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException)
        {
            return 0;
        }
    }

    /// <summary>What hinders an experiment as a silo tells it; <see langword="null"/> for nothing, and where it doesn't answer.</summary>
    public async Task<string?> NoticeOfAsync(SiloProcess silo, string id, CancellationToken cancellation)
    {
        try
        {
            var port = silos.Find(s => s.Process == silo).Http;
            var found = await http.GetFromJsonAsync<JsonElement>(new Uri($"http://127.0.0.1:{port}/api/v1/experiments/{id}"), cancellation).WaitAsync(TimeSpan.FromSeconds(10), cancellation);
            return found.GetProperty("notice").GetString();
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException)
        {
            return null;
        }
    }

    public void Add()
    {
        var port = firstPort + (10 * silos.Count);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        List<string> arguments = [program, "--suites", suites, "--cluster", "chaos", "--silo-port", $"{port}", "--gateway-port", $"{port + 1}", "--http-port", $"{port + 2}", "--threads", $"{threads}"];
        if (emulator is null)
        {
            arguments.AddRange(["--store", StorePath]);
        }
        else
        {
            environment["CIRCUITGRID_AZURE_STORAGE"] = emulator.ConnectionString;
        }

        silos.Add((port + 2, SiloProcess.Start("dotnet", arguments, environment)));
        added++;
    }

    /// <summary>Kills, drains or adds a silo. One always stays that is neither.</summary>
    public void Disturb(Random random, int most)
    {
        var running = Running.ToList();
        switch (random.Next(3))
        {
            case 0 when running.Count > 1:
                running[random.Next(running.Count)].Process.Kill();
                kills++;
                break;
            case 1 when running.Count > 1:
                running[random.Next(running.Count)].Process.Drain();
                drains++;
                break;
            default:
                if (running.Count < most)
                {
                    Add();
                }

                break;
        }
    }

    /// <summary>Waits until all silos serve.</summary>
    public async Task ReadyAsync(CancellationToken cancellation)
    {
        foreach (var (port, process) in silos)
        {
            while (!await IsHealthyAsync(port, cancellation))
            {
                if (process.HasExited)
                {
                    throw new InvalidOperationException("a silo doesn't start: " + string.Join('\n', process.Lines.TakeLast(5)));
                }

                await Task.Delay(200, cancellation);
            }
        }
    }

    public async Task<string> StartAsync(string yaml, CancellationToken cancellation)
    {
        using var content = new StringContent(yaml, Encoding.UTF8, "application/yaml");
        using var response = await http.PostAsync(new Uri($"http://127.0.0.1:{silos[0].Http}/api/v1/experiments"), content, cancellation);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>(cancellation)).GetProperty("id").GetString()!;
    }

    /// <summary>What has become of an experiment, or <see langword="null"/> where no silo says.</summary>
    public async Task<string?> PhaseOfAsync(string id, CancellationToken cancellation)
    {
        foreach (var (port, _) in Running.ToList())
        {
            try
            {
                var found = await http.GetFromJsonAsync<JsonElement>(new Uri($"http://127.0.0.1:{port}/api/v1/experiments/{id}"), cancellation);
                return found.GetProperty("phase").GetString()!.ToLowerInvariant();
            }
            catch (Exception e) when (e is HttpRequestException or JsonException || (e is TaskCanceledException && !cancellation.IsCancellationRequested))
            {
                // this one is dead, coming or busy: the next
            }
        }

        return null;
    }

    public Outcome Outcome(int outages, TimeSpan time, int cells, string? fault)
    {
        var begun = silos.SelectMany(s => s.Process.Lines.Select(l => Begins().Match(l)).Where(m => m.Success).Select(m => (Silo: s, Cell: m.Groups["cell"].Value))).ToList();
        var lost = silos.Where(s => s.Process.HasExited).SelectMany(s =>
            Cells(s.Process, Begins()).Except(Cells(s.Process, Ends()), StringComparer.Ordinal)).ToList();
        var again = begun.GroupBy(b => b.Cell, StringComparer.Ordinal).Sum(g => g.Count() - 1);
        foreach (var cell in begun.GroupBy(b => b.Cell, StringComparer.Ordinal))
        {
            if (cell.Count() > 1 + lost.Count(l => string.Equals(l, cell.Key, StringComparison.Ordinal)))
            {
                fault ??= $"{cell.Key} was begun {cell.Count()} times";
            }
        }

        if (fault is not null)
        {
            for (var i = 0; i < silos.Count; i++)
            {
                File.WriteAllLines(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"silo{i}.log")), silos[i].Process.Lines);
            }

            fault += $"; logs are in {folder}";
        }

        return new(kills, drains, added, outages, time.TotalSeconds, cells, begun.Count, again, lost.Count, fault);
    }

    public void Dispose()
    {
        silos.ForEach(s => s.Process.Dispose());
        http.Dispose();
    }

    private static IEnumerable<string> Cells(SiloProcess process, Regex line) => process.Lines.Select(l => line.Match(l)).Where(m => m.Success).Select(m => m.Groups["cell"].Value);

    private async Task<bool> IsHealthyAsync(int port, CancellationToken cancellation)
    {
        try
        {
            using var response = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health"), cancellation);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            return false;
        }
    }

    [GeneratedRegex(@"Computing (?<cell>\S+) \(job", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Begins();

    [GeneratedRegex(@"(Computed (?<cell>\S+) in |Cell (?<cell>\S+) failed)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Ends();
}
