using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CircuitGrid.ClusterTrials;
using CircuitGrid.Grains.Tests.Cluster;

namespace CircuitGrid.Silo.Tests;

/// <summary>Silos as programs of their own over one SQLite store, spoken to over HTTP.</summary>
internal sealed class RunningSilos : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-silos-").FullName;
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(20) };
    private readonly List<SiloProcess> processes = [];

    /// <param name="token">The token that requests show; <see langword="null"/> for none.</param>
    public RunningSilos(string? token = null) => http.DefaultRequestHeaders.Authorization = token is null ? null : new("Bearer", token);

    public string StorePath => Path.Combine(folder, "cells.sqlite");

    /// <summary>Variables of the silos' environment.</summary>
    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

    /// <summary>Starts a silo with these options beside the usual ones.</summary>
    public RunningSilo Start(params IEnumerable<string> options) => StartIn(NanoExperiment.Suites, options);

    /// <summary>Starts a silo with suites of its own.</summary>
    public RunningSilo StartIn(string suites, params IEnumerable<string> options)
    {
        var (silo, gateway, web) = (FreePort(), FreePort(), FreePort());
        return Again(
        [
            Path.Combine(AppContext.BaseDirectory, "circuitgrid-silo.dll"), "--suites", suites, "--store", StorePath, "--threads", "1",
            "--silo-port", $"{silo}", "--gateway-port", $"{gateway}", "--http-port", $"{web}", .. options,
        ]);
    }

    /// <summary>Starts a silo whose storage is what the environment says.</summary>
    public RunningSilo StartOnAzure() => Again(
    [
        Path.Combine(AppContext.BaseDirectory, "circuitgrid-silo.dll"), "--suites", NanoExperiment.Suites,
        "--silo-port", $"{FreePort()}", "--gateway-port", $"{FreePort()}", "--http-port", $"{FreePort()}",
    ]);

    /// <summary>Starts a silo by the very command of another, with these options changed.</summary>
    public RunningSilo Again(RunningSilo silo, params (string Option, string Value)[] changed)
    {
        var arguments = silo.Arguments.ToArray();
        foreach (var (option, value) in changed)
        {
            arguments[Array.IndexOf(arguments, option) + 1] = value;
        }

        return Again(arguments);
    }

    /// <summary>The code of a silo's answer; <see langword="null"/> where there is none.</summary>
    public async Task<HttpStatusCode?> CodeOfAsync(RunningSilo silo, string path)
    {
        try
        {
            using var response = await http.GetAsync(new Uri(silo.Address, path));
            return response.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    /// <summary>Waits until a silo says that it is part of a cluster of so many.</summary>
    public Task ActiveAsync(RunningSilo silo, int silos) => UntilAsync(silo, async () => await SilosAsync(silo) == silos);

    /// <summary>Silos of the cluster, as one of them sees it; <see langword="null"/> where it isn't part of it.</summary>
    public async Task<int?> SilosAsync(RunningSilo silo)
    {
        try
        {
            using var response = await http.GetAsync(new Uri(silo.Address, "/health"));
            return response.StatusCode == HttpStatusCode.OK
                ? (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("checks").GetProperty("silo").GetProperty("data").GetProperty("silos").GetInt32()
                : null;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    /// <summary>Runs an experiment to its end.</summary>
    /// <returns>The experiment as the API tells it.</returns>
    public async Task<JsonElement> RunAsync(RunningSilo silo, string yaml) => await EndOfAsync(silo, await BeginAsync(silo, yaml));

    /// <summary>Starts an experiment.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> BeginAsync(RunningSilo silo, string yaml)
    {
        using var content = new StringContent(yaml, Encoding.UTF8, "application/yaml");
        using var response = await http.PostAsync(new Uri(silo.Address, "/api/v1/experiments"), content);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    /// <summary>Waits for an experiment to end.</summary>
    /// <returns>The experiment as the API tells it.</returns>
    public async Task<JsonElement> EndOfAsync(RunningSilo silo, string id)
    {
        JsonElement now = default;
        await UntilAsync(silo, async () =>
        {
            now = await GetAsync(silo, $"/api/v1/experiments/{id}");
            return !string.Equals(now.GetProperty("phase").GetString(), "running", StringComparison.Ordinal);
        });
        return now;
    }

    public Task<JsonElement> GetAsync(RunningSilo silo, string path) => http.GetFromJsonAsync<JsonElement>(new Uri(silo.Address, path));

    /// <summary>Waits for something, whoever lives.</summary>
    public static async Task UntilEitherAsync(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await isSo())
        {
            Assert.False(patience.IsCancellationRequested, $"it isn't so after {Patience}");
            await Task.Delay(100);
        }
    }

    /// <summary>Waits for something, as long as a silo lives.</summary>
    public static async Task UntilAsync(RunningSilo silo, Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await isSo())
        {
            Assert.False(silo.Process.HasExited, string.Join('\n', silo.Process.Lines));
            Assert.False(patience.IsCancellationRequested, $"it isn't so after {Patience}\n{silo.Log}");
            await Task.Delay(100);
        }
    }

    /// <summary>A port that nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Dispose()
    {
        processes.ForEach(p => p.Dispose());
        http.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private RunningSilo Again(string[] arguments)
    {
        var process = SiloProcess.Start("dotnet", arguments, Variables);
        processes.Add(process);
        return new(process, new Uri($"http://127.0.0.1:{arguments[Array.IndexOf(arguments, "--http-port") + 1]}"), arguments);
    }
}

/// <summary>A silo's process, and where it answers.</summary>
/// <param name="Process">The process.</param>
/// <param name="Address">Its HTTP API.</param>
/// <param name="Arguments">What it was started with.</param>
internal sealed record RunningSilo(SiloProcess Process, Uri Address, IReadOnlyList<string> Arguments)
{
    /// <summary>What it said of its end: one line, or it is a fault.</summary>
    public string LastWord => Assert.Single(Process.Lines, l => !l.StartsWith("20", StringComparison.Ordinal));

    /// <summary>Cells it has finished.</summary>
    public int Ended => Process.Lines.Count(l => l.Contains("Computed ", StringComparison.Ordinal));

    /// <summary>Everything it has written.</summary>
    public string Log => string.Join('\n', Process.Lines);

    /// <summary>Cells it has begun.</summary>
    public int Begun => Process.Lines.Count(l => l.Contains("Computing ", StringComparison.Ordinal));
}
