using CircuitGrid.Compute;
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
    /// <exception cref="InvalidInputException">A tensor is missing, there twice, of another shape or unreadable, or it isn't part of the model; or no group or several are the model.</exception>
    public static Dictionary<string, TensorSource> Match(string path, ModelConfig config, IReadOnlyList<TensorGroup> groups)
    {
        var group = Choose(path, config, groups);
        var stored = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var (name, tensor) in Named(config, group))
        {
            if (!stored.TryAdd(name, tensor))
            {
                throw new InvalidInputException(tensor.Where, $"is there twice, also as {Text.OneLine(stored[name].Name)}");
            }
        }

        var specs = TensorLayout.Of(config).ToList();
        var sources = new Dictionary<string, TensorSource>(StringComparer.Ordinal);
        foreach (var spec in specs)
        {
            if (!stored.Remove(spec.Name, out var tensor) && !RemoveTied(config, spec, stored, out tensor))
            {
                var needed = specs.Select(other => other.Name).ToHashSet(StringComparer.Ordinal);
                var foreign = stored.Where(entry => !needed.Contains(entry.Key)).Select(entry => entry.Value.Name).ToList();
                throw new InvalidInputException(
                    $"{path}: tensor {spec.Name}",
                    "is missing from the weights" + (foreign.Count > 0 ? $"; there are {List(foreign, NamesShown)}, which the model doesn't have" : ""));
            }

            sources.Add(spec.Name, new TensorSource(spec, tensor!));
        }

        if (config.TiedUnembedding)
        {
            CheckTied(config, stored, sources);
        }

        foreach (var tensor in stored.Values)
        {
            throw new InvalidInputException(tensor.Where, $"isn't part of the {config.Layers}-layer {config.Architecture} model that config.json describes");
        }

        return sources;
    }

    /// <summary>The tensors of a group by their canonical names, without those that a model doesn't need.</summary>
    private static IEnumerable<(string Name, StoredTensor Tensor)> Named(ModelConfig config, TensorGroup tensors) => tensors.Tensors.Values
        .Select(tensor => (Name: TensorLayout.Canonical(config.Architecture, WrappedNames.Unwrap(tensor.Name)), Tensor: tensor))
        .Where(entry => !TensorLayout.IsBuffer(config.Architecture, entry.Name));

    /// <summary>
    /// The group that holds the model: of those that hold all its tensors in their shapes, the one nearest to the file's top. Where there is none, the one
    /// that holds most of its names, for what follows to say what it lacks.
    /// </summary>
    private static TensorGroup Choose(string path, ModelConfig config, IReadOnlyList<TensorGroup> groups)
    {
        var fits = groups.Select(group => (Group: group, Fit: Fit(config, group))).ToList();
        if (fits.Where(fit => fit.Fit.IsWhole).GroupBy(fit => fit.Group.Depth).MinBy(level => level.Key) is { } nearest)
        {
            var keys = nearest.Select(fit => fit.Group.Key).ToList();
            return keys.Count == 1
                ? nearest.First().Group
                : throw new InvalidInputException(path, $"holds the model's tensors more than once, under {List(keys, GroupsShown)}; save those that are meant as a file of their own");
        }

        var best = fits.MaxBy(fit => fit.Fit.Known);
        return best.Fit.Known > 0
            ? best.Group
            : throw new InvalidInputException(path, $"has none of the model's tensors, such as {TensorLayout.Of(config).First().Name}; {Describe(groups)}");
    }

    /// <summary>How many tensors of the model a group has by name, and whether it has all of them in their shapes.</summary>
    private static (bool IsWhole, int Known) Fit(ModelConfig config, TensorGroup group)
    {
        var shapes = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var (name, tensor) in Named(config, group))
        {
            shapes.TryAdd(name, tensor);
        }

        var (isWhole, known) = (true, 0);
        foreach (var spec in TensorLayout.Of(config))
        {
            var isThere = shapes.TryGetValue(spec.Name, out var tensor) || RemoveTied(config, spec, shapes, out tensor);
            known += isThere ? 1 : 0;
            isWhole &= isThere && tensor!.Shape.SequenceEqual(spec.Shape.Select(extent => (long)extent));
        }

        return (isWhole, known);
    }

    /// <summary>Takes the unembedding for an embedding that it is tied to and that isn't stored itself.</summary>
    private static bool RemoveTied(ModelConfig config, TensorSpec spec, Dictionary<string, StoredTensor> stored, out StoredTensor? tensor)
    {
        tensor = null;
        return config.TiedUnembedding
            && TensorLayout.TiedUnembedding(config) is var (unembedding, embedding)
            && embedding == spec.Name
            && stored.Remove(unembedding.Name, out tensor);
    }

    /// <summary>Takes out an unembedding that is stored although it is tied, after making sure that it really is the embedding.</summary>
    private static void CheckTied(ModelConfig config, Dictionary<string, StoredTensor> stored, Dictionary<string, TensorSource> sources)
    {
        var (spec, embedding) = TensorLayout.TiedUnembedding(config);
        if (stored.Remove(spec.Name, out var tensor) && !TensorReader.AreEqual(new TensorSource(spec, tensor), sources[embedding]))
        {
            throw new InvalidInputException(tensor.Where, $"differs from {embedding}, although config.json says they are tied; if they aren't, set tie_word_embeddings to false");
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
                parts.Add($"{where}there are the tensors {List(group.Tensors.Keys, NamesShown)}");
            }

            if (group.Others.Length > 0 && group.Depth == 0)
            {
                parts.Add($"there are the keys {List(group.Others, GroupsShown)}");
            }
        }

        return parts.Count == 0 ? "there are no tensors" : string.Join("; ", parts);
    }

    /// <summary>The first few of some names, and how many more there are.</summary>
    private static string List(IEnumerable<string> names, int shown)
    {
        var all = names.ToList();
        var first = all.Take(shown).Select(Text.OneLine).ToList();
        var more = all.Count - first.Count;
        return more > 0 ? $"{string.Join(", ", first)} and {more} more"
            : first.Count == 1 ? first[0]
            : $"{string.Join(", ", first[..^1])} and {first[^1]}";
    }
}
