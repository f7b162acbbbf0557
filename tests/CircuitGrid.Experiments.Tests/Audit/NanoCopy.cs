using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CircuitGrid.Experiments.Tests.Audit;

/// <summary>Checkpoints of the shipped suite's smallest model in a folder of their own, where a test can do to them what publishers have done.</summary>
internal sealed class NanoCopy : IDisposable
{
    private const string Weights = "model.safetensors";

    public NanoCopy(IEnumerable<int> steps)
    {
        Directory.CreateDirectory(Folder);
        foreach (var file in new[] { "tokenizer.json", "lexicon.json" })
        {
            File.Copy(Path.Combine(Nano, file), Path.Combine(Folder, file));
        }

        File.WriteAllText(Path.Combine(Folder, "suite.json"), """{"name": "nano", "tokensPerStep": 1024, "models": [{"name": "nano-2l"}]}""");
        foreach (var step in steps)
        {
            Directory.CreateDirectory(Step(step));
            foreach (var file in Directory.GetFiles(Path.Combine(Nano, "nano-2l", Name(step))))
            {
                File.Copy(file, Path.Combine(Step(step), Path.GetFileName(file)));
            }
        }
    }

    public static string Nano { get; } = FindNano();

    public string Root { get; } = Directory.CreateTempSubdirectory("circuitgrid-").FullName;

    public string Folder => Path.Combine(Root, "nano");

    public string Step(int step) => Path.Combine(Folder, "nano-2l", Name(step));

    /// <summary>A step's weights in another's place.</summary>
    public void Replace(int step, int by) => File.Copy(Path.Combine(Nano, "nano-2l", Name(by), Weights), Path.Combine(Step(step), Weights), overwrite: true);

    /// <summary>A new step with another's weights, every zero of which has the other sign.</summary>
    public void AddWithNegativeZeros(int step, int of)
    {
        Directory.CreateDirectory(Step(step));
        foreach (var file in Directory.GetFiles(Step(of)))
        {
            File.Copy(file, Path.Combine(Step(step), Path.GetFileName(file)));
        }

        var (header, data) = Read(Path.Combine(Step(step), Weights));
        var size = header.First(t => t.Key != "__metadata__").Value!["dtype"]!.GetValue<string>() == "F32" ? 4 : 2;
        var zeros = 0;
        for (var at = 0; at < data.Length; at += size)
        {
            if (data.AsSpan(at, size).IndexOfAnyExcept((byte)0) < 0)
            {
                data[at + size - 1] = 0x80;
                zeros++;
            }
        }

        Assert.True(zeros > 100);
        Write(Path.Combine(Step(step), Weights), header, data);
    }

    /// <summary>A step in two shards, of which the second is another step's.</summary>
    public void Stale(int step, int by)
    {
        var (own, others) = (Read(Path.Combine(Step(step), Weights)), Read(Path.Combine(Step(by), Weights)));
        string[] names = [.. own.Header.Select(t => t.Key).Where(n => n != "__metadata__").Order(StringComparer.Ordinal)];
        var map = new JsonObject();
        foreach (var (number, (part, from)) in new[] { (names[..(names.Length / 2)], own), (names[(names.Length / 2)..], others) }.Index())
        {
            var file = string.Create(CultureInfo.InvariantCulture, $"model-0000{number + 1}-of-00002.safetensors");
            var header = new JsonObject();
            var data = new List<byte>();
            foreach (var name in part)
            {
                var tensor = from.Header[name]!;
                var (begin, end) = (tensor["data_offsets"]![0]!.GetValue<int>(), tensor["data_offsets"]![1]!.GetValue<int>());
                header[name] = new JsonObject { ["dtype"] = tensor["dtype"]!.DeepClone(), ["shape"] = tensor["shape"]!.DeepClone(), ["data_offsets"] = new JsonArray(data.Count, data.Count + end - begin) };
                data.AddRange(from.Data[begin..end]);
                map[name] = file;
            }

            Write(Path.Combine(Step(step), file), header, [.. data]);
        }

        File.WriteAllText(Path.Combine(Step(step), "model.safetensors.index.json"), new JsonObject { ["metadata"] = new JsonObject(), ["weight_map"] = map }.ToJsonString());
        File.Delete(Path.Combine(Step(step), Weights));
    }

    /// <summary>Changes a field of a step's configuration.</summary>
    public void Configure(int step, string key, JsonNode value, bool isNew = false)
    {
        var path = Path.Combine(Step(step), "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!;
        Assert.Equal(isNew, config[key] is null);
        config[key] = value;
        File.WriteAllText(path, config.ToJsonString());
    }

    /// <summary>A tokenizer of a step's own, in which two tokens have each other's numbers.</summary>
    public void SwapTokens(int step, string a, string b)
    {
        var tokenizer = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "tokenizer.json")))!;
        var vocabulary = tokenizer["model"]!["vocab"]!.AsObject();
        var (first, second) = (vocabulary[a]!.GetValue<int>(), vocabulary[b]!.GetValue<int>());
        (vocabulary[a], vocabulary[b]) = (second, first);
        File.WriteAllText(Path.Combine(Step(step), "tokenizer.json"), tokenizer.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static string Name(int step) => string.Create(CultureInfo.InvariantCulture, $"step{step}");

    private static (JsonObject Header, byte[] Data) Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return (JsonNode.Parse(bytes.AsSpan(8, length))!.AsObject(), bytes[(8 + length)..]);
    }

    private static void Write(string path, JsonObject header, byte[] data)
    {
        var text = Encoding.UTF8.GetBytes(header.ToJsonString());
        var bytes = new byte[8 + text.Length + data.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)text.Length);
        text.CopyTo(bytes, 8);
        data.CopyTo(bytes, 8 + text.Length);
        File.WriteAllBytes(path, bytes);
    }

    private static string FindNano()
    {
        var folder = AppContext.BaseDirectory;
        while (!Directory.Exists(Path.Combine(folder, "suites", "nano")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return Path.Combine(folder, "suites", "nano");
    }
}
