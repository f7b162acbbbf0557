using CircuitGrid.Compute.Cpu;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Checkpoints.Prints;
using CircuitGrid.Models.Tests.Training;
using CircuitGrid.Models.Training;

namespace CircuitGrid.Models.Tests.Checkpoints.Prints;

/// <summary>Defects of every kind in every place of the shipped models' checkpoints: each is found where it is, and nothing else is.</summary>
public sealed class ContinuityTests
{
    private static readonly string[] s_models = ["nano-2l", "nano-3l", "nano-4l"];

    public static TheoryData<string> Models => [.. s_models];

    [Theory]
    [MemberData(nameof(Models))]
    public void Find_ShippedCheckpoints_HasNothing(string model)
    {
        var run = Printed.Nano(model);

        Assert.Equal(16, run.Length);
        Assert.Empty(new Continuity(run).Find());
    }

    /// <summary>What docs/method.md says of the shipped checkpoints, which the rules' margins rest on.</summary>
    [Fact]
    public void Distances_OfShippedCheckpoints_GrowAsTheDocumentSays()
    {
        var (shorter, longer) = (new List<double>(), new List<double>());
        foreach (var run in s_models.Select(Printed.Nano))
        {
            for (var k = 1; k + 1 < run.Length; k++)
            {
                var (before, after, across) = (
                    Continuity.Distance(run[k - 1].Print, run[k].Print),
                    Continuity.Distance(run[k].Print, run[k + 1].Print),
                    Continuity.Distance(run[k - 1].Print, run[k + 1].Print));
                shorter.Add(Math.Min(before, after) / across);
                longer.Add(Math.Max(before, after) / across);
            }
        }

        Assert.Equal("42 places: 0.66 to 0.82, 0.48 to 0.71", FormattableString.Invariant($"{longer.Count} places: {longer.Min():f2} to {longer.Max():f2}, {shorter.Min():f2} to {shorter.Max():f2}"));
    }

    /// <summary>What a suite's schedule leaves of them is as sound: every second and third, the first few, the last few.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void Find_PartOfTheShippedCheckpoints_HasNothing(string model)
    {
        var run = Printed.Nano(model);
        foreach (var part in Parts(run))
        {
            Assert.Empty(new Continuity(part).Find());
        }
    }

    [Fact]
    public void Distance_IsTheFormulaOverSamples()
    {
        var (a, b) = (Printed.Nano("nano-2l")[2].Print, Printed.Nano("nano-2l")[9].Print);
        var ratios = new List<double>();
        for (var t = 0; t < a.Tensors.Length; t++)
        {
            if (a.Tensors[t].Shape.Length == 2)
            {
                var pairs = a.Tensors[t].Sample.Zip(b.Tensors[t].Sample).ToList();
                ratios.Add(pairs.Sum(p => Math.Pow(p.First - (double)p.Second, 2)) / ((pairs.Sum(p => Math.Pow(p.First, 2)) + pairs.Sum(p => Math.Pow(p.Second, 2))) / 2));
            }
        }

        Assert.Equal(10, ratios.Count);
        Assert.Equal(Math.Sqrt(ratios.Average()), Continuity.Distance(a, b), 1e-9);
        Assert.Equal(Continuity.Distance(a, b), Continuity.Distance(b, a));
        Assert.Equal(0, Continuity.Distance(a, a));
    }

