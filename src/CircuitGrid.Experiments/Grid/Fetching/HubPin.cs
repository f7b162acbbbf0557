using System.Collections.Immutable;
using CircuitGrid.Models.Suites.Sources;

namespace CircuitGrid.Experiments.Grid.Fetching;

/// <summary>A checkpoint on the hub as one machine names it to another: nothing in it can come to mean something else.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Commit">The commit, 40 hexadecimal digits.</param>
/// <param name="Part">The folder in it; empty for all of it.</param>
/// <param name="Shared">The commit that <c>main</c> was, whose tokenizer serves checkpoints without one; <see langword="null"/> for none.</param>
/// <param name="Files">Names and digests of the files that hold its weights.</param>
public sealed record HubPin(string Repository, string Commit, string Part, string? Shared, ImmutableArray<FileDigest> Files);
