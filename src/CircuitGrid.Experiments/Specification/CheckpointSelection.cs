using System.Collections.Immutable;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Specification;

/// <summary>Which of a model's checkpoints an experiment takes.</summary>
public sealed class CheckpointSelection : IEquatable<CheckpointSelection>
{
    private CheckpointSelection(string? schedule, ImmutableSortedSet<int>? steps)
    {
        Schedule = schedule;
        Steps = steps;
    }

    /// <summary>All that the suite has.</summary>
    public static CheckpointSelection All { get; } = new(schedule: null, steps: null);

    /// <summary>Names that <see cref="Named"/> knows.</summary>
    public static ImmutableArray<string> Names { get; } = [.. CheckpointSchedule.ByName.Keys];

    /// <summary>Name of the schedule, where one was named.</summary>
    public string? Schedule { get; }

    /// <summary>The steps, ascending; <see langword="null"/> for all.</summary>
    public ImmutableSortedSet<int>? Steps { get; }

    /// <summary>
    /// Every one of these steps has to exist. Of a schedule, a suite has those it has: schedules were made for Pythia's steps.
    /// </summary>
    public bool Demanded => Steps is not null && Schedule is null;

    /// <summary>Exactly these steps.</summary>
    public static CheckpointSelection Of(IEnumerable<int> steps) => new(schedule: null, [.. steps]);

    /// <summary>A schedule of <see cref="CheckpointSchedule"/>.</summary>
    /// <returns><see langword="null"/> where there is none of that name.</returns>
    public static CheckpointSelection? Named(string name) =>
        CheckpointSchedule.ByName.TryGetValue(name, out var steps) ? new(name, [.. steps]) : null;

    /// <summary>Whether a checkpoint is taken.</summary>
    public bool Includes(int step) => Steps is null || Steps.Contains(step);

    public bool Equals(CheckpointSelection? other) => other is not null && string.Equals(ToString(), other.ToString(), StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as CheckpointSelection);

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Schedule ?? (Steps is null ? "all" : string.Join(',', Steps));
}
