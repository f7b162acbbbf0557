using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using CircuitGrid.Circuits.Tasks;

namespace CircuitGrid.Experiments.Cells;

/// <summary>Digest of what a task's examples are to a model: the metric and, in order, all token ids and answers.</summary>
public static class ExamplesDigest
{
    /// <returns>64 lower-case hex digits.</returns>
    public static string Of(TaskDataset dataset)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add((int)dataset.Metric);
        Add(dataset.Examples.Length);
        foreach (var example in dataset.Examples)
        {
            AddAll(example.Clean);
            AddAll(example.Corrupted);
            AddAll(example.Correct);
            AddAll(example.Incorrect);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void AddAll(ImmutableArray<int> ids)
        {
            Add(ids.Length);
            foreach (var id in ids)
            {
                Add(id);
            }
        }

        void Add(int value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
            hash.AppendData(bytes);
        }
    }
}
