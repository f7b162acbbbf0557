using System.Buffers.Binary;
using System.Text.Json;
using CircuitGrid.Client.Tests.Experiments;
using CircuitGrid.Client.Tests.Golden;
using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Commands;

/// <summary>A checkpoint whose numbers overflow float32 on the way: every command that runs it refuses, and none prints a number or null.</summary>
public sealed class HugeWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly GoldenFolder golden = new("neox_tiny25");

    public void Dispose() => folder.Dispose();

    /// <summary>1e20 overflows a LayerNorm's variance, and a LayerNorm alone made it a number like any other; 1e38 in the unembedding overflows logits.</summary>
    [Theory]
    [InlineData("gpt_neox.embed_in.weight", 1e20f, "attribute", "logit-diff")]
    [InlineData("gpt_neox.embed_in.weight", 1e20f, "evaluate", "logit-diff")]
    [InlineData("gpt_neox.embed_in.weight", 1e20f, "evaluate", "prob-diff")]
    [InlineData("gpt_neox.final_layer_norm.weight", 1e38f, "attribute", "logit-diff")]
    [InlineData("gpt_neox.final_layer_norm.weight", 1e38f, "evaluate", "logit-diff")]
    [InlineData("gpt_neox.final_layer_norm.weight", 1e38f, "evaluate", "prob-diff")]
    public async Task Command_OnNumbersThatOverflow_RefusesAndSaysWhy(string tensor, float factor, string command, string metric)
    {
        golden.WritePairs(folder["pairs.jsonl"], "main", metric.Replace('-', '_'));
        golden.WriteGraph(folder["g.json"], golden.Json("scores_main_eap_ig5_logit_diff_b12").GetProperty("scores"));
        var model = ScaledModel(tensor, factor);
        string[] options = command == "attribute" ? ["--out", folder["new.json"]] : ["--graph", folder["g.json"]];
        var run = await ClientRun.OfAsync([command, "--model", model, "--pairs", folder["pairs.jsonl"], "--metric", metric, "--json", .. options], width: 160);
        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Contains("not finite", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Contains("overflow", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.False(File.Exists(folder["new.json"]));
    }

    [Fact]
    public async Task Run_OnNumbersThatOverflow_FailsTheCellAndKeepsNothing()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap");
        File.Copy(Path.Combine(ScaledModel("gpt_neox.embed_in.weight", 1e20f), "model.safetensors"), Path.Combine(folder[SmallSuite.Model], "step0", "model.safetensors"), overwrite: true);
        var run = await ClientRun.OfAsync(["run", experiment], width: 200);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("the LayerNorm of layer 0 reads numbers of variance", run.Output + run.Error, StringComparison.Ordinal);
        var status = await ClientRun.OfAsync(["status", experiment, "--json"], width: 200);
        Assert.DoesNotContain("\"reached\"", status.Output, StringComparison.Ordinal);
    }

    private string ScaledModel(string tensor, float factor)
    {
        var path = folder["huge"];
        Directory.CreateDirectory(path);
        File.Copy(Path.Combine(golden.Model, "config.json"), Path.Combine(path, "config.json"));
        var weights = File.ReadAllBytes(Path.Combine(golden.Model, "model.safetensors"));
        var header = (int)BinaryPrimitives.ReadInt64LittleEndian(weights);
        using var json = JsonDocument.Parse(weights.AsMemory(sizeof(long), header));
        Assert.Equal("F32", json.RootElement.GetProperty(tensor).GetProperty("dtype").GetString());
        var offsets = json.RootElement.GetProperty(tensor).GetProperty("data_offsets");
        for (var at = offsets[0].GetInt32(); at < offsets[1].GetInt32(); at += sizeof(float))
        {
            var element = weights.AsSpan(sizeof(long) + header + at, sizeof(float));
            BinaryPrimitives.WriteSingleLittleEndian(element, BinaryPrimitives.ReadSingleLittleEndian(element) * factor);
        }

        File.WriteAllBytes(Path.Combine(path, "model.safetensors"), weights);
        return path;
    }
}
