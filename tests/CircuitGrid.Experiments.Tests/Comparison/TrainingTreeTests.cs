using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.Experiments.Tests.Comparison;

/// <summary>A training of two stages, the second of which has two branches: what is compared follows the branches.</summary>
public sealed class TrainingTreeTests : IDisposable
{
    private readonly FakeSuite suite = new();
    private readonly SqliteCellStore store;

    public TrainingTreeTests()
    {
        foreach (var (folder, seed) in new[] { "stage1-step100", "stage1-step200", "stage2-ingredient1-step10", "stage2-ingredient1-step20", "stage2-ingredient2-step10" }.Select((f, i) => (f, i)))
        {
            Directory.CreateDirectory(Path.Combine(suite.Folder, "m", folder));
            File.WriteAllText(Path.Combine(suite.Folder, "m", folder, FakeSource.WeightsName), $"2 2 {seed + 2} 9 ");
        }

        store = SqliteCellStore.Open(suite.StorePath);
    }

    public void Dispose()
    {
        store.Dispose();
        suite.Dispose();
    }

    [Fact]
    public async Task Compare_FirstCircuitOfABranch_IsHeldAgainstTheLastOneBeforeIt()
    {
        await using var grid = await RunAsync();

        var pairs = await (await StoredCells.OpenAsync(grid, suite.Experiment("red"))).CompareAsync(maxWeightBytes: null);

        Assert.Equal(
            ["m.stage1@100 m.stage1@200", "m.stage1@200 m.stage2.ingredient1@10", "m.stage2.ingredient1@10 m.stage2.ingredient1@20", "m.stage1@200 m.stage2.ingredient2@10"],
            pairs.Select(p => $"{p.From.Id.Checkpoint} {p.To.Id.Checkpoint}".Replace("fake/", "", StringComparison.Ordinal)));
    }

    /// <summary>What was learned in the first stage isn't learned anew in the second, and its time is that of the first.</summary>
    [Fact]
    public async Task Onsets_AreLookedForFromTheRootOn()
    {
        await using var grid = await RunAsync();

        var onsets = await (await StoredCells.OpenAsync(grid, suite.Experiment("red"))).OnsetsAsync();

        Assert.Equal([("m.stage1", false), ("m.stage2.ingredient1", true), ("m.stage2.ingredient2", true)], onsets.Select(o => (o.Model, o.IsInherited)));
        Assert.All(onsets, o => Assert.Equal(100, o.Onset.First!.By.Tokens));
    }

    [Fact]
    public async Task Scale_HasTheEndsOfTrainings()
    {
        await using var grid = await RunAsync();

        var comparisons = await grid.CompareAsync(suite.Experiment("red"));

        Assert.Equal(["m.stage2.ingredient1", "m.stage2.ingredient2"], comparisons.Read((_, scales) => scales["red"].Points.Select(p => p.Model.Name).ToArray()));
    }

    /// <summary>Comparisons that somebody looks at follow: a stage that another one goes on from isn't the end of a training any more.</summary>
    [Fact]
    public async Task Scale_WhereALaterStageComes_DropsTheEarlierOne()
    {
        foreach (var later in Directory.GetDirectories(Path.Combine(suite.Folder, "m"), "stage2*"))
        {
            Directory.Move(later, Path.Combine(suite.Root, Path.GetFileName(later)));
        }

        await using var grid = await RunAsync();
        var comparisons = await grid.CompareAsync(suite.Experiment("red"));
        Assert.Equal(["m.stage1"], comparisons.Read((_, scales) => scales["red"].Points.Select(p => p.Model.Name).ToArray()));

        Directory.Move(Path.Combine(suite.Root, "stage2-ingredient2-step10"), Path.Combine(suite.Folder, "m", "stage2-ingredient2-step10"));
        await grid.RunAsync(suite.Experiment("red"));

        Assert.Equal(["m.stage2.ingredient2"], comparisons.Read((_, scales) => scales["red"].Points.Select(p => p.Model.Name).ToArray()));
    }

    [Fact]
    public async Task Plan_ModelsByTheirCommonName_AreAllTaken()
    {
        await using var grid = await RunAsync();

        var plan = await grid.PlanAsync(suite.Experiment("red") with { Models = ["m"] });

        Assert.Equal([100, 200, 210, 220, 210], plan.Cells.Select(c => c.Tokens));
        Assert.All(plan.Cells, c => Assert.Equal(CellAction.Keep, c.Action));
    }

    private async Task<LocalGrid> RunAsync()
    {
        var grid = new LocalGrid(store, store, new FakeAnalyzer(), new FakeSource());
        await grid.RunAsync(suite.Experiment("red"));
        return grid;
    }
}
