using CircuitGrid.Client.Tests.Golden;
using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Processes;

/// <summary>What the program writes doesn't depend on the processor, the threads or the memory: byte for byte.</summary>
public sealed class SameBytesTests : IDisposable
{
    private static readonly (string, string)[] Narrow = [("DOTNET_EnableAVX512", "0"), ("DOTNET_EnableAVX512F", "0")];
    private static readonly (string, string)[] Narrowest = [.. Narrow, ("DOTNET_EnableAVX2", "0"), ("DOTNET_EnableAVX", "0")];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("neox_tiny25", "padded", "eap-ig")]
    [InlineData("gpt2_tiny", "main", "exact")]
    [InlineData("qwen3_tiny", "padded", "relp")]
    [InlineData("olmo_tiny", "main", "exact")]
    [InlineData("olmo2_tiny", "padded", "eap-qk")]
    [InlineData("gemma2_tiny", "long", "eap-ig")]
    public async Task Attribute_OnAnyVectorsThreadsAndMemory_WritesTheSameFile(string model, string dataset, string method)
    {
        var golden = new GoldenFolder(model);
        golden.WritePairs(folder["pairs.jsonl"], dataset, "prob_diff");
        var expected = await AttributeAsync(golden, method, []);
        Assert.Equal(expected, await AttributeAsync(golden, method, [], Narrow));
        Assert.Equal(expected, await AttributeAsync(golden, method, [], Narrowest));
        Assert.Equal(expected, await AttributeAsync(golden, method, ["--threads", "1"]));
        Assert.Equal(expected, await AttributeAsync(golden, method, ["--threads", "7", "--memory", "3MiB"]));
    }

    [Fact]
    public async Task Switches_ForNarrowVectors_AreHeeded()
    {
        var widest = await VectorBitsAsync();
        Assert.InRange(await VectorBitsAsync(Narrow), 128, 256);
        Assert.Equal(Math.Min(widest, 128), await VectorBitsAsync(Narrowest));
    }

    private static async Task<int> VectorBitsAsync(params (string, string)[] environment)
    {
        var run = await ClientProcess.RunAsync(["doctor", "--json", "--threads", "1"], environment);
        var check = run.Succeeded().Json.GetProperty("checks").EnumerateArray().Single(c => c.GetProperty("name").GetString() == "vectors");
        return int.Parse(check.GetProperty("value").GetString()!.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task<string> AttributeAsync(GoldenFolder golden, string method, string[] more, params (string, string)[] environment)
    {
        string[] args = ["attribute", "--model", golden.Model, "--pairs", folder["pairs.jsonl"], "--metric", "prob-diff", "--method", method, "--out", folder["g.json"], .. more];
        (await ClientProcess.RunAsync(args, environment)).Succeeded();
        return await File.ReadAllTextAsync(folder["g.json"]);
    }
}
