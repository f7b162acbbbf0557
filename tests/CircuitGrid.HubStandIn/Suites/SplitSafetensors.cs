using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CircuitGrid.HubStandIn.Repositories;

namespace CircuitGrid.HubStandIn.Suites;

/// <summary>Splits a safetensors file into shards with an index, as large models are kept.</summary>
public static class SplitSafetensors
{
    /// <summary>
    /// The shards <c>model-00001-of-0000N.safetensors</c> and <c>model.safetensors.index.json</c>: tensors in the order of their bytes, as many to each shard as to any other, or one more.
    /// </summary>
    public static StandInTree Shards(byte[] file, int count = 2)
    {
        var headerLength = checked((int)BinaryPrimitives.ReadInt64LittleEndian(file));
        var header = JsonNode.Parse(file.AsSpan(8, headerLength))!.AsObject();
        var data = file.AsMemory(8 + headerLength);
        var tensors = header.Where(t => t.Key != "__metadata__").Select(t => (Name: t.Key, Entry: t.Value!, From: (int)t.Value!["data_offsets"]![0]!, To: (int)t.Value!["data_offsets"]![1]!)).OrderBy(t => t.From).ToList();
        var tree = StandInTree.Empty;
        var map = new JsonObject();
        for (var shard = 0; shard < count; shard++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"model-{shard + 1:00000}-of-{count:00000}.safetensors");
            var part = tensors[(tensors.Count * shard / count)..(tensors.Count * (shard + 1) / count)];
            var shardHeader = new JsonObject();
            using var bytes = new MemoryStream();
            foreach (var (tensor, entry, from, to) in part)
            {
                shardHeader[tensor] = new JsonObject
                {
                    ["dtype"] = entry["dtype"]!.DeepClone(),
                    ["shape"] = entry["shape"]!.DeepClone(),
                    ["data_offsets"] = new JsonArray((int)bytes.Length, (int)bytes.Length + to - from),
                };
                bytes.Write(data.Span[from..to]);
                map[tensor] = name;
            }

            tree = tree.With(name, Join(shardHeader, bytes.ToArray()));
        }

        var index = new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = data.Length }, ["weight_map"] = map };
        return tree.With("model.safetensors.index.json", index.ToJsonString());
    }

    private static byte[] Join(JsonObject header, byte[] data)
    {
        var text = JsonSerializer.SerializeToUtf8Bytes(header);
        var padded = (text.Length + 7) / 8 * 8;
        var file = new byte[8 + padded + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, padded);
        file.AsSpan(8, padded).Fill((byte)' ');
        text.CopyTo(file.AsSpan(8));
        data.CopyTo(file.AsSpan(8 + padded));
        return file;
    }
}
