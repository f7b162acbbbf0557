using System.Text.Json.Nodes;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>Writes models in several files with an index, as Hugging Face does with large ones.</summary>
internal static class ShardedCheckpoint
{
    public static void WriteSafetensors(TemporaryFolder folder, ModelConfig config, IReadOnlyDictionary<string, float[]> weights, ElementKind kind, int shards) =>
        WriteSafetensors(folder, config, [.. TensorLayout.Of(config)], weights, kind, shards);

    /// <summary>As the other, with names of one's own.</summary>
    public static void WriteSafetensors(TemporaryFolder folder, ModelConfig config, IReadOnlyList<TensorSpec> tensors, IReadOnlyDictionary<string, float[]> weights, ElementKind kind, int shards)
    {
        var map = new JsonObject();
        for (var shard = 0; shard < shards; shard++)
        {
            var name = $"model-{shard + 1:d5}-of-{shards:d5}.safetensors";
            var specs = Part(tensors, shard, shards, map, name);
            SafetensorsWriter.Write(folder[name], specs.Select(spec => new TensorValues(spec.Name, spec.Shape, kind, weights[spec.Name])));
        }

        Finish(folder, config, map, "model.safetensors.index.json");
    }

    public static void WriteTorch(TemporaryFolder folder, ModelConfig config, IReadOnlyDictionary<string, float[]> weights, ElementKind kind, int shards) =>
        WriteTorch(folder, config, [.. TensorLayout.Of(config)], weights, kind, shards);

    /// <summary>As the other, with names of one's own.</summary>
    public static void WriteTorch(TemporaryFolder folder, ModelConfig config, IReadOnlyList<TensorSpec> tensors, IReadOnlyDictionary<string, float[]> weights, ElementKind kind, int shards)
    {
        var map = new JsonObject();
        for (var shard = 0; shard < shards; shard++)
        {
            var name = $"pytorch_model-{shard + 1:d5}-of-{shards:d5}.bin";
            TorchArchive.Write(folder[name], Part(tensors, shard, shards, map, name), weights, kind);
        }

        Finish(folder, config, map, "pytorch_model.bin.index.json");
    }

    private static List<TensorSpec> Part(IReadOnlyList<TensorSpec> tensors, int shard, int shards, JsonObject map, string name)
    {
        var specs = tensors.Where((_, i) => i % shards == shard).ToList();
        foreach (var spec in specs)
        {
            map[spec.Name] = name;
        }

        return specs;
    }

    private static void Finish(TemporaryFolder folder, ModelConfig config, JsonObject map, string index)
    {
        File.WriteAllText(folder[index], new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = 1 }, ["weight_map"] = map }.ToJsonString());
        using var file = File.Create(folder["config.json"]);
        config.Write(file, ElementKind.F32);
    }
}
