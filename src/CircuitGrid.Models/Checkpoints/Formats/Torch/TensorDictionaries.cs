using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>Finds the dictionaries of tensors in an object that was saved, and where their tensors lie.</summary>
internal static class TensorDictionaries
{
    // {"state": {"model": {"module": …}}}, and one more.
    private const int MaxDepth = 4;

    /// <summary>The outermost dictionary and every one inside it that has tensors, level by level.</summary>
    /// <exception cref="InvalidInputException">A tensor's elements aren't where they should be.</exception>
    public static IReadOnlyList<TensorGroup> Find(SourceFile file, PickleDictionary root, ITorchStorages storages)
    {
        var groups = new List<TensorGroup>();

        // A dictionary may stand in several places, also in itself; it counts where it is first met.
        var met = new HashSet<PickleDictionary>(ReferenceEqualityComparer.Instance) { root };
        var waiting = new Queue<(string Key, int Depth, PickleDictionary Dictionary)>([("", 0, root)]);
        while (waiting.TryDequeue(out var next))
        {
            var tensors = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
            var others = ImmutableArray.CreateBuilder<string>();
            foreach (var (name, value) in next.Dictionary.Entries)
            {
                if (value is PickleTensor tensor)
                {
                    tensors.Add(name, Place($"{file.Path}: tensor {Text.OneLine(name)}", name, tensor, storages));
                    continue;
                }

                others.Add(name);
                if (value is PickleDictionary inner && next.Depth < MaxDepth && met.Add(inner))
                {
                    waiting.Enqueue((next.Depth == 0 ? name : $"{next.Key}.{name}", next.Depth + 1, inner));
                }
            }

            if (next.Depth == 0 || tensors.Count > 0)
            {
                groups.Add(new TensorGroup(next.Key, next.Depth, tensors, others.ToImmutable()));
            }
        }

        return groups;
    }

    private static StoredTensor Place(string where, string name, PickleTensor tensor, ITorchStorages storages)
    {
        var (storage, type) = (tensor.Storage, tensor.Type);
        var block = storages.Find(where, storage);

        // In 128 bits, and saturating, no product of hostile extents and strides wraps around to an index that looks right.
        var last = (Int128)tensor.Offset;
        for (var axis = 0; axis < tensor.Shape.Length; axis++)
        {
            last = Int128.Min(last + ((Int128)Math.Max(0, tensor.Shape[axis] - 1) * tensor.Strides[axis]), long.MaxValue);
        }

        if ((last + 1) * type.Size > (Int128)storage.View.Length * storage.Type.Size && !tensor.Shape.Contains(0))
        {
            throw new InvalidInputException(where, $"with shape [{string.Join(", ", tensor.Shape)}] reaches beyond the {storage.View.Length} elements of its storage");
        }

        var start = ((Int128)storage.View.Start * storage.Type.Size) + ((Int128)tensor.Offset * type.Size);
        return new StoredTensor(name, type.Name, type.Kind, tensor.Shape, block, (long)Int128.Min(start, block.Length))
        {
            Strides = tensor.Strides switch
            {
                [var row] => (row, 1),
                [var row, var column] => (row, column),
                _ => null,
            },
        };
    }
}
