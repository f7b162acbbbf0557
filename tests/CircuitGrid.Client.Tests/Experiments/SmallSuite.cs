using System.Buffers.Binary;
using System.Text.Json;
using CircuitGrid.Client.Tests.Golden;
using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Experiments;

/// <summary>A suite of one tiny model with several checkpoints, and an experiment on it with prompts of its own.</summary>
internal static class SmallSuite
{
    public const string Model = "tiny";

    /// <summary>Writes suite, prompts and experiment into a folder.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="checkpoints">How many checkpoints; their weights differ.</param>
    /// <param name="method">How edges are scored.</param>
    /// <returns>The experiment's file.</returns>
    public static string Write(TemporaryFolder folder, int checkpoints, string method)
    {
        var golden = new GoldenFolder("neox_tiny25");
        for (var step = 0; step < checkpoints; step++)
        {
            WriteCheckpoint(folder, golden, step);
        }

        golden.WritePairs(folder["first.jsonl"], "main", "logit_diff");
        golden.WritePairs(folder["second.jsonl"], "padded", "prob_diff");
        File.WriteAllText(folder["suite.json"], $$"""{"name": "small", "tokensPerStep": 1000, "models": [{"name": "{{Model}}"}]}""");
        File.WriteAllText(
            folder["small.yaml"],
            $$"""
            name: Two tasks on a tiny model
            suite: .
            tasks:
              - {name: first, pairs: first.jsonl, metric: logit-diff}
              - {name: second, pairs: second.jsonl, metric: prob-diff}
            analysis: {method: {{method}}}
            """);
        return folder["small.yaml"];
    }

    /// <summary>Adds a checkpoint that is whole at once.</summary>
    public static void WriteCheckpoint(TemporaryFolder folder, GoldenFolder golden, int step) => WriteCheckpoint(folder[Model], golden, step);

    /// <summary>Adds a checkpoint to a model's folder.</summary>
    public static void WriteCheckpoint(string model, GoldenFolder golden, int step)
    {
        var path = Path.Combine(model, $"step{step}");
        Directory.CreateDirectory(path);
        File.Copy(Path.Combine(golden.Model, "config.json"), Path.Combine(path, "config.json"));
        var weights = File.ReadAllBytes(Path.Combine(golden.Model, "model.safetensors"));
        BinaryPrimitives.WriteSingleLittleEndian(weights.AsSpan(weights.Length - sizeof(float)), step / 1024f);
        File.WriteAllBytes(Path.Combine(path, "model.safetensors"), weights);
    }

    /// <summary>Adds what head scores need: a tokenizer of letters, and of one token for everything else, and a lexicon without words.</summary>
    public static void WriteTokenizer(string suite)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal) { ["<|endoftext|>"] = 0 };
        foreach (var letter in "\u0120abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,'")
        {
            vocabulary.Add(letter.ToString(), vocabulary.Count);
        }

        string[] merges = ["\u0120 a", "\u0120 b", "\u0120 c", "\u0120 d", "\u0120 e"];
        foreach (var merge in merges)
        {
            vocabulary.Add(merge.Replace(" ", "", StringComparison.Ordinal), vocabulary.Count);
        }

        File.WriteAllText(Path.Combine(suite, "tokenizer.json"), JsonSerializer.Serialize(new
        {
            version = "1.0",
            added_tokens = new[] { new { id = 0, content = "<|endoftext|>", single_word = false, lstrip = false, rstrip = false, normalized = false, special = true } },
            normalizer = (string?)null,
            pre_tokenizer = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = true },
            decoder = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = true },
            model = new { type = "BPE", unk_token = "<|endoftext|>", vocab = vocabulary, merges },
        }));
        File.WriteAllText(Path.Combine(suite, "lexicon.json"), "{\"language\": \"letters\"}");
    }
}
