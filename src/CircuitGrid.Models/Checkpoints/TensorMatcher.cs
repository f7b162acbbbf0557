using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints.Formats;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints;

/// <summary>Finds the tensors of a model among those that its weight files hold.</summary>
internal static class TensorMatcher
{
    private const int NamesShown = 3;
    private const int GroupsShown = 6;

    /// <summary>Every tensor of <see cref="TensorLayout.Of"/>, by its canonical name.</summary>
    /// <param name="path">The file that holds the weights, or the index of their shards, as messages name it.</param>
    /// <param name="config">The model.</param>
    /// <param name="groups">What the files hold; one group of them must be the model.</param>
    /// <param name="hasElements">Whether elements can be read, to see that those of tied matrices are equal and constants what they must be.</param>
    /// <exception cref="InvalidInputException">A tensor is missing, there twice, of another shape or unreadable, or it isn't part of the model; or no group or several are the model.</exception>
    public static Dictionary<string, TensorSource> Match(string path, ModelConfig config, IReadOnlyList<TensorGroup> groups, bool hasElements = true)
    {
        var specs = TensorLayout.Of(config).ToDictionary(spec => spec.Name, StringComparer.Ordinal);
        var chosen = Choose(path, config, specs, groups);
        var stored = chosen.Stored;
        var sources = new Dictionary<string, TensorSource>(StringComparer.Ordinal);
        foreach (var spec in specs.Values)
        {
            if (!stored.Remove(spec.Name, out var tensor))
            {
                var foreign = stored.Where(entry => !specs.ContainsKey(entry.Key)).Select(entry => entry.Value.Name).ToList();
                throw new InvalidInputException(
                    $"{path}: tensor {spec.Name}",
                    "is missing from the weights" + (foreign.Count > 0 ? $"; they hold {Text.List(foreign, NamesShown)}, which the model doesn't have" : ""));
            }

            sources.Add(spec.Name, new TensorSource(spec, tensor));
        }

        if (config.TiedUnembedding)
        {
            CheckTied(config, stored, sources, hasElements);
        }

        if (hasElements)
        {
            CheckConstants(chosen.Constants);
        }

        foreach (var tensor in stored.Values)
        {
            throw new InvalidInputException(tensor.Where, $"isn't part of the {config.Layers}-layer {config.Family} model that config.json describes");
        }

        return sources;
    }

    /// <summary>
    /// The group that holds the model: of those groups that hold all its tensors in their shapes, the one nearest to the file's top. Where there is none, the group
    /// that holds most of its names, for what follows to say what it lacks.
    /// </summary>
    private static Candidate Choose(string path, ModelConfig config, Dictionary<string, TensorSpec> specs, IReadOnlyList<TensorGroup> groups)
    {
        var candidates = groups.Select(group => new Candidate(config, specs, group)).ToList();
        var nearest = candidates.Where(candidate => candidate.Fitting == specs.Count).GroupBy(candidate => candidate.Group.Depth).MinBy(level => level.Key)?.ToList();
        if (nearest is { Count: > 1 })
        {
            throw new InvalidInputException(path, $"holds the model's tensors more than once, under {Text.List(nearest.Select(candidate => candidate.Group.Key), GroupsShown)}; save those that are meant as a file of their own");
        }

        var chosen = nearest?[0] ?? candidates.MaxBy(candidate => candidate.Known)!;
        if (chosen.Known == 0)
        {
            throw new InvalidInputException(path, $"has none of the model's tensors, such as {specs.Keys.First()}; {Describe(groups)}");
        }

        return chosen.Twice is var (tensor, other)
            ? throw new InvalidInputException(tensor.Where, $"is there twice, also as {Text.OneLine(other.Name)}")
            : chosen;
    }

    /// <summary>Takes out an unembedding that is stored although it is tied, after making sure that it really is the embedding.</summary>
    private static void CheckTied(ModelConfig config, Dictionary<string, StoredTensor> stored, Dictionary<string, TensorSource> sources, bool hasElements)
    {
        var (spec, embedding) = TensorLayout.TiedUnembedding(config);
        if (stored.Remove(spec.Name, out var tensor) && hasElements && !TensorReader.AreEqual(new TensorSource(spec, tensor), sources[embedding]))
        {
            throw new InvalidInputException(tensor.Where, $"differs from {embedding}, although config.json says they are tied; if they aren't, set tie_word_embeddings to false");
        }
    }

