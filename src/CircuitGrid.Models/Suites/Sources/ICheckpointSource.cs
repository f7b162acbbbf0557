using System.Collections.Immutable;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Suites.Sources;

/// <summary>
/// Where a model's checkpoints come from: which there are, what they are called, and what is known of their files before one is read. A source reads no names:
/// what they say is the same wherever they stand.
/// </summary>
public interface ICheckpointSource
{
    /// <summary>What the model is called there.</summary>
    string Model { get; }

    /// <summary>What may be checkpoints of the model, in the order of their names.</summary>
    /// <exception cref="InvalidInputException">The source can't be listed.</exception>
    ImmutableArray<FoundCheckpoint> List();

    /// <summary>The digests of a checkpoint's files that are known without reading them, by name; empty where none are.</summary>
    /// <exception cref="InvalidInputException">The checkpoint can't be listed.</exception>
    ImmutableArray<FileDigest> Digests(FoundCheckpoint checkpoint);
}
