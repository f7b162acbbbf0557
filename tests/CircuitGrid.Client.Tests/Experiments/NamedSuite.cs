using CircuitGrid.Client.Tests.Golden;
using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Experiments;

/// <summary>A suite whose checkpoints have the names that a test gives them, without a suite.json, and an experiment on it with prompts of its own.</summary>
internal static class NamedSuite
{
    /// <summary>Writes suite, prompts and experiment into a folder; the weights of any two checkpoints differ.</summary>
    /// <param name="folder">Where; the suite is its folder <c>suite</c>.</param>
    /// <param name="names">The checkpoints' folders below that, e.g. <c>m/checkpoint-500</c>.</param>
    /// <returns>The experiment's file.</returns>
    public static string Write(TemporaryFolder folder, params ReadOnlySpan<string> names)
    {
        var golden = new GoldenFolder("neox_tiny25");
        for (var i = 0; i < names.Length; i++)
        {
            WriteCheckpoint(folder, golden, names[i], i);
        }

        golden.WritePairs(folder["first.jsonl"], "main", "logit_diff");
        File.WriteAllText(
            folder["named.yaml"],
            """
            suite: suite
            tasks:
              - {name: first, pairs: first.jsonl, metric: logit-diff}
            analysis: {method: eap}
            """);
        return folder["named.yaml"];
    }

    private static void WriteCheckpoint(TemporaryFolder folder, GoldenFolder golden, string name, int number)
    {
        var path = Path.Combine(folder["suite"], name);
        var plain = Path.Combine(folder["written"], $"step{number}");
        SmallSuite.WriteCheckpoint(folder["written"], golden, number);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Directory.Move(plain, path);
    }
}
