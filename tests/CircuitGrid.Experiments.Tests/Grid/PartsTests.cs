using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Tests.Grid;

public sealed class PartsTests
{
    [Fact]
    public async Task MemoryGate_Full_LetsWaitersInAsMemoryComesBack()
    {
        var gate = new MemoryGate(100);
        var a = await gate.ReserveAsync(60, CancellationToken.None);
        var b = gate.ReserveAsync(60, CancellationToken.None);
        var c = gate.ReserveAsync(10, CancellationToken.None);
        Assert.False(b.IsCompleted);
        Assert.False(c.IsCompleted, "nobody overtakes");
        a.Dispose();
        a.Dispose();
        (await b).Dispose();
        (await c).Dispose();
    }

    [Fact]
    public async Task MemoryGate_MoreThanThereIs_IsGrantedAlone()
    {
        var gate = new MemoryGate(100);
        var small = await gate.ReserveAsync(10, CancellationToken.None);
        var huge = gate.ReserveAsync(1000, CancellationToken.None);
        Assert.False(huge.IsCompleted);
        small.Dispose();
        var granted = await huge;
        var next = gate.ReserveAsync(1, CancellationToken.None);
        Assert.False(next.IsCompleted);
        granted.Dispose();
        await next;
    }

    [Fact]
    public async Task MemoryGate_CancelledWaiter_MakesWayForTheNext()
    {
        var gate = new MemoryGate(100);
        using var stop = new CancellationTokenSource();
        var first = await gate.ReserveAsync(100, CancellationToken.None);
        var cancelled = gate.ReserveAsync(100, stop.Token);
        var next = gate.ReserveAsync(100, CancellationToken.None);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.False(next.IsCompleted);
        first.Dispose();
        (await next).Dispose();
    }

    [Theory]
    [InlineData(10, 5, SplitRule.Half, new[] { 0, 1, 4, 5, 8, 9 }, new[] { 2, 3, 6, 7 })]
    [InlineData(5, 5, SplitRule.Half, new[] { 0, 2, 4 }, new[] { 1, 3 })]
    [InlineData(3, 2, SplitRule.None, new[] { 0, 1, 2 }, new[] { 0, 1, 2 })]
    public void ExampleSplit_ByBlocks_PartsTheExamples(int examples, int blocks, SplitRule split, int[] finding, int[] judging)
    {
        var (finds, judges) = ExampleSplit.Of(BlockScores.SizesOf(examples, blocks), split);
        Assert.Equal(finding, finds.Examples);
        Assert.Equal(judging, judges.Examples);
    }

    [Fact]
    public void ExampleSplit_ByBlocksOfAnySizes_TakesThemInTurn()
    {
        var (finds, judges) = ExampleSplit.Of([3, 1, 2, 4], SplitRule.Half);
        Assert.Equal([0, 2], finds.Blocks);
        Assert.Equal([1, 3], judges.Blocks);
        Assert.Equal([0, 1, 2, 4, 5], finds.Examples);
        Assert.Equal([3, 6, 7, 8, 9], judges.Examples);
    }

    [Fact]
    public void CostModel_Forecast_GoesFromTheSameCellToTheRateToADefault()
    {
        var model = new CostModel([new("a", "ioi", "x", 1e9, 2, 3), new("a", "ioi", "x", 1e9, 2, 5), new("b", "ioi", "x", 4e9, 1, 4), new("b", "sva", "x", 4e9, 1, 4)]);
        Assert.Equal(4, model.Seconds("a", "ioi", "x", 7e9, 1));
        // rates 1/6, 1/10, 1, 1 in 1e9 a thread and second
        Assert.Equal(6e9 / (3 * (1e9 + (1e9 / 6)) / 2), model.Seconds("c", "ioi", "x", 6e9, 3), 1e-9);
        Assert.InRange(new CostModel([]).Seconds("c", "ioi", "x", 1e10, 1), 0.1, 10);

        // the circuit that head scores are measured in is another at every checkpoint
        Assert.Equal(3, new CostModel([new("a", "heads", "heads;top=5;ioi=01", 1e9, 1, 3)]).Seconds("a", "heads", "heads;top=5;ioi=02", 7e9, 1));
    }

    [Fact]
    public void CostModel_Work_GrowsWithStepsExamplesAndModel()
    {
        using var suite = FakeSuite.Of(1, 1);
        var folder = SuiteFolder.Open(suite.Folder);
        var few = new FakeSource().BuildTask(new TaskSpec("red") { Count = 10 }, folder, folder.Models[0], 0, new(50, 64), new());
        var many = new FakeSource().BuildTask(new TaskSpec("red") { Count = 40 }, folder, folder.Models[0], 0, new(50, 64), new());
        var small = new CheckpointInfo(new GraphShape(2, 4, Parallel: true, 64), 200_000, 100_000, new(500, 64));
        var large = new CheckpointInfo(new GraphShape(4, 8, Parallel: true, 128), 900_000, 800_000, new(500, 64));
        var spec = new AnalysisSpec();
        var work = CostModel.Work(small, few, spec.Resolve(400, 10));
        Assert.InRange(CostModel.Work(small, many, spec.Resolve(400, 40)) / work, 3, 5);
        Assert.InRange(CostModel.Work(large, few, spec.Resolve(400, 10)) / work, 4, 10);
        Assert.InRange(CostModel.Work(small, few, (spec with { Steps = 50 }).Resolve(400, 10)) / work, 4, 10);
    }
}
