using CircuitGrid.Compute;
using CircuitGrid.HubStandIn.Repositories;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Client.Tests.Hub;

/// <summary>
/// A revision whose own weights are a file of torch, beside which a conversion left the safetensors of <c>main</c>, as early revisions of Pythia have it. The file
/// of torch is PyTorch's own.
/// </summary>
public sealed class WeightChoiceTests
{
    private const string Torch = "pytorch_model.bin";

    private static readonly ModelConfig Config = new()
    {
        Family = Families.GptNeoX,
        Layers = 2,
        Heads = 2,
        Width = 8,
        MlpWidth = 12,
        Vocabulary = 10,
        ContextLength = 16,
        Norms = new(NormKind.LayerNorm, 1e-5),
        Activation = Activation.Gelu,
        ParallelResidual = true,
        TiedUnembedding = false,
        Rotary = new Rotary(2, 10000),
    };

    [Fact]
    public async Task Run_OfARevisionWithMainsSafetensors_ReadsItsTorch_OfflineToo()
    {
        await using var hub = await HubClient.StartAsync();
        var folder = Path.Combine(hub.WorkingFolder, "suite", "torch");
        var (first, last) = (Path.Combine(folder, "step0"), Path.Combine(folder, "step1"));
        foreach (var step in (string[])[first, last])
        {
            CheckpointWriter.Write(Directory.CreateDirectory(step).FullName, new RandomTensors(Config, seed: 3), ElementKind.F32);
        }

        File.Delete(Path.Combine(first, HubClient.Weights));
        File.Copy(Path.Combine(AppContext.BaseDirectory, "torch", "half.bin"), Path.Combine(first, Torch));
        var converted = StandInTree.Folder(last);
        hub.Server.Repositories.Add("lab/torch").Commit("main", converted).Commit("step1", converted).Commit("step0", StandInTree.Folder(first).With(HubClient.Weights, converted.Files[HubClient.Weights]));
        var local = await RowsAsync(hub, "local", Path.Combine(hub.WorkingFolder, "suite"));
        Assert.Equal(2, local.Count);

        var experiment = Write(hub, "remote", "hf:lab/torch");
        var plan = (await hub.RunAsync("plan", experiment)).Succeeded();
        Assert.Contains("torch@0: pytorch_model.bin is read, and not compared with model.safetensors; model.safetensors is that of main\n", plan.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Left out", plan.Output, StringComparison.Ordinal);
        Assert.Equal(local, await RowsAsync(hub, "remote", "hf:lab/torch"));
        var whole = hub.Requests.Of(RequestKind.Large).Where(r => r.Range is null).Select(r => (r.Path, r.Revision));
        Assert.Equal([(HubClient.Weights, hub.At("lab/torch").Head("step1").Id), (Torch, hub.At("lab/torch").Head("step0").Id)], whole.Order());

        // which of the two is read doesn't depend on whether the hub can be asked what main is
        hub.Requests.Clear();
        hub.Variables["HF_HUB_OFFLINE"] = "1";
        Assert.Equal(local, await RowsAsync(hub, "offline", "hf:lab/torch"));
        Assert.Empty(hub.Requests.All);
    }

    private static async Task<IReadOnlyList<string>> RowsAsync(HubClient hub, string name, string suite)
    {
        var experiment = Write(hub, name, suite);
        (await hub.RunAsync("run", experiment)).Succeeded();
        return StoreRows.Of(Path.ChangeExtension(experiment, ".results.db"));
    }

    private static string Write(HubClient hub, string name, string suite)
    {
        var path = Path.Combine(hub.WorkingFolder, name + ".yaml");
        File.WriteAllLines(
            Path.Combine(hub.WorkingFolder, "pairs.jsonl"),
            Enumerable.Range(0, 8).Select(i => $"{{\"clean\": [{i}, 3, {9 - i}], \"corrupted\": [{i}, 7, {9 - i}], \"correct\": [{(i + 1) % 10}], \"incorrect\": [{(i + 4) % 10}]}}"));
        File.WriteAllText(path, $"suite: '{suite}'\ntasks:\n  - {{name: pairs, pairs: pairs.jsonl, metric: logit-diff}}\nanalysis: {{method: eap}}\n");
        return path;
    }
}
