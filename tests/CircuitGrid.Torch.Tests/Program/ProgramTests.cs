using CircuitGrid.Client.Tests.Hosting;
using CircuitGrid.Torch.Tests.Nano;

namespace CircuitGrid.Torch.Tests.Program;

/// <summary>The program as <c>circuitgrid-gpu</c> runs it, on libtorch.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("float32")]
    [InlineData("bfloat16")]
    [InlineData("float16")]
    public async Task Doctor_AnyPrecision_FindsLibtorchAndTheReferencesNumbers(string precision)
    {
        var run = await RunAsync("doctor", "--device", "torch-cpu", "--precision", precision, "--json");
        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        var checks = run.Json.GetProperty("checks").EnumerateArray().ToDictionary(c => c.GetProperty("name").GetString()!, c => c.GetProperty("value").GetString()!);
        Assert.StartsWith(Libtorch.Version, checks["libtorch"], StringComparison.Ordinal);
        Assert.StartsWith("scores differ from the reference by", checks["self-check"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("float32", 4)]
    [InlineData("bfloat16", 2)]
    public async Task Bench_AnyPrecision_TimesEveryStageOnLibtorch(string precision, int elementBytes)
    {
        var run = await RunAsync(
            "bench", "--device", "torch-cpu", "--precision", precision, "--shape", "nano", "--examples", "3", "--positions", "8", "--steps", "2", "--repetitions", "1", "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("libtorch", run.Json.GetProperty("device").GetString(), StringComparison.Ordinal);
        Assert.All(
            (string[])["load_seconds", "eap_ig_seconds_per_example", "evaluate_seconds_per_example", "search_seconds", "gemm_gflops"],
            figure => Assert.True(run.Json.GetProperty(figure).GetDouble() > 0, figure));

        // 480 tokens of width 128 in and out stay in float32
        const int embeddings = 2 * 480 * 128;
        Assert.Equal((elementBytes * (916_224 - embeddings)) + (4 * embeddings), run.Json.GetProperty("weights_bytes").GetInt64());
    }

    [Fact]
    public async Task Run_ExperimentOfLibtorchsNumerics_ComputesItOnceAndTheLightProgramReadsIt()
    {
        var experiment = Path.Combine(folder, "experiment.yaml");
        await File.WriteAllTextAsync(
            experiment,
            $$"""
            suite: {{NanoCells.Suite}}
            models: [nano-2l]
            checkpoints: [512, 1000]
            tasks: [ioi]
            examples: {count: 20}
            numerics: torch-cpu-bf16
            """);
        var store = Path.Combine(folder, "results.db");
        Assert.Equal((2, 0), Counts(await RunAsync("run", experiment, "--store", store, "--json")));
        Assert.Equal((0, 0), Counts(await ClientRun.OfAsync("run", experiment, "--store", store, "--json")));
    }

    private static (int Computed, int Failed) Counts(ClientRun run)
    {
        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        return (run.Json.GetProperty("finished").GetInt32(), run.Json.GetProperty("failed").GetInt32());
    }

    private static Task<ClientRun> RunAsync(params string[] args) =>
        ClientRun.OfAsync(args, width: 160, change: environment => environment with { Devices = new TorchDevices() });
}
