using System.Collections.Immutable;
using CircuitGrid.Models.Architectures.Gpt2;
using CircuitGrid.Models.Architectures.GptNeoX;

namespace CircuitGrid.Models.Architectures;

/// <summary>The families that can be read: where each is registered, once.</summary>
public static class Families
{
    public static ModelFamily GptNeoX { get; } = new GptNeoXFamily();

    public static ModelFamily Gpt2 { get; } = new Gpt2Family();

    /// <summary>All of them.</summary>
    public static ImmutableArray<ModelFamily> All { get; } = [GptNeoX, Gpt2];

    /// <summary>The family of a <c>model_type</c>, or <see langword="null"/>.</summary>
    public static ModelFamily? Find(string modelType) => All.FirstOrDefault(f => string.Equals(f.ModelType, modelType, StringComparison.Ordinal));
}
