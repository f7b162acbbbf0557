using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace CircuitGrid.ClusterTrials;

/// <summary>
/// Clients that mean harm and clients that don't, all of one address: connections that send nothing, followers that never read, and requests that are none, while an honest client asks
/// for health and experiments and an honest follower listens. The trial holds if every honest answer comes within a second, the follower is never dropped, and handles, threads and
/// memory are back in the end.
/// </summary>
/// <param name="program">The silo program, or the client's, which serves.</param>
/// <param name="isSilo">Which of them.</param>
/// <param name="suites">Folder of the suites.</param>
/// <param name="port">The first of three ports to take.</param>
internal sealed class ClientsTrial(string program, bool isSilo, string suites, int port) : IDisposable
{
    private const int Idle = 600;
    private const int Deaf = 500;
    private const int AtATime = 40;
    private const long MostMebibytes = 50;

    /// <summary>Handles and threads that come and go by themselves: a pooled connection of the store, a timer's thread.</summary>
    private const int Slack = 8;
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Ebb = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private const string Yaml = """
        name: clients
        suite: nano
        models: [nano-2l]
        checkpoints: [0, 3000]
        analysis: {steps: 5}
        tasks: [ioi]
        """;

    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly ConcurrentBag<(double Milliseconds, string Path)> answers = [];
    private readonly HostileClients hostile = new(port + 2);
    private int refused;
    private int heard;

    private Uri Address => new($"http://127.0.0.1:{port + 2}");

    /// <returns>0 if it holds.</returns>
    /// <param name="malformed">Requests that are none.</param>
    /// <param name="cancellation">Ends the trial.</param>
    public async Task<int> RunAsync(int malformed, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("circuitgrid-clients-").FullName;
        string[] ports = isSilo ? ["--silo-port", $"{port}", "--gateway-port", $"{port + 1}", "--http-port", $"{port + 2}"] : ["--port", $"{port + 2}"];
        using var server = SiloProcess.Start("dotnet", [program, .. isSilo ? (string[])[] : ["serve"], "--suites", suites, "--store", Path.Combine(folder, "cells.sqlite"), "--threads", "1", .. ports]);
        await ReadyAsync(server, cancellation);
        var id = await StartAsync(cancellation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var honest = Task.WhenAll(AskAsync(stop.Token), FollowAsync(id, stop.Token));
        await Task.Delay(TimeSpan.FromSeconds(10), cancellation);
        var before = ProcessLoad.Of(server.Id);
        answers.Clear();

        var watch = Stopwatch.StartNew();
        await hostile.OpenAsync(Idle, Deaf, id, stop.Token);
        var open = ProcessLoad.Of(server.Id);
        await Parallel.ForEachAsync(Enumerable.Range(0, malformed), new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellation }, async (i, token) => await hostile.SendAsync(i, token));
        var most = ProcessLoad.Of(server.Id);
        var seconds = watch.Elapsed.TotalSeconds;
        hostile.Close();
        var after = await EbbAsync(server.Id, before, cancellation);
        await stop.CancelAsync();
        await honest.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        var holds = Say(malformed, seconds, before, open, most, after);
        Directory.Delete(folder, recursive: true);
        return holds ? 0 : 1;
    }

    public void Dispose()
    {
        http.Dispose();
        hostile.Dispose();
    }

    private static bool IsBack(ProcessLoad before, ProcessLoad after) =>
        after.Handles <= before.Handles + Slack && after.Threads <= before.Threads + Slack && after.Mebibytes <= before.Mebibytes + MostMebibytes;

