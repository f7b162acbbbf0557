using System.Text.Json;
using CircuitGrid.Client.Tests.Experiments;
using CircuitGrid.Client.Tests.Golden;
using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Terminal;

/// <summary>An experiment in which everything that has a name has a hostile one: folder, files, experiment, suite, model and task.</summary>
internal sealed class HostileSuite : IDisposable
{
    private const int Checkpoints = 3;

    private readonly TemporaryFolder folder = new();

    public HostileSuite()
    {
        Directory.CreateDirectory(Folder);
        var golden = new GoldenFolder("neox_tiny25");
        for (var step = 0; step < Checkpoints; step++)
        {
            SmallSuite.WriteCheckpoint(System.IO.Path.Combine(Suite, Hostile.Name), golden, step);
        }

        File.WriteAllText(System.IO.Path.Combine(Suite, "suite.json"), JsonSerializer.Serialize(new { name = Hostile.Name, tokensPerStep = 1000, models = new[] { new { name = Hostile.Name } } }));
        golden.WritePairs(Pairs, "main", "logit_diff");
        golden.WriteGraph(Graph, golden.Json("scores_main_eap_logit_diff_b12").GetProperty("scores"));
        File.WriteAllText(
            Experiment,
            $$"""
            name: {{Yaml(Hostile.Text)}}
            suite: {{Yaml(System.IO.Path.GetFileName(Suite))}}
            tasks:
              - {name: {{Yaml(Hostile.Name)}}, pairs: {{Yaml(System.IO.Path.GetFileName(Pairs))}}, metric: logit-diff}
            analysis: {method: eap}
            """);
    }

    public string Folder => folder[Hostile.Text];

    public string Suite => In("suite");

    public string Experiment => In("experiment.yaml");

    public string Pairs => In("pairs.jsonl");

    public string Graph => In("graph.json");

    public static string Model => new GoldenFolder("neox_tiny25").Model;

    public static string Cell(int step) => $"{Hostile.Name}/{Hostile.Name}@{step}/{Hostile.Name}";

    /// <summary>A path in the folder with a hostile name.</summary>
    public string In(string name) => System.IO.Path.Combine(Folder, Hostile.Text + name);

    /// <summary>Has the experiment score heads.</summary>
    public void AddHeads()
    {
        SmallSuite.WriteTokenizer(Suite);
        File.AppendAllText(Experiment, "\nheads: true\n");
    }

    /// <summary>Cuts a checkpoint's weights short.</summary>
    public void Damage(int step)
    {
        var weights = System.IO.Path.Combine(Suite, Hostile.Name, $"step{step}", "model.safetensors");
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..^100]);
    }

    /// <summary>Text in double quotes, in which YAML knows JSON's escapes.</summary>
    public static string Yaml(string text) => JsonSerializer.Serialize(text);

    public void Dispose() => folder.Dispose();
}
