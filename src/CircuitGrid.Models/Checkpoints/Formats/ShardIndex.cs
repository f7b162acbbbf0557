using System.Collections.Frozen;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats;

/// <summary>Reads Hugging Face's index of a checkpoint in several files: {"weight_map": {tensor: file}}.</summary>
internal static class ShardIndex
{
    private const int MaxFileBytes = 1 << 24;
    private const int MaxShards = 1000;

    /// <summary>Sums over all shards, which their headers tell.</summary>
    private static readonly FrozenSet<string> s_harmless = FrozenSet.Create(StringComparer.Ordinal, "metadata");

    /// <summary>Refuses an index that says more than which tensor is where.</summary>
    /// <exception cref="InvalidInputException">The file can't be read.</exception>
    /// <exception cref="UnknownKeyException">It has a key that may mean something and isn't known.</exception>
    public static void Check(string path, ForeignKeys foreign)
    {
        var json = JsonInput.Read(path, MaxFileBytes);
        FindMap(json);
        json.FinishForeign(s_harmless, foreign);
    }

    /// <summary>For every shard, in ordinal order of their names, the tensors to be found in it.</summary>
    /// <exception cref="InvalidInputException">The file can't be read, or names a shard that isn't a plain file name.</exception>
    public static IReadOnlyList<(string Shard, IReadOnlyList<string> Tensors)> Read(string path)
    {
        var map = FindMap(JsonInput.Read(path, MaxFileBytes));
        var shards = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var (tensor, file) in map.Members())
        {
            var shard = file.AsString();
            // A shard stands beside its index; a path could reach any file of this machine.
            if (!FileNames.IsPlain(shard))
            {
                throw new InvalidInputException($"{path}: tensor {Text.OneLine(tensor)}", $"its shard {Text.OneLine(shard)} isn't the name of a file in this folder");
            }

            if (!shards.TryGetValue(shard, out var tensors))
            {
                if (shards.Count == MaxShards)
                {
                    throw new InvalidInputException(path, $"names more than {MaxShards} shards");
                }

                shards.Add(shard, tensors = []);
            }

            tensors.Add(tensor);
        }

        return [.. shards.Select(shard => (shard.Key, (IReadOnlyList<string>)shard.Value))];
    }

    private static JsonInput FindMap(JsonInput json) => json.FindObject("weight_map") ?? throw json.Error("has no weight_map");
}
