using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Tokenization;
using CircuitGrid.Models.Training;

namespace CircuitGrid.Models.Tests.Training;

public sealed class NanoSuiteTests : IDisposable
{
    private static readonly NanoSuiteOptions short2Layers = new() { Models = ["nano-2l"], Steps = 3 };

    private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-nano").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Train_MakesASuiteThatOpens()
    {
        Train(short2Layers);

        var suite = SuiteFolder.Open(folder);
        Assert.Equal(1024, suite.TokensPerStep);
        Assert.Equal([0, 3], suite.Find("nano-2l")!.Steps);
        using var start = Checkpoint.Open(suite.Find("nano-2l")!.StepFolder(0));
        using var end = Checkpoint.Open(suite.Find("nano-2l")!.StepFolder(3));
        Assert.Equal(suite.Find("nano-2l")!.Parameters, start.Config.ParameterCount);
        Assert.NotEqual(start.Digest, end.Digest);
        Assert.Equal(start.Config.Vocabulary, Tokenizer.Load(Path.Combine(folder, "tokenizer.json")).VocabularySize);
        Assert.Contains("nano-2l</text>", File.ReadAllText(Path.Combine(folder, "loss.svg")), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder, "nano-2l", "training.state")));
    }

    [Fact]
    public void Train_StoppedAndCalledAgain_GivesTheBytesOfOneCall()
    {
        Train(short2Layers);
        var whole = Files(folder);
        Directory.Delete(folder, recursive: true);

        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Train(short2Layers, new Reports(p => stop.Cancel()), stop.Token));
        Train(short2Layers);

        Assert.Equal(whole.Keys, Files(folder).Keys);
        Assert.All(Files(folder), file => Assert.Equal(whole[file.Key], file.Value));
    }

    [Fact]
    public void Train_Again_GivesTheCommittedBytes()
    {
        const int LastStep = 64;
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Train(
            new NanoSuiteOptions { Models = ["nano-3l"] },
            new Reports(p =>
            {
                if (p.Step > LastStep)
                {
                    stop.Cancel();
                }
            }),
            stop.Token));

        foreach (var step in (int[])[0, LastStep])
        {
            var weights = Path.Combine("nano-3l", $"step{step}", "model.safetensors");
            Assert.Equal(File.ReadAllBytes(Path.Combine(CommittedSuite(), weights)), File.ReadAllBytes(Path.Combine(folder, weights)));
        }
    }

    [Fact]
    public void Train_OfAFinishedModel_LeavesIt()
    {
        Train(short2Layers);
        var steps = 0;
        Train(short2Layers, new Reports(_ => steps++));
        Assert.Equal(0, steps);
    }

    [Fact]
    public void Train_IntoAFolderOfAnotherRun_NamesIt()
    {
        Train(short2Layers);
        var error = Assert.Throws<InvalidInputException>(() => Train(short2Layers with { Seed = 2 }));
        Assert.Equal(Path.Combine(folder, "nano-2l"), error.Input);
        Assert.Contains("another folder", error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_IntoAnotherSuite_TouchesNothing()
    {
        const string Other = """{"name":"pythia","tokensPerStep":2097152,"models":[{"name":"pythia-70m","parameters":70426624}]}""";
        File.WriteAllText(Path.Combine(folder, "suite.json"), Other);
        var error = Assert.Throws<InvalidInputException>(() => Train(short2Layers));
        Assert.Equal(folder, error.Input);
        Assert.Equal(Other, File.ReadAllText(Path.Combine(folder, "suite.json")));
        Assert.Single(Directory.GetFileSystemEntries(folder));
    }

    [Theory]
    [InlineData("nano-5l")]
    [InlineData("")]
    public void Train_OfAnUnknownModel_NamesTheKnownOnes(string model)
    {
        var error = Assert.Throws<InvalidInputException>(() => Train(short2Layers with { Models = [model] }));
        Assert.Contains("nano-2l, nano-3l, nano-4l", error.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void Train_OfANumberOfStepsThatCannotBe_SaysSo(int steps) =>
        Assert.Throws<InvalidInputException>(() => Train(short2Layers with { Steps = steps }));

    private static string CommittedSuite()
    {
        var directory = AppContext.BaseDirectory;
        while (!Directory.Exists(Path.Combine(directory, "suites", NanoSuite.Name)))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new DirectoryNotFoundException("suites/nano isn't above the test's folder.");
        }

        return Path.Combine(directory, "suites", NanoSuite.Name);
    }

    private static SortedDictionary<string, byte[]> Files(string folder) => new(
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(f => Path.GetRelativePath(folder, f), File.ReadAllBytes), StringComparer.Ordinal);

    private void Train(NanoSuiteOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        NanoSuite.Train(device, folder, options, progress, cancellation);
    }

    private sealed class Reports(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
