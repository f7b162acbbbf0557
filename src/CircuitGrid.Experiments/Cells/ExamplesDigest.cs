using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using CircuitGrid.Circuits.Tasks;

namespace CircuitGrid.Experiments.Cells;

/// <summary>Digest of what a task's examples are to a model: the metric and, in order, all token ids and answers.</summary>
public static class ExamplesDigest
{
    /// <summary>Of examples that are sampled by themselves.</summary>
    /// <returns>64 lower-case hex digits.</returns>
    public static string Of(TaskDataset dataset) => Of(dataset, SamplingRule.Examples);

    /// <param name="dataset">The examples.</param>
    /// <param name="sampling">Where templates are sampled, they are part of what is computed: they cut the blocks.</param>
    /// <returns>64 lower-case hex digits.</returns>
    public static string Of(TaskDataset dataset, SamplingRule sampling)
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
            if (example.AnswersContinue)
            {
                // no length is negative, so nothing else reads like it
                Add(-1);
            }
        }

        if (sampling == SamplingRule.Templates)
        {
            var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var template in dataset.Templates)
            {
                Add(numbers.TryGetValue(template, out var number) ? number : numbers[template] = numbers.Count);
            }
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
