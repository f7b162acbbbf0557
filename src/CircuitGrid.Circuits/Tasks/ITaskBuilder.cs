using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>Draws the examples of one task.</summary>
internal interface ITaskBuilder
{
    /// <summary>What was kept and what was left out, for people.</summary>
    ImmutableArray<string> Notes { get; }

    /// <summary>Draws different examples.</summary>
    /// <param name="count">How many; without a number, <paramref name="usual"/> or as many as there are.</param>
    /// <param name="usual">How many there usually are.</param>
    ImmutableArray<WordedExample> Build(int? count, int usual);
}