    /// <summary>Makes sure that tensors which follow from the family are what they must be, as near as the type they are stored in can say it.</summary>
    private static void CheckConstants(List<(StoredTensor Tensor, double Value)> constants)
    {
        Span<float> held = stackalloc float[1];
        foreach (var (tensor, value) in constants)
        {
            if (tensor.Shape.Any(extent => extent != 1))
            {
                throw new InvalidInputException(tensor.Where, $"has shape [{string.Join(", ", tensor.Shape)}]; it must be a single number");
            }

            TensorReader.Read(new TensorSource(new(tensor.Name, [1]), tensor with { Shape = [1], Strides = null }), 0, held);
            if (!HalfPrecision.IsRounding(held[0], value))
            {
                throw new InvalidInputException(tensor.Where, string.Create(CultureInfo.InvariantCulture, $"is {held[0]:R}; only {value:R} is supported"));
            }
        }
    }

    /// <summary>What the files hold, in one line.</summary>
    private static string Describe(IReadOnlyList<TensorGroup> groups)
    {
        var parts = new List<string>();
        foreach (var group in groups.Take(GroupsShown))
        {
            var where = group.Depth == 0 ? "" : $"under {Text.OneLine(group.Key)} ";
            if (group.Tensors.Count > 0)
            {
                parts.Add($"{where}it holds tensors named {Text.List(group.Tensors.Keys, NamesShown)}");
            }

            if (group.Others.Length > 0 && group.Depth == 0)
            {
                parts.Add($"it holds keys named {Text.List(group.Others, GroupsShown)}");
            }
        }

        return parts.Count == 0 ? "it holds nothing that has a name" : string.Join("; ", parts);
    }

    /// <summary>A group as a model sees it.</summary>
    private sealed class Candidate
    {
        public Candidate(ModelConfig config, Dictionary<string, TensorSpec> specs, TensorGroup group)
        {
            Group = group;
            foreach (var tensor in group.Tensors.Values)
            {
                var name = TensorLayout.Canonical(config.Family, WrappedNames.Unwrap(tensor.Name));
                if (TensorLayout.FindConstant(config.Family, name) is { } value)
                {
                    Constants.Add((tensor, value));
                }
                else if (!TensorLayout.IsBuffer(config.Family, name) && !Stored.TryAdd(name, tensor))
                {
                    Twice ??= (tensor, Stored[name]);
                }
            }

            UseUnembedding(config);
            foreach (var (name, tensor) in Stored)
            {
                if (specs.TryGetValue(name, out var spec))
                {
                    Known++;
                    Fitting += tensor.Shape.SequenceEqual(spec.Shape.Select(extent => (long)extent)) ? 1 : 0;
                }
            }
        }

        public TensorGroup Group { get; }

        /// <summary>Its tensors by their canonical names, without those that a model doesn't need.</summary>
        public Dictionary<string, StoredTensor> Stored { get; } = new(StringComparer.Ordinal);

        /// <summary>Tensors of one element that follow from the family, and what they must be.</summary>
        public List<(StoredTensor Tensor, double Value)> Constants { get; } = [];

        /// <summary>Two tensors of one canonical name, if there are any.</summary>
        public (StoredTensor Tensor, StoredTensor Other)? Twice { get; }

        /// <summary>How many tensors of the model it has by name.</summary>
        public int Known { get; }

        /// <summary>How many it has in their shapes.</summary>
        public int Fitting { get; }

        /// <summary>Takes a tied unembedding for an embedding that isn't stored itself.</summary>
        private void UseUnembedding(ModelConfig config)
        {
            var (unembedding, embedding) = TensorLayout.TiedUnembedding(config);
            if (config.TiedUnembedding && !Stored.ContainsKey(embedding) && Stored.Remove(unembedding.Name, out var tensor))
            {
                Stored.Add(embedding, tensor);
            }
        }
    }
}
