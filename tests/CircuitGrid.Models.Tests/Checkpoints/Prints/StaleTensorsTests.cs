using System.Collections.Immutable;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Checkpoints.Prints;

namespace CircuitGrid.Models.Tests.Checkpoints.Prints;

public sealed class StaleTensorsTests
{
    private const string Model = "nano-3l";

    // The tensors of the second of three shards.
    private static readonly ImmutableArray<string> s_shard = Matrices(spec => spec.Name.Contains("layers.1.", StringComparison.Ordinal));

    [Theory]
    [InlineData("nano-2l")]
    [InlineData(Model)]
    [InlineData("nano-4l")]
    public void Find_ShippedCheckpoints_HasNothing(string model) => Assert.Empty(StaleTensors.Find(Printed.Nano(model)));

    /// <summary>The shard of one checkpoint is that of another that isn't beside it: the place tells whose it is.</summary>
    [Theory]
    [InlineData(6, 15)]
    [InlineData(6, 0)]
    [InlineData(12, 3)]
    [InlineData(0, 9)]
    [InlineData(15, 4)]
    [InlineData(13, 15)]
    public void Find_ShardOfAnotherCheckpoint_IsItsFile(int stale, int other)
    {
        var found = Assert.Single(StaleTensors.Find(Stale(stale, other)));

        Assert.Equal((stale, other, "model-00002-of-00003.safetensors", true), (found.Index, found.Other, found.File, found.IsByTrend));
        Assert.Equal(s_shard, found.Tensors);
    }

    /// <summary>Beside each other nothing tells, and the later is said to be stale: as it is where a shard wasn't replaced.</summary>
    [Theory]
    [InlineData(7, 6, 7)]
    [InlineData(6, 7, 7)]
    [InlineData(15, 14, 15)]
    [InlineData(1, 0, 1)]
    public void Find_ShardOfTheNeighbour_IsSaidOfTheLater(int stale, int other, int said)
    {
        var found = Assert.Single(StaleTensors.Find(Stale(stale, other)));

        Assert.Equal((said, stale + other - said, "model-00002-of-00003.safetensors", false), (found.Index, found.Other, found.File, found.IsByTrend));
        Assert.Equal(s_shard, found.Tensors);
    }

    [Fact]
    public void Find_PartThatIsNoFile_NamesTensorsAlone()
    {
        ImmutableArray<string> part = [s_shard[0], s_shard[2]];
        var run = Shards(Printed.Nano(Model));
        run[5] = run[5] with { Print = Mixed(run[5].Print, run[11].Print, part) };

        var found = Assert.Single(StaleTensors.Find(run));
        Assert.Equal((5, 11, null, true), (found.Index, found.Other, found.File, found.IsByTrend));
        Assert.Equal(part, found.Tensors);

        // Of one file for all, a part is no file either.
        var whole = Printed.Nano(Model).ToArray();
        whole[5] = whole[5] with { Print = Mixed(whole[5].Print, whole[11].Print, s_shard) };
        Assert.Null(Assert.Single(StaleTensors.Find(whole)).File);
    }

    [Fact]
    public void Find_SeveralStaleShards_AreEachSaidOnce()
    {
        var run = Stale(6, 14);
        run[9] = run[9] with { Print = Mixed(run[9].Print, run[14].Print, s_shard) };

        Assert.Equal([(6, 14), (9, 14)], StaleTensors.Find(run).Select(found => (found.Index, found.Other)));
    }

    [Fact]
    public void Find_FrozenMatrices_AreNotStale()
    {
        var run = Shards(Printed.Nano(Model));
        var frozen = run.Select(placed => placed with { Print = Mixed(placed.Print, run[3].Print, s_shard) }).ToArray();
        Assert.Empty(StaleTensors.Find(frozen));

        // Nor those of which one checkpoint, another seed's, has its own, nor those that are trained from some step on.
        foreach (var k in new[] { 0, 1, 7, 14, 15 })
        {
            var foreign = frozen.ToArray();
            foreign[k] = foreign[k] with { Print = Shard(Printed.OfOtherSeed(Model, 4000)) };
            Assert.Empty(StaleTensors.Find(foreign));
        }

        Assert.Empty(StaleTensors.Find([.. frozen[..8], .. run[8..]]));

        // A stale shard of what isn't frozen is found beside them.
        ImmutableArray<string> other = Matrices(spec => spec.Name.Contains("layers.2.", StringComparison.Ordinal));
        frozen[6] = frozen[6] with { Print = Mixed(frozen[6].Print, frozen[12].Print, other) };
        Assert.Equal(other, Assert.Single(StaleTensors.Find(frozen)).Tensors);
    }

    [Fact]
    public void Find_CheckpointsThatAreWhollyEqual_AreAnotherMatter()
    {
        var run = Shards(Printed.Nano(Model));
        run[1] = run[1] with { Print = run[0].Print };
        run[8] = run[8] with { Print = run[15].Print };

        Assert.Empty(StaleTensors.Find(run));
    }

    /// <summary>Steps too small for the type that is stored leave matrices as they were at the start, those of one file alone hardly.</summary>
    [Fact]
    public void Find_MatricesThatHaveNotMovedYet_AreNotStale()
    {
        var run = Shards(Printed.Nano(Model));
        ImmutableArray<string> part = [s_shard[0], s_shard[2]];
        run[1] = run[1] with { Print = Mixed(run[1].Print, run[0].Print, part) };
        Assert.Empty(StaleTensors.Find(run));

        run[2] = run[2] with { Print = Mixed(run[2].Print, run[0].Print, part) };
        Assert.Empty(StaleTensors.Find(run));
    }

    private static PlacedPrint[] Stale(int stale, int other)
    {
        var run = Shards(Printed.Nano(Model));
        run[stale] = run[stale] with { Print = Mixed(run[stale].Print, run[other].Print, s_shard) };
        return run;
    }

    private static PlacedPrint[] Shards(PlacedPrint[] run) => [.. run.Select(placed => placed with { Print = Shard(placed.Print) })];

    /// <summary>The same numbers from three files: one for the second layer, one for the third, one for the others.</summary>
    private static WeightPrint Shard(WeightPrint print) => new(print.Numbers, [.. print.Tensors.Select(tensor => tensor with
    {
        File = tensor.Name.Contains("layers.1.", StringComparison.Ordinal) ? "model-00002-of-00003.safetensors"
            : tensor.Name.Contains("layers.2.", StringComparison.Ordinal) ? "model-00003-of-00003.safetensors" : "model-00001-of-00003.safetensors",
    })]);

    private static WeightPrint Mixed(WeightPrint print, WeightPrint other, ImmutableArray<string> names) =>
        new(print.Numbers + "+", [.. print.Tensors.Zip(other.Tensors, (own, stale) => names.Contains(own.Name) ? stale : own)]);

    private static ImmutableArray<string> Matrices(Func<TensorSpec, bool> are)
    {
        using var checkpoint = Checkpoint.Open(Printed.NanoFolder(Model, 0));
        return [.. TensorLayout.Of(checkpoint.Config).Where(spec => spec.Shape.Length == 2 && are(spec)).Select(spec => spec.Name).Order(StringComparer.Ordinal)];
    }
}
