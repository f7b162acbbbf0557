using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Bench;

public sealed class BenchTests
{
    [Fact]
    public async Task Bench_Json_HasTheFiguresOfEveryStage()
    {
        var run = await ClientRun.OfAsync("bench", "--shape", "nano", "--examples", "3", "--positions", "8", "--steps", "2", "--repetitions", "1", "--threads", "1", "--json");
        Assert.Equal((0, "forward …"), (run.ExitCode, run.ErrorLines[0]));
        var json = run.Json;
        double Figure(string name) => json.GetProperty(name).GetDouble();
        foreach (var stage in (string[])["load_seconds", "read_seconds", "small_buffer_read_seconds", "fraction_of_read", "forward_seconds_per_example", "eap_ig_seconds_per_example", "forwards_seconds_per_example", "gradients_seconds_per_example",
            "contraction_seconds_per_example", "evaluate_seconds_per_example", "search_seconds", "small_search_seconds", "gemm_gflops", "fraction_of_floor"])
        {
            Assert.True(Figure(stage) > 0, stage);
        }

        // 4 layers of 12·128² + 13·128, 480 tokens in and out, a last LayerNorm
        Assert.Equal(4 * 916_224, Figure("weights_bytes"));

        // stored in F16, with a header
        Assert.InRange(Figure("file_bytes"), 2 * 916_224, (2 * 916_224) + 20_000);
        Assert.True(Figure("peak_memory_bytes") > Figure("weights_bytes"));
        Assert.Equal((3, 8, 2, 1), (Figure("examples"), Figure("positions"), Figure("steps"), Figure("threads")));

        // of 1,487 edges: 1 to 9, six sizes each from 10 and from 100 on, 1,000 and all; of the first 74: 1 to 9, six from 10 on, and 74
        Assert.Equal((9 + 6 + 6 + 1 + 1, 9 + 6 + 1), (Figure("search_evaluations"), Figure("small_search_evaluations")));

        // there whether or not the system has OpenBLAS
        foreach (var name in (string[])["gflops", "kernel", "version", "library", "variables_removed", "slowed_by"])
        {
            Assert.True(json.TryGetProperty($"openblas_{name}", out _), name);
        }

        // two forward passes and two forward and backward ones without unembedding every position take at least six products of 8 rows with the layers' matrices
        Assert.InRange(Figure("floor_gflop_per_example"), 6 * 2 * 8 * 4 * 12 * 128 * 128 / 1e9, 10 * 2 * 8 * 4 * 12 * 128 * 128 / 1e9);
    }

    [Fact]
    public async Task Bench_ForPeople_NamesTheStages()
    {
        var output = (await ClientRun.OfAsync("bench", "--shape", "nano", "--examples", "2", "--positions", "8", "--steps", "1", "--repetitions", "1")).Succeeded().Output;
        foreach (var stage in (string[])["plain forward", "EAP-IG", "forwards", "gradients", "contraction", "one evaluation", "size search", "peak memory", "matrix product", "of the floor", "load", "plain read", "of the read"])
        {
            Assert.Contains(stage, output, StringComparison.Ordinal);
        }
    }
}
