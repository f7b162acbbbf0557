using System.Buffers.Binary;
using System.Text.Json;

namespace CircuitGrid.Web.Tests.Api;

/// <summary>A folder of suites with one in it, of a tiny model with a few checkpoints, and prompts for it.</summary>
internal sealed class TinySuite : IDisposable
{
    private static readonly string Golden = Path.Combine(AppContext.BaseDirectory, "golden", "neox_tiny25");

    public TinySuite(int checkpoints)
    {
        Root = Directory.CreateTempSubdirectory("circuitgrid-web-").FullName;
        Suites = Path.Combine(Root, "suites");
        var suite = Path.Combine(Suites, "small");
        Directory.CreateDirectory(suite);
        File.WriteAllText(Path.Combine(suite, "suite.json"), """{"name": "small", "tokensPerStep": 1000, "models": [{"name": "tiny"}]}""");
        WritePairs(Path.Combine(suite, "first.jsonl"));
        for (var step = 0; step < checkpoints; step++)
        {
            var folder = Path.Combine(suite, "tiny", $"step{step}");
            Directory.CreateDirectory(folder);
            File.Copy(Path.Combine(Golden, "config.json"), Path.Combine(folder, "config.json"));
            var weights = File.ReadAllBytes(Path.Combine(Golden, "model.safetensors"));
            BinaryPrimitives.WriteSingleLittleEndian(weights.AsSpan(weights.Length - sizeof(float)), step / 1024f);
            File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), weights);
        }
    }

    public string Root { get; }

    /// <summary>What a server is given.</summary>
    public string Suites { get; }

    /// <summary>An experiment on it.</summary>
    public static string Yaml(string method = "eap-ig", string suite = "small") =>
        $$"""
        name: One task <b>of</b> a tiny model
        suite: {{suite}}
        tasks:
          - {name: first, pairs: small/first.jsonl, metric: logit-diff}
        analysis: {method: {{method}}}
        """;

    /// <summary>Adds a suite <c>trained</c> of the same checkpoints as a trainer leaves them, one of them twice, and a folder that is none.</summary>
    public void AddTrained()
    {
        var model = Path.Combine(Suites, "trained", "m");
        Directory.CreateDirectory(Path.Combine(model, "logs"));
        foreach (var (from, to) in ((string, string)[])[("step0", "checkpoint-500"), ("step1", "checkpoint-1000"), ("step1", "checkpoint-01000")])
        {
            Directory.CreateDirectory(Path.Combine(model, to));
            foreach (var file in Directory.GetFiles(Path.Combine(Suites, "small", "tiny", from)))
            {
                File.Copy(file, Path.Combine(model, to, Path.GetFileName(file)));
            }
        }
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static void WritePairs(string path)
    {
        using var inputs = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Golden, "inputs.json")));
        File.WriteAllLines(path, inputs.RootElement.GetProperty("main").GetProperty("items").EnumerateArray().Select(item => JsonSerializer.Serialize(new
        {
            clean = item.GetProperty("clean"),
            corrupted = item.GetProperty("corrupted"),
            correct = (int[])[item.GetProperty("correct").GetInt32()],
            incorrect = (int[])[item.GetProperty("incorrect").GetInt32()],
        })));
    }
}
