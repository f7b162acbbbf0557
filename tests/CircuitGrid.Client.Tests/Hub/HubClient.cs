using System.Globalization;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Tests.Hosting;
using CircuitGrid.HubStandIn;
using CircuitGrid.HubStandIn.Repositories;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.HubStandIn.Suites;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Client.Tests.Hub;

/// <summary>A stand-in for the hub, and a client that knows nothing else: its cache and its working folder are empty, and nobody's environment reaches it.</summary>
internal sealed class HubClient : IAsyncDisposable
{
    public const string Model = "nano-2l";
    public const string Repository = "nano-lab/nano-2l";
    public const string Address = "hf:" + Repository;
    public const string Weights = "model.safetensors";

    /// <summary>Bytes of the weights of any step of the model.</summary>
    public const long WeightBytes = 394_648;

    private readonly TemporaryFolder folder = new();

    private HubClient(HubStandInServer server) => Server = server;

    public HubStandInServer Server { get; }

    public RequestLog Requests => Server.Requests;

    public NanoHub Nano { get; } = NanoHub.OfWorkingTree();

    /// <summary>Variables of the client's environment; it has no others.</summary>
    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>The folder that the client is started in.</summary>
    public string WorkingFolder => folder["work"];

    /// <summary>The folder above everything that the client may write to.</summary>
    public string Root => folder.Path;

    /// <summary>The store of an experiment on <see cref="Address"/>.</summary>
    public string Store => StoreOf(Model);

    /// <summary>The repository's folder in the cache.</summary>
    public HubRepositoryFolder Cache => CacheOf(Repository);

    public static async Task<HubClient> StartAsync(HubStandInOptions? options = null)
    {
        var client = new HubClient(await HubStandInServer.StartAsync(options));
        Directory.CreateDirectory(client.WorkingFolder);
        client.Variables["HF_ENDPOINT"] = client.Server.Endpoint.OriginalString;
        client.Variables["HF_HOME"] = client.folder["hf"];
        return client;
    }

    /// <summary>One that has these steps of the model to offer.</summary>
    public static async Task<HubClient> StartAsync(int[] steps, HubStandInOptions? options = null)
    {
        var client = await StartAsync(options);
        client.Nano.Add(client.Server, Model, steps: steps);
        return client;
    }

    public StandInRepository At(string name = Repository) => Server.Repositories.All.Single(r => r.Name == name);

    public string StoreOf(string suite) => Path.Combine(WorkingFolder, suite + ".circuitgrid", "results.db");

    public HubRepositoryFolder CacheOf(string repository) => new(Path.Combine(folder["hf"], "hub"), repository);

    /// <summary>Digests of the weights of the model's steps.</summary>
    public IEnumerable<string> DigestsOf(params int[] steps) => steps.Select(step => Nano.Checkpoint(Model, step).Files[Weights].Digests.Sha256);

    public Task<ClientRun> RunAsync(params string[] args) => RunAsync(args, CancellationToken.None);

    public Task<ClientRun> RunAsync(string[] args, CancellationToken cancellation) => ClientRun.OfAsync(args, 300, change: Change, cancellation: cancellation);

    /// <summary>The client's environment.</summary>
    public ClientEnvironment Change(ClientEnvironment environment) => environment with { WorkingFolder = WorkingFolder, Time = Time, Variable = name => Variables.GetValueOrDefault(name) };

    /// <summary>A command of a process of its own.</summary>
    public ClientProcess StartProcess(params string[] args) => ClientProcess.Start(args, [("HF_TOKEN", ""), ("HF_HUB_OFFLINE", ""), .. Variables.Select(v => (v.Key, v.Value)), ("HOME", folder.Path)]);

    /// <summary>The rows that the same experiment on the shipped folder gets.</summary>
    public async Task<IReadOnlyList<string>> RowsOfFolderAsync(string models, string tasks, params int[] steps)
    {
        var experiment = folder["local.yaml"];
        await File.WriteAllTextAsync(experiment, string.Create(CultureInfo.InvariantCulture, $"suite: '{Nano.Folder}'\nmodels: [{models}]\ncheckpoints: [{string.Join(", ", steps)}]\ntasks: [{tasks}]\n"));
        (await ClientRun.OfAsync("run", experiment)).Succeeded();
        return StoreRows.Of(folder["local.results.db"]);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        folder.Dispose();
    }
}