    /// <summary>The sample's estimate is near what all elements give.</summary>
    [Theory]
    [InlineData("nano-2l", 128, 1000)]
    [InlineData("nano-3l", 0, 64)]
    [InlineData("nano-4l", 2000, 4000)]
    public void Distance_IsNearThatOfAllElements(string model, int first, int second)
    {
        using var a = Checkpoint.Open(Printed.NanoFolder(model, first));
        using var b = Checkpoint.Open(Printed.NanoFolder(model, second));
        var ratios = a.Tensors.Where(tensor => tensor.Shape.Length == 2).Select(tensor =>
        {
            var pairs = a.Read(tensor.Name).Zip(b.Read(tensor.Name)).ToList();
            return pairs.Sum(p => Math.Pow(p.First - (double)p.Second, 2)) / ((pairs.Sum(p => Math.Pow(p.First, 2)) + pairs.Sum(p => Math.Pow(p.Second, 2))) / 2);
        });

        var run = Printed.Nano(model);
        Assert.Equal(1, Continuity.Distance(run.Single(p => p.Position == first).Print, run.Single(p => p.Position == second).Print) / Math.Sqrt(ratios.Average()), 0.1);
    }

    [Fact]
    public void Distance_OfOtherSeeds_IsThatOfUnrelatedWeights()
    {
        var last = Printed.Nano("nano-4l")[^1].Print;

        Assert.Equal(Math.Sqrt(2), Continuity.Distance(last, Printed.OfOtherSeed("nano-4l", 4000)), 0.05);
        Assert.Equal(double.NaN, Continuity.Distance(last, Printed.Nano("nano-2l")[^1].Print));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Find_CheckpointOfAnotherSeedInAnyPlace_IsIt(string model)
    {
        var run = Printed.Nano(model);
        using var checkpoint = Checkpoint.Open(Printed.NanoFolder(model, 0));
        WeightPrint[] others = [Printed.OfSeed(checkpoint.Config, seed: 99), Printed.OfOtherSeed(model, 4000), Printed.OfOtherSeed(model, 256)];
        foreach (var other in others)
        {
            for (var k = 0; k < run.Length; k++)
            {
                var finding = Assert.Single(new Continuity(With(run, k, other)).Find());
                Assert.Equal((k, ContinuityFault.Unrelated, null), (finding.Index, finding.Fault, finding.Nearest));
                Assert.InRange(finding.Distance, 1.2, 1.6);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Find_SeveralCheckpointsOfAnotherSeed_AreThey(string model)
    {
        var run = Printed.Nano(model);
        foreach (var first in new[] { 0, 5, 11 })
        {
            var mixed = run.ToArray();
            for (var k = first; k < first + 5; k++)
            {
                mixed[k] = mixed[k] with { Print = Printed.OfOtherSeed(model, (int)run[k].Position) };
            }

            Assert.Equal(Enumerable.Range(first, 5).Select(k => (k, ContinuityFault.Unrelated)), new Continuity(mixed).Find().Select(finding => (finding.Index, finding.Fault)));
        }
    }

    /// <summary>In the last place but one, the last checkpoint's weights follow as well as in the last.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void Find_LastCheckpointInAnEarlierPlace_IsIt(string model)
    {
        var run = Printed.Nano(model);
        var last = run.Length - 1;
        for (var k = 0; k < last; k++)
        {
            var continuity = new Continuity(With(run, k, run[last].Print));
            if (k == last - 1)
            {
                Assert.Empty(continuity.Find());
                Assert.Null(continuity.FindOff(k, last));
                continue;
            }

            Assert.Equal([new ContinuityFinding(k, ContinuityFault.OffTrend, last, 0)], continuity.Find());
            Assert.Equal(k, continuity.FindOff(k, last));
            Assert.Equal(k, continuity.FindOff(last, k));
        }
    }

    /// <summary>Any checkpoint in any other place that isn't beside its own.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void FindOff_CheckpointInAnotherPlace_IsThatPlace(string model)
    {
        var run = Printed.Nano(model);
        for (var from = 0; from < run.Length; from++)
        {
            for (var to = 0; to < run.Length; to++)
            {
                if (from != to)
                {
                    var continuity = new Continuity(With(run, to, run[from].Print));
                    Assert.Equal(Math.Abs(from - to) == 1 ? null : to, continuity.FindOff(from, to));
                    Assert.Equal(Math.Abs(from - to) == 1 ? [] : [to], continuity.Find().Select(finding => finding.Index));
                }
            }
        }
    }

    [Fact]
    public void Find_BlockOfCopiesOfTheLast_IsTheBlock()
    {
        var run = Printed.Nano("nano-3l");
        var mixed = run.ToArray();
        foreach (var k in new[] { 5, 6, 7, 9 })
        {
            mixed[k] = mixed[k] with { Print = run[^1].Print };
        }

        Assert.Equal([5, 6, 7, 9], new Continuity(mixed).Find().Select(finding => finding.Index));
        Assert.Equal(6, new Continuity(mixed).FindOff(6, 15));
        Assert.Null(new Continuity(mixed).FindOff(5, 6));
    }

    /// <summary>A checkpoint of the same training that isn't in the suite, so that no other has its weights: between two later ones.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void Find_CheckpointOfALaterStep_IsIt(string model)
    {
        var run = Printed.Nano(model);
        for (var k = 1; k < run.Length - 5; k++)
        {
            Assert.Equal([(k, ContinuityFault.OffTrend)], new Continuity(With(run, k, Between(model, 3000, 4000))).Find().Select(finding => (finding.Index, finding.Fault)));
        }
    }

    /// <summary>Another training from the same start, as on the same text in another order: its weights have the start in common with the others.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void Find_CheckpointOfAnotherTrainingFromTheSameStart_IsIt(string model)
    {
        var run = Printed.Nano(model);
        using var start = Checkpoint.Open(Printed.NanoFolder(model, 0));
        using var end = Checkpoint.Open(Printed.NanoFolder(model, 4000));
        var random = new Random(23);
        var other = Printed.Of(start.Config, TensorLayout.Of(start.Config).ToDictionary(
            spec => spec.Name,
            spec =>
            {
                var values = start.Read(spec.Name);
                var change = end.Read(spec.Name).Zip(values, (b, a) => b - a).ToArray();
                random.Shuffle(change);
                return values.Zip(change, (a, b) => a + b).ToArray();
            },
            StringComparer.Ordinal));

        for (var k = 2; k < run.Length; k++)
        {
            Assert.Equal([(k, ContinuityFault.OffTrend)], new Continuity(With(run, k, other)).Find().Select(finding => (finding.Index, finding.Fault)));
        }
    }

    /// <summary>A training that only jitters around a place, and in the end their mean: distances neither grow nor mean anything is wrong.</summary>
    [Fact]
    public void Find_TrainingThatStandsStill_HasNothing()
    {
        var config = ModelSamples.GptNeoX with { Width = 32, MlpWidth = 64, Vocabulary = 100 };
        var centre = ModelSamples.Weights(config, seed: 1);
        foreach (var jitter in new[] { 0.01f, 0.3f })
        {
            for (var seed = 0; seed < 5; seed++)
            {
                var random = new Random(seed);
                var run = Enumerable.Range(0, 16).Select(step => new PlacedPrint(step, Printed.Of(config, centre.ToDictionary(
                    entry => entry.Key,
                    entry => entry.Value.Select(value => value + (step == 15 ? 0 : jitter * ((2 * random.NextSingle()) - 1))).ToArray(),
                    StringComparer.Ordinal)))).ToArray();
                Assert.Empty(new Continuity(run).Find());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Find_NeighboursInEachOthersPlace_AreThem(string model)
    {
        var run = Printed.Nano(model);
        for (var k = 1; k + 2 < run.Length; k++)
        {
            var mixed = With(With(run, k, run[k + 1].Print), k + 1, run[k].Print);
            Assert.Equal(
                [(k, ContinuityFault.Swapped, k + 1), (k + 1, ContinuityFault.Swapped, k)],
                new Continuity(mixed).Find().Select(finding => (finding.Index, finding.Fault, finding.Nearest!.Value)));
        }
    }

    [Fact]
    public void Find_FewOrUnlikeCheckpoints_ClaimsNothing()
    {
        var run = Printed.Nano("nano-2l");
        var other = Printed.OfOtherSeed("nano-2l", 4000);

        Assert.Empty(new Continuity([]).Find());
        Assert.Empty(new Continuity([run[0]]).Find());
        Assert.Empty(new Continuity([run[0], run[5] with { Print = other }]).Find());
        Assert.Empty(new Continuity([run[0], run[1], run[4] with { Print = other }, run[5] with { Print = other }]).Find());
        Assert.Equal([1], new Continuity([run[3], run[4] with { Print = other }, run[5]]).Find().Select(finding => finding.Index));
    }

    [Fact]
    public void Find_CheckpointWhoseMatricesAreZero_IsNotJudged()
    {
        var run = Printed.Nano("nano-2l");
        using var checkpoint = Checkpoint.Open(Printed.NanoFolder("nano-2l", 0));
        var zeros = Printed.Of(checkpoint.Config, TensorLayout.Of(checkpoint.Config).ToDictionary(spec => spec.Name, spec => spec.Shape.Length > 1 ? new float[spec.Length] : [.. Enumerable.Repeat(1f, (int)spec.Length)], StringComparer.Ordinal));
        foreach (var k in new[] { 0, 7, 15 })
        {
            Assert.Empty(new Continuity(With(run, k, zeros)).Find());
            Assert.Null(new Continuity(With(run, k, zeros)).FindOff(k, 3));
        }
    }

    [Fact]
    public void Find_TwoTrainingsOfOneShape_TellsThemApart()
    {
        var (first, second) = (Train(seed: 1), Train(seed: 2));
        Assert.Empty(new Continuity(first).Find());
        Assert.Empty(new Continuity(second).Find());
        for (var k = 0; k < first.Length; k++)
        {
            Assert.Equal([(k, ContinuityFault.Unrelated)], new Continuity(With(first, k, second[k].Print)).Find().Select(finding => (finding.Index, finding.Fault)));
        }
    }

    private static PlacedPrint[] With(PlacedPrint[] run, int index, WeightPrint print)
    {
        var changed = run.ToArray();
        changed[index] = changed[index] with { Print = print };
        return changed;
    }

    private static IEnumerable<PlacedPrint[]> Parts(PlacedPrint[] run)
    {
        for (var every = 2; every < 6; every++)
        {
            yield return [.. run.Where((_, i) => i % every == 0)];
            yield return [.. run.Where((_, i) => i % every == 1)];
        }

        for (var count = 3; count < run.Length; count++)
        {
            yield return run[..count];
            yield return run[^count..];
        }
    }

    private static WeightPrint Between(string model, int first, int second)
    {
        using var a = Checkpoint.Open(Printed.NanoFolder(model, first));
        using var b = Checkpoint.Open(Printed.NanoFolder(model, second));
        return Printed.Of(a.Config, TensorLayout.Of(a.Config).ToDictionary(
            spec => spec.Name, spec => a.Read(spec.Name).Zip(b.Read(spec.Name), (x, y) => (x + y) / 2).ToArray(), StringComparer.Ordinal));
    }

    private static PlacedPrint[] Train(int seed)
    {
        using var folder = new TemporaryFolder();
        var options = new TrainingOptions { Steps = 200, PeakLearningRate = 0.01, WarmupSteps = 10, BatchRows = 4, Seed = seed, CheckpointSteps = [0, 10, 20, 40, 60, 80, 100, 150, 200] };
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        var prints = new List<PlacedPrint>();
        new Trainer(device, "tiny", TinyModel.Config, options, TinyModel.Rows(800)).Run(
            folder["state"],
            (step, parameters) => prints.Add(new(step, Printed.Of(TinyModel.Config, parameters.Download()))),
            progress: null,
            CancellationToken.None);
        return [.. prints];
    }
}
