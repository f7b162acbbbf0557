using System.Text.Json;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Web.Tests.Api;

/// <summary>How a file or folder is replaced by a link to where it has been moved.</summary>
public enum LinkShape
{
    Absolute,
    Relative,

    /// <summary>By a link to another link.</summary>
    Twice,

    /// <summary>By a link to a place below a linked folder.</summary>
    ThroughFolder,
}

/// <summary>A suite that has every kind of file an experiment makes a server open, each of which can be moved away and linked to.</summary>
internal sealed class LinkedSuite : IDisposable
{
    private const string Shard = "model-00001-of-00001.safetensors";

    public LinkedSuite()
    {
        var suite = Path.Combine(Tiny.Suites, "small");
        TokenizerTrainer.Train([], new() { VocabularySize = 300, RequiredWords = [" he", " she"] }).Save(Path.Combine(suite, "tokenizer.json"));
        File.WriteAllText(Path.Combine(suite, "lexicon.json"), """{"language": "suite's own"}""");
        File.WriteAllText(Path.Combine(suite, "words.json"), """{"language": "task's own"}""");
        var sharded = Path.Combine(suite, "tiny", "step1");
        var weights = File.ReadAllBytes(Path.Combine(sharded, "model.safetensors"));
        File.Move(Path.Combine(sharded, "model.safetensors"), Path.Combine(sharded, Shard));
        using var header = JsonDocument.Parse(weights.AsMemory(sizeof(long), (int)BitConverter.ToInt64(weights)));
        var names = header.RootElement.EnumerateObject().Select(t => t.Name).Where(n => n is not "__metadata__");
        File.WriteAllText(Path.Combine(sharded, "model.safetensors.index.json"), JsonSerializer.Serialize(new { weight_map = names.ToDictionary(n => n, _ => Shard, StringComparer.Ordinal) }));
        Directory.CreateDirectory(Outside);
        Directory.CreateDirectory(Path.Combine(Tiny.Suites, "hops"));
        Directory.CreateDirectory(Path.Combine(Tiny.Suites, "moved"));
    }

    /// <summary>Reads all of it.</summary>
    public const string Yaml = """
        suite: small
        tasks:
          - {name: first, pairs: small/first.jsonl, metric: logit-diff}
          - gendered-pronoun
          - {name: sva, lexicon: small/words.json}
        analysis: {method: eap}
        """;

    public TinySuite Tiny { get; } = new(checkpoints: 2);

    /// <summary>A folder that isn't the server's.</summary>
    public string Outside => Path.Combine(Tiny.Root, "elsewhere");

    /// <summary>Everything that can be moved away.</summary>
    public static string[] Parts { get; } =
    [
        "small", "small/suite.json", "small/tokenizer.json", "small/lexicon.json", "small/words.json", "small/first.jsonl", "small/tiny", "small/tiny/step0", "small/tiny/step0/config.json",
        "small/tiny/step0/model.safetensors", "small/tiny/step1/model.safetensors.index.json", $"small/tiny/step1/{Shard}",
    ];

    /// <summary>Moves a part into a folder and puts a link in its place.</summary>
    /// <returns>Puts it back.</returns>
    public Action Move(string part, LinkShape shape, string into)
    {
        var (path, moved, hop) = (Path.Combine(Tiny.Suites, part), Path.Combine(into, "thing"), Path.Combine(Tiny.Suites, "hops", "hop"));
        var isFolder = Directory.Exists(path);
        Rename(path, moved);
        var target = shape switch
        {
            LinkShape.Relative => Path.GetRelativePath(Path.GetDirectoryName(path)!, moved),
            LinkShape.Twice => Link(hop, Path.GetRelativePath(Path.GetDirectoryName(hop)!, moved), isFolder),
            LinkShape.ThroughFolder => Path.Combine(Link(hop, into, isFolder: true), "thing"),
            _ => moved,
        };
        Link(path, target, isFolder);
        return () =>
        {
            File.Delete(path);
            File.Delete(hop);
            Rename(moved, path);
        };

        void Rename(string from, string to) => (isFolder ? (Action<string, string>)Directory.Move : File.Move)(from, to);
    }

    public void Dispose() => Tiny.Dispose();

    private static string Link(string path, string target, bool isFolder)
    {
        _ = isFolder ? Directory.CreateSymbolicLink(path, target) : File.CreateSymbolicLink(path, target);
        return path;
    }
}
