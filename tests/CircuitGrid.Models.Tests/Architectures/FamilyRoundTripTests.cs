using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Tests.Checkpoints;
using FsCheck;
using FsCheck.Fluent;

namespace CircuitGrid.Models.Tests.Architectures;

public sealed class FamilyRoundTripTests
{
    [Fact]
    public void Write_AnyModelOfAnyFamily_IsReadBackUnchanged()
    {
        var models = from config in FamilyConfigs.All
                     from seed in Gen.Choose(0, int.MaxValue - 1)
                     from kind in Gen.Elements(ElementKind.F32, ElementKind.F16, ElementKind.BF16)
                     from shards in Gen.Choose(1, 3)
                     select (config, seed, kind, shards);
        Prop.ForAll(models.ToArbitrary(), model =>
        {
            using var folder = new TemporaryFolder();
            Assert.Null(model.config.FindFault());
            var weights = ModelSamples.Weights(model.config, model.seed);
            ShardedCheckpoint.WriteSafetensors(folder, model.config, weights, model.kind, model.shards);

            using var checkpoint = Checkpoint.Open(folder.Path);

            Assert.Equal(model.config, checkpoint.Config);
            Assert.Equal(weights.Values.Sum(values => (long)values.Length), checkpoint.Config.ParameterCount);
            foreach (var tensor in checkpoint.Tensors)
            {
                Assert.Equal(weights[tensor.Name], checkpoint.Read(tensor.Name));
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void ToCanonicalString_TwoModels_IsTheSameOnlyIfTheyAre()
    {
        var pairs = from a in FamilyConfigs.All from b in FamilyConfigs.All from c in Gen.Choose(0, 1) select (a, c == 0 ? b : b with { Layers = a.Layers });
        Prop.ForAll(pairs.ToArbitrary(), pair => Assert.Equal(pair.a == pair.Item2, pair.a.ToCanonicalString() == pair.Item2.ToCanonicalString())).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Nearest_SoundModel_IsItself() =>
        Prop.ForAll(FamilyConfigs.All.ToArbitrary(), config => Assert.Equal(config, config.Family.Nearest(config))).QuickCheckThrowOnFailure();
}
