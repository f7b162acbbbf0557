using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Experiments.Tests.Audit;

/// <summary>Checkpoints with both kinds of whole file, of which publishers have left the wrong one beside the right one.</summary>
public sealed class WeightKindTests : IDisposable
{
    private readonly FakeSuite suite = FakeSuite.Of(models: 1, checkpoints: 4);
    private readonly SqliteCellStore store;

    public WeightKindTests() => store = SqliteCellStore.Open(suite.StorePath);

    public void Dispose()
    {
        store.Dispose();
        suite.Dispose();
    }

    [Fact]
    public async Task Plan_SafetensorsOfAnotherStep_TakesTheOtherFile()
    {
        Both(100, safetensors: TextOf(300), torch: TextOf(100));
        Both(200, safetensors: TextOf(200), torch: "2 2 99 3 ");
        var expected = await PlanOfCleanAsync();
        await using var grid = new LocalGrid(store, store, new FakeAnalyzer(), new FakeSource());

        var plan = await grid.PlanAsync(suite.Experiment("red"));

        Assert.Equal([null, WeightKind.Torch, null, null], plan.Checkpoints.Select(c => c.Weights));
        Assert.Equal(expected, plan.Cells.Select(c => c.Fingerprint!.Key));
        Assert.Empty(plan.Findings);
        Assert.Contains("model-0@100: model.safetensors has another checkpoint's weights; pytorch_model.bin is read", plan.Notes);
        Assert.Contains("model-0@200: model.safetensors is read, and not compared with pytorch_model.bin; 'circuitgrid audit --compare-kinds' does", plan.Notes);
    }

    /// <summary>The rightful owner has both files too: its other file holds the same, and nothing changes.</summary>
    [Fact]
    public async Task Plan_BothOwnersHaveBothFiles_EachIsItsOwn()
    {
        Both(100, safetensors: TextOf(300), torch: TextOf(100));
        Both(300, safetensors: TextOf(300), torch: TextOf(300));
        var expected = await PlanOfCleanAsync();
        await using var grid = new LocalGrid(store, store, new FakeAnalyzer(), new FakeSource());

        Assert.Equal(expected, (await grid.PlanAsync(suite.Experiment("red"))).Cells.Select(c => c.Fingerprint!.Key));
    }

    /// <summary>The owner comes first, and what its file is called is no reason to take another.</summary>
    [Fact]
    public async Task Plan_OwnerComesFirst_KeepsItsFile()
    {
        Both(100, safetensors: TextOf(100), torch: TextOf(100));
        Both(300, safetensors: TextOf(100), torch: TextOf(300));
        var expected = await PlanOfCleanAsync();
        await using var grid = new LocalGrid(store, store, new FakeAnalyzer(), new FakeSource());

        var plan = await grid.PlanAsync(suite.Experiment("red"));

        Assert.Equal(expected, plan.Cells.Select(c => c.Fingerprint!.Key));
        Assert.Equal([null, null, null, WeightKind.Torch], plan.Checkpoints.Select(c => c.Weights));
        Assert.Equal("model-0@300: model.safetensors has another checkpoint's weights; pytorch_model.bin is read", Assert.Single(plan.Notes, n => n.Contains("another checkpoint", StringComparison.Ordinal)));
    }

    private static async Task<CellKey[]> PlanOfCleanAsync()
    {
        using var clean = FakeSuite.Of(models: 1, checkpoints: 4);
        using var other = SqliteCellStore.Open(clean.StorePath);
        await using var grid = new LocalGrid(other, other, new FakeAnalyzer(), new FakeSource());
        return [.. (await grid.PlanAsync(clean.Experiment("red"))).Cells.Select(c => c.Fingerprint!.Key)];
    }

    private static string TextOf(int step) => $"1 2 {step / 100} 3 ";

    private void Both(int step, string safetensors, string torch)
    {
        var folder = suite.CheckpointFolder("model-0", step);
        File.WriteAllText(Path.Combine(folder, FakeSource.WeightsName), safetensors);
        File.WriteAllText(Path.Combine(folder, CheckpointFolder.SafetensorsName), safetensors);
        File.WriteAllText(Path.Combine(folder, CheckpointFolder.TorchName), torch);
    }
}
