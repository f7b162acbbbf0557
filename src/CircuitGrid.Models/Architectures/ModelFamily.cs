using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures.Weights;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Architectures;

/// <summary>
/// A family of models that share a <c>model_type</c>: everything that it alone knows. What a model of it computes is said by its
/// <see cref="ModelConfig"/> in switches that all families share. Registered in <see cref="Families"/>.
/// </summary>
public abstract class ModelFamily
{
    /// <summary>Its <c>model_type</c> in <c>config.json</c>.</summary>
    public abstract string ModelType { get; }

    /// <summary>Its name in keys of results; never changes.</summary>
    public virtual string Name => ModelType;

    /// <summary>Hugging Face's class for it, which <c>config.json</c> names.</summary>
    internal abstract string ClassName { get; }

    /// <summary>What canonical names of its tensors begin with, but for the unembedding's.</summary>
    internal abstract string Prefix { get; }

    /// <summary>Canonical name of the embedding.</summary>
    internal abstract string EmbeddingName { get; }

    /// <summary>Canonical name of the unembedding.</summary>
    internal virtual string UnembeddingName => "lm_head.weight";

    /// <summary>Ends of the names of tensors that its modules carry along and that follow from the configuration.</summary>
    internal virtual ImmutableArray<string> Buffers => [];

    /// <summary>
    /// Ends of the names of tensors of one element that files may have besides, and the only value that each may hold, in whatever type it is stored.
    /// </summary>
    internal virtual ImmutableArray<(string End, double Value)> Constants => [];

    /// <summary>Reads its configuration and refuses what can't be served; must have looked at every key that means something.</summary>
    /// <exception cref="InvalidInputException">A value is missing, out of range, contradicts another, or can't be served.</exception>
    internal abstract ModelConfig Read(JsonInput json, ForeignKeys foreign);

    /// <summary>Writes what <see cref="Read"/> reads, but for what all families write.</summary>
    internal abstract void Write(Utf8JsonWriter json, ModelConfig config);

    /// <summary>What this family can't have, as a sentence without its full stop; <see langword="null"/> for a sound configuration.</summary>
    internal virtual string? FindFault(ModelConfig config)
    {
        var (stated, possible) = (config.ToCanonicalString().Split(' '), Nearest(config).ToCanonicalString().Split(' '));
        return stated.Except(possible, StringComparer.Ordinal).ToList() is { Count: > 0 } more
            ? $"a {ModelType} model can't have {string.Join(", ", more)}"
            : possible.Except(stated, StringComparer.Ordinal).ToList() is { Count: > 0 } less ? $"a {ModelType} model can't be without {string.Join(", ", less)}" : null;
    }

    /// <summary>A configuration that a model of this family can have: the given one but for switches that can't be so.</summary>
    internal abstract ModelConfig Nearest(ModelConfig config);

    /// <summary>A nonlinearity of those that families before the gated ones have.</summary>
    private protected static Activation Plain(Activation activation) => activation is Activation.Gelu or Activation.GeluTanh or Activation.Relu ? activation : Activation.Gelu;

    /// <summary>All tensors of a model but the unembedding, by canonical name and shape, in the order of its computation.</summary>
    internal abstract IEnumerable<TensorSpec> Tensors(ModelConfig config);

    /// <summary>Where a checkpoint keeps its matrices.</summary>
    /// <param name="source">The checkpoint.</param>
    /// <param name="fold">Whether matrices and biases have the norm before them folded in; otherwise they are those that are stored.</param>
    internal abstract WeightLayout Layout(ITensorSource source, bool fold);

    /// <summary>The canonical form of a name that a file or a caller uses.</summary>
    internal string Canonical(string name) => name == UnembeddingName || name.StartsWith(Prefix, StringComparison.Ordinal) ? name : Prefix + name;

    public override string ToString() => Name;
}
