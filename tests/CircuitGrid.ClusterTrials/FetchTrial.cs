using System.Diagnostics;
using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Hub.Cache;
using CircuitGrid.Hub.Suites;
using CircuitGrid.HubStandIn;
using CircuitGrid.HubStandIn.Repositories;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.HubStandIn.Suites;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.ClusterTrials;

/// <summary>
/// How far fetching hides behind compute: a stand-in for the hub that sends so many bytes a second, and two silos of one machine whose cells take a multiple of the
/// time that their weights take to come.
/// </summary>
internal static class FetchTrial
{
    private const int Silos = 2;
    private const int FirstPort = 21500;
    private const string Repository = "trial/large";
    private const string WeightsName = "model.safetensors";

    private const string Yaml = $$"""
        name: fetch
        suite: "hf:{{Repository}}"
        tasks: [{name: sva, count: 12}]
        """;

    /// <summary>A model of 39 MB in half precision, with the words of the nano suite.</summary>
    private static readonly ModelConfig Config = new()
    {
        Family = Families.GptNeoX,
        Layers = 6,
        Heads = 8,
        Width = 512,
        MlpWidth = 2048,
        Vocabulary = 748,
        ContextLength = 64,
        Norms = new(NormKind.LayerNorm, 1e-5),
        Activation = Activation.Gelu,
        ParallelResidual = true,
        TiedUnembedding = false,
        Rotary = new Rotary(32, 10000),
    };

    public static async Task RunAsync(int checkpoints, long bytesPerSecond, double[] multiples, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("circuitgrid-fetch-").FullName;
        try
        {
            await using var hub = await HubStandInServer.StartAsync();
            var size = Fill(hub, Path.Combine(folder, "checkpoint"), checkpoints);
            var each = TimeSpan.FromSeconds((double)size / bytesPerSecond);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{checkpoints} checkpoints of {size / 1e6:0.0} MB at {bytesPerSecond / 1e6:0} MB/s: {each.TotalSeconds:0.00} s each, {checkpoints * each.TotalSeconds:0.0} s in all; {Silos} silos"));
            foreach (var multiple in multiples)
            {
                var place = Path.Combine(folder, multiple.ToString(CultureInfo.InvariantCulture));
                Directory.CreateDirectory(place);
                await RunAsync(hub, place, checkpoints, each, bytesPerSecond, multiple, cancellation);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RunAsync(HubStandInServer hub, string folder, int checkpoints, TimeSpan each, long bytesPerSecond, double multiple, CancellationToken cancellation)
    {
        var silos = Enumerable.Range(FirstPort, Silos).Select(port => SiloProcess.StandIn(folder, port, each * multiple, hub.Endpoint)).ToList();
        try
        {
            var options = StandInSilo.HubOf(folder, hub.Endpoint);
            using var store = new HubStore(options);
            await using var client = await TrialClient.ConnectAsync(folder, cancellation, new FileExperimentSource(new HubSuites(store)));
            while (await client.ActiveSilosAsync() < Silos)
            {
                if (silos.Find(s => s.HasExited) is { } exited)
                {
                    throw new InvalidOperationException(string.Join('\n', exited.Lines));
                }

                await Task.Delay(100, cancellation);
            }

            hub.BytesPerSecond = bytesPerSecond;
            hub.Requests.Clear();
            var watch = Stopwatch.StartNew();
            var started = await client.Experiments.StartAsync(Yaml, watch: false, cancellation);
            var ended = await client.EndOfAsync(started.Id, cancellation);
            var total = watch.Elapsed.TotalSeconds;
            var compute = checkpoints * multiple * each.TotalSeconds / Silos;
            TimeSpan[] downloads = [.. hub.Requests.Of(RequestKind.Large).Where(r => r.Range is null).Select(r => r.At - hub.Requests.All[0].At)];
            var fetch = (double)hub.Requests.All.Sum(r => r.BytesSent) / bytesPerSecond;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"cells of {multiple} times their download: {ended.Phase} with {ended.Progress.Finished} cells in {total:0.0} s; fetching {fetch:0.0} s, computing {compute:0.0} s, {total / Math.Max(fetch, compute):0.00} of the longer; {hub.Requests.LargeBytes / 1e6:0} MB sent of {checkpoints * each.TotalSeconds * bytesPerSecond / 1e6:0}; downloads began after {downloads.Min().TotalSeconds:0.0} to {downloads.Max().TotalSeconds:0.0} s"));
        }
        finally
        {
            hub.BytesPerSecond = null;
            silos.ForEach(s => s.Dispose());
        }
    }

    /// <returns>Bytes of a checkpoint's weights.</returns>
    private static long Fill(HubStandInServer hub, string folder, int checkpoints)
    {
        CheckpointWriter.Write(folder, new RandomTensors(Config, seed: 1, deviation: 0.1), ElementKind.F16);
        var words = NanoHub.OfWorkingTree().Checkpoint("nano-4l", 0);
        var tree = StandInTree.Folder(folder).With("tokenizer.json", words.Files["tokenizer.json"]).With("lexicon.json", words.Files["lexicon.json"]);
        var weights = tree.Files[WeightsName];
        var repository = hub.Repositories.Add(Repository);
        for (var i = 0; i < checkpoints; i++)
        {
            var patched = weights.Patched(weights.Size - sizeof(ushort), BitConverter.GetBytes((Half)(i / 64f)));
            _ = patched.Digests; // hashing is no part of serving
            repository.Commit(string.Create(CultureInfo.InvariantCulture, $"step{1000 * i}"), tree.With(WeightsName, patched));
        }

        return weights.Size;
    }
}