    private bool Say(int malformed, double seconds, params ReadOnlySpan<ProcessLoad> loads)
    {
        var times = answers.Select(a => a.Milliseconds).Order().ToList();
        var (median, worst) = (times[times.Count / 2], answers.MaxBy(a => a.Milliseconds));
        var (isPrompt, isBack) = (worst.Milliseconds <= MostWait.TotalMilliseconds && refused == 0, IsBack(loads[0], loads[^1]));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(isSilo ? "a silo" : "serve")}: {malformed} malformed requests in {seconds:0} s, {Idle} idle connections ({hostile.Reopened} opened again), {Deaf} followers that never read; {hostile.Statuses}"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"honest client: {times.Count} answers, median {median:0} ms, 99 % within {times[(int)(0.99 * (times.Count - 1))]:0} ms, worst {worst.Milliseconds:0} ms ({worst.Path}), {refused} not 200; follower: {heard} lines heard, never dropped: {(hostile.IsFollowerDropped ? "NO" : "yes")}"));
        Console.WriteLine("           handles  threads  memory (MiB)");
        string[] names = ["before", "opened", "sent", "after"];
        for (var i = 0; i < loads.Length; i++)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{names[i],-9}  {loads[i].Handles,7}  {loads[i].Threads,7}  {loads[i].Mebibytes,12}"));
        }

        var holds = isPrompt && isBack && !hostile.IsFollowerDropped && !hostile.HasFailedTheServer;
        Console.WriteLine(holds ? "holds" : $"DOESN'T HOLD: prompt {isPrompt}, back {isBack}, no 5xx {!hostile.HasFailedTheServer}");
        return holds;
    }

    private static async Task<ProcessLoad> EbbAsync(int process, ProcessLoad before, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(2), cancellation);
            var now = ProcessLoad.Of(process);
            if (IsBack(before, now) || watch.Elapsed > Ebb)
            {
                return now;
            }
        }
    }

    private async Task ReadyAsync(SiloProcess server, CancellationToken cancellation)
    {
        while (true)
        {
            if (server.HasExited)
            {
                throw new InvalidOperationException("it doesn't start: " + string.Join('\n', server.Lines.TakeLast(5)));
            }

            try
            {
                using var response = await http.GetAsync(new Uri(Address, "/health"), cancellation);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // it comes
            }

            await Task.Delay(Pause, cancellation);
        }
    }

    /// <summary>Starts an experiment that watches, and so never ends, and waits for its cells.</summary>
    private async Task<string> StartAsync(CancellationToken cancellation)
    {
        using var content = new StringContent(JsonSerializer.Serialize(new { yaml = Yaml, watch = true }), Encoding.UTF8, "application/json");
        using var response = await http.PostAsync(new Uri(Address, "/api/v1/experiments"), content, cancellation);
        response.EnsureSuccessStatusCode();
        using var started = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellation));
        var id = started.RootElement.GetProperty("id").GetString()!;
        while (true)
        {
            using var state = JsonDocument.Parse(await http.GetStringAsync(new Uri(Address, $"/api/v1/experiments/{id}"), cancellation));
            if (state.RootElement.GetProperty("progress").GetProperty("finished").GetInt32() == 2)
            {
                return id;
            }

            await Task.Delay(Pause, cancellation);
        }
    }

    /// <summary>Asks as somebody does who has just come: over a connection of its own each time.</summary>
    private async Task AskAsync(CancellationToken cancellation)
    {
        for (var i = 0; !cancellation.IsCancellationRequested; i++)
        {
            var path = i % 2 == 0 ? "/health" : "/api/v1/experiments";
            using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
            var watch = Stopwatch.StartNew();
            try
            {
                using var response = await client.GetAsync(new Uri(Address, path), cancellation);
                await response.Content.ReadAsByteArrayAsync(cancellation);
                refused += response.IsSuccessStatusCode ? 0 : 1;
            }
            catch (HttpRequestException)
            {
                refused++;
            }

            answers.Add((watch.Elapsed.TotalMilliseconds, path));
            await Task.Delay(Pause, cancellation);
        }
    }

    private async Task FollowAsync(string id, CancellationToken cancellation)
    {
        using var stream = await http.GetStreamAsync(new Uri(Address, $"/api/v1/experiments/{id}/events"), cancellation);
        using var reader = new StreamReader(stream);
        try
        {
            while (await reader.ReadLineAsync(cancellation) is not null)
            {
                heard++;
            }

            hostile.IsFollowerDropped = true;
        }
        catch (IOException)
        {
            hostile.IsFollowerDropped = true;
        }
    }
}

/// <summary>What a process holds, as Linux says it.</summary>
/// <param name="Handles">Open files and connections.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Mebibytes">Memory that is resident.</param>
internal sealed record ProcessLoad(int Handles, int Threads, long Mebibytes)
{
    public static ProcessLoad Of(int process)
    {
        var status = File.ReadAllLines($"/proc/{process}/status");
        return new(Directory.GetFiles($"/proc/{process}/fd").Length, (int)Figure("Threads:"), Figure("VmRSS:") / 1024);

        long Figure(string name) =>
            long.Parse(status.Single(l => l.StartsWith(name, StringComparison.Ordinal))[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }
}
