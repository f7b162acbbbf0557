using System.Collections.Immutable;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>How a pairs file is read.</summary>
public sealed record PairsOptions
{
    /// <summary>
    /// The model's tokenizer, made when it is needed: for prompts that are text, for the token before prompts, for years. <see langword="null"/> where there is
    /// none.
    /// </summary>
    public Lazy<Tokenizer>? Tokenizer { get; init; }

    /// <summary>What the model can be asked.</summary>
    public ModelLimits Limits { get; init; } = ModelLimits.None;

    /// <summary>Puts the model's begin token before both prompts of every example (<see cref="BeginToken"/>).</summary>
    public bool PrependBos { get; init; }

    /// <summary>The ids that the model's configuration names as begin token; none where it names none.</summary>
    public ImmutableArray<int> ConfiguredBegin { get; init; } = [];

    /// <summary>Columns or keys that somebody has looked at and says to pass over.</summary>
    public ImmutableArray<string> IgnoreColumns { get; init; } = [];

    /// <summary>How many examples to take, the first ones; <see langword="null"/> for all.</summary>
    public int? Count { get; init; }
}
