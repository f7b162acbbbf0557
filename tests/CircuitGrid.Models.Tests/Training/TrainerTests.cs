using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Models.Training;

namespace CircuitGrid.Models.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-trainer").FullName;

    private static TrainingOptions Options { get; } = new()
    {
        Steps = 30,
        PeakLearningRate = 0.02,
        WarmupSteps = 4,
        BatchRows = 4,
        StateInterval = 7,
        CheckpointSteps = [0, 10, 30],
    };

    private string StatePath => Path.Combine(folder, "training.state");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Run_StoppedAndResumed_GivesTheBytesOfAnUninterruptedRun()
    {
        var (whole, wholeLosses) = Train(stopAfter: null);
        Assert.False(File.Exists(StatePath));

        var (firstPart, _) = Train(stopAfter: 9);
        Assert.Equal([0], firstPart.Keys);
        Assert.True(File.Exists(StatePath));
        var (secondPart, _) = Train(stopAfter: 16);
        Assert.Equal([10], secondPart.Keys);
        var (lastPart, losses) = Train(stopAfter: null);

        Assert.Equal(wholeLosses, losses);
        Assert.Equal(whole[0], firstPart[0]);
        Assert.Equal(whole[10], secondPart[10]);
        Assert.Equal(whole[30], lastPart[30]);
        Assert.NotEqual(whole[10], whole[30]);
        Assert.False(File.Exists(StatePath));
    }

    [Fact]
    public void Run_OnAnyNumberOfThreads_GivesTheSameBytes()
    {
        var (alone, losses) = Train(stopAfter: null);
        var (shared, sharedLosses) = Train(stopAfter: null, threads: 3);
        Assert.Equal(losses, sharedLosses);
        Assert.Equal(alone[30], shared[30]);
    }

    [Fact]
    public void Run_KilledAfterTheStateWasWritten_GoesOnFromIt()
    {
        var (whole, _) = Train(stopAfter: null);
        byte[]? kept = null;
        Train(stopAfter: 17, onStep: step =>
        {
            if (step == 15)
            {
                kept = File.ReadAllBytes(StatePath);
            }
        });
        File.WriteAllBytes(StatePath, kept!);

        var steps = new List<int>();
        var (resumed, _) = Train(stopAfter: null, onStep: steps.Add);

        Assert.Equal(15, steps[0]);
        Assert.Equal(whole[30], resumed[30]);
    }

    [Fact]
    public void Run_OnOneDocumentOverAndOver_LearnsIt()
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        var rows = PackedRows.Pack(Enumerable.Repeat<int[]>([1, 2, 3, 4, 5, 6, 7, 8], 1000), 400, TinyModel.Config.ContextLength, separator: 0);
        var losses = new Trainer(device, "tiny", TinyModel.Config, Options with { Steps = 100 }, rows).Run(StatePath, (_, _) => { }, null, CancellationToken.None);

        // Before, every one of the vocabulary's tokens is about as likely; after, nothing is left to guess but the first token of a row without separator.
        Assert.Equal(Math.Log(TinyModel.Config.Vocabulary), losses[0], 0.3);
        Assert.True(losses[^1] < 0.3, $"the last loss is {losses[^1]}");
    }

    [Fact]
    public void Run_TellsStepsLossAndTimeLeft()
    {
        var told = new List<TrainingProgress>();
        var (_, losses) = Train(stopAfter: null, progress: told.Add);

        Assert.Equal(Enumerable.Range(1, 30), told.Select(p => p.Step));
        Assert.Equal(losses.Select(l => (double)l), told.Select(p => p.Loss));
        Assert.All(told, p => Assert.True(p.TokensPerSecond > 0 && p.TimeLeft >= TimeSpan.Zero));
        Assert.Equal(TimeSpan.Zero, told[^1].TimeLeft);
    }

    [Fact]
    public void Run_WithAStateOfOtherOptions_NamesTheFileAndTheWayOut()
    {
        Train(stopAfter: 5);
        var error = Assert.Throws<InvalidInputException>(() => Train(stopAfter: null, Options with { Seed = 2 }));
        Assert.Equal(StatePath, error.Input);
        Assert.Contains("other options", error.Reason, StringComparison.Ordinal);
        Assert.Contains("delete it", error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithADamagedState_RefusesItWhereverTheDamageIs()
    {
        Train(stopAfter: 5);
        var good = File.ReadAllBytes(StatePath);
        var random = new SeededRandom(8);
        for (var trial = 0; trial < 60; trial++)
        {
            var bad = (byte[])good.Clone();
            if (trial % 3 == 0)
            {
                Array.Resize(ref bad, random.Next(bad.Length));
            }
            else if (trial % 3 == 1)
            {
                Array.Resize(ref bad, bad.Length + random.Between(1, 100));
            }
            else
            {
                bad[random.Next(bad.Length)] ^= (byte)random.Between(1, 255);
            }

            File.WriteAllBytes(StatePath, bad);
            var error = Assert.Throws<InvalidInputException>(() => Train(stopAfter: null));
            Assert.Equal(StatePath, error.Input);
        }
    }

    [Fact]
    public void Run_WithALearningRateThatDiverges_SaysSo()
    {
        var error = Assert.Throws<InvalidInputException>(() => Train(stopAfter: null, Options with { PeakLearningRate = 1e38, WarmupSteps = 0 }));
        Assert.Contains("lower learning rate", error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void LearningRate_RisesToThePeakAndFallsToItsShare()
    {
        var options = new TrainingOptions { Steps = 1100, PeakLearningRate = 2e-3 };
        Assert.Equal(2e-5, options.LearningRate(0), 1e-12);
        Assert.Equal(2e-3, options.LearningRate(99), 1e-12);
        Assert.Equal(2e-3, options.LearningRate(100), 1e-12);
        Assert.Equal(1.1e-3, options.LearningRate(600), 1e-12);
        Assert.Equal(2e-4, options.LearningRate(1100), 1e-12);
    }

    private (Dictionary<int, float[]> Checkpoints, float[] Losses) Train(
        int? stopAfter, TrainingOptions? options = null, Action<int>? onStep = null, Action<TrainingProgress>? progress = null, int threads = 1)
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = threads });
        using var stop = new CancellationTokenSource();
        var checkpoints = new Dictionary<int, float[]>();
        var trainer = new Trainer(device, "tiny", TinyModel.Config, options ?? Options, TinyModel.Rows(120));
        var reports = new Reports(p =>
        {
            progress?.Invoke(p);
            onStep?.Invoke(p.Step);
            if (p.Step == stopAfter)
            {
                stop.Cancel();
            }
        });
        float[] losses = [];
        try
        {
            losses = [.. trainer.Run(StatePath, Keep, reports, stop.Token)];
            Assert.Null(stopAfter);
        }
        catch (OperationCanceledException) when (stopAfter is not null)
        {
            Assert.True(File.Exists(StatePath));
        }

        return (checkpoints, losses);

        void Keep(int step, ParameterStore parameters) => checkpoints[step] = [.. parameters.Download().OrderBy(p => p.Key, StringComparer.Ordinal).SelectMany(p => p.Value)];
    }

    private sealed class Reports(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
