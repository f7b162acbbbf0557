using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CircuitGrid.Circuits.Published;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Tests.Hosting;
using CircuitGrid.HubStandIn.Suites;

namespace CircuitGrid.Client.Tests.Check;

/// <summary>A checkpoint that the program brings, in a folder of its own, for which a test publishes numbers.</summary>
internal sealed class PublishedNano : IDisposable
{
    public const string Name = "nano-lab/nano-2l";
    public const string Other = "nano-lab/nano-other";

    /// <summary>The ids of a prompt of the shipped tokenizer.</summary>
    public static readonly int[] Ids = [40, 55, 70, 41];

    private readonly TemporaryFolder folder = new();
    private readonly JsonArray entries = [];

    public PublishedNano()
    {
        foreach (var name in (string[])["nano-2l", "copy"])
        {
            Directory.CreateDirectory(folder[name]);
            foreach (var file in Directory.EnumerateFiles(Path.Combine(Suite, "nano-2l", "step4000")))
            {
                File.Copy(file, Path.Combine(folder[name], Path.GetFileName(file)));
            }

            File.Copy(Path.Combine(Suite, "tokenizer.json"), Path.Combine(folder[name], "tokenizer.json"));
        }
    }

    private static string Suite => NanoHub.OfWorkingTree().Folder;

    /// <summary>The checkpoint in a folder with the model's name.</summary>
    public string Folder => folder["nano-2l"];

    /// <summary>The same in a folder whose name says nothing.</summary>
    public string Copy => folder["copy"];

    public string this[string name] => folder[name];

    /// <summary>Publishes values.</summary>
    public PublishedNano Add(string kind, object values, string precision = "float32", object? tolerance = null, string? note = null)
    {
        var entry = new JsonObject
        {
            ["id"] = $"nano.{kind}.{entries.Count}",
            ["kind"] = kind,
            ["precision"] = precision,
            ["tolerance"] = JsonSerializer.SerializeToNode(tolerance ?? new { origin = "made up" }),
            ["source"] = JsonSerializer.SerializeToNode(new { repository = "nano-lab/tests", path = "test_nano.py", commit = "0123456789abcdef0123456789abcdef01234567", place = "test_it" }),
        };
        if (note is not null)
        {
            entry["note"] = note;
        }

        foreach (var (key, value) in JsonSerializer.SerializeToNode(values)!.AsObject())
        {
            entry[key] = value!.DeepClone();
        }

        entries.Add(entry);
        return this;
    }

    /// <summary>Publishes the logit difference of tokens 50 and 60 behind <see cref="Ids"/>.</summary>
    public PublishedNano AddDifference(double value, string precision = "float32", object? tolerance = null, string? note = null) =>
        Add("logitDifferences", new { prompts = new object[] { new { ids = Ids } }, answers = (int[][])[[50, 60]], values = (double[])[value] }, precision, tolerance, note);

    /// <summary>Runs the client among these numbers and no others.</summary>
    public Task<ClientRun> RunAsync(params string[] args) => ClientRun.OfAsync(["check", .. args], width: 300, change: Change);

    public ClientEnvironment Change(ClientEnvironment environment)
    {
        var json = new JsonObject
        {
            ["models"] = new JsonArray(
                new JsonObject { ["name"] = Name, ["aliases"] = new JsonArray("smallest"), ["family"] = "gpt_neox", ["revision"] = "main", ["entries"] = entries.DeepClone() },
                new JsonObject { ["name"] = Other, ["family"] = "gpt2", ["revision"] = "main", ["entries"] = new JsonArray() }),
        };
        return environment with { Published = new(() => PublishedNumbers.Read(Encoding.UTF8.GetBytes(json.ToJsonString()), "published.json")) };
    }

    /// <summary>What the model gives for <see cref="AddDifference"/>, as the program says.</summary>
    public static async Task<double> DifferenceAsync()
    {
        using var asked = new PublishedNano();
        var run = await asked.AddDifference(0).RunAsync(asked.Folder, "--json");
        return run.Json.GetProperty("entries")[0].GetProperty("values")[0].GetProperty("difference").GetDouble();
    }

    public void Dispose() => folder.Dispose();
}
