using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Models.Suites.Known;

namespace CircuitGrid.Models.Suites;

/// <summary>
/// How the stages and branches of a training follow each other. A stage goes on where the one before it ends, and so do all of its branches; each counts
/// its steps from 0 again, unless its first comes after the last of the stage before. The clock runs on.
/// </summary>
internal static class TrainingTree
{
    /// <summary>Puts parts in order and gives each its parent and its time.</summary>
    /// <param name="parts">The parts.</param>
    /// <param name="known">What is known of the suite.</param>
    /// <param name="rules">The order of stages, where it is stated.</param>
    /// <param name="model">The model, for notes.</param>
    /// <param name="notes">Takes what people should know.</param>
    public static IEnumerable<ModelPart> Order(IReadOnlyList<ModelPart> parts, KnownSuite? known, ListingRules rules, string model, ICollection<string> notes)
    {
        ImmutableArray<string> order = !rules.Stages.IsEmpty ? rules.Stages : known?.Order ?? [];
        var placed = new List<(ModelPart Part, int? Rank)>();
        foreach (var (part, rank) in parts
            .Select(p => (Part: p, Rank: RankOf(p.Stage, order)))
            .OrderBy(p => p.Rank ?? int.MaxValue)
            .ThenBy(p => p.Part.Stage, StringComparer.Ordinal)
            .ThenBy(p => p.Part.Branch, StringComparer.Ordinal)
            .ThenBy(p => p.Part.Seed, StringComparer.Ordinal))
        {
            if (rank is null)
            {
                notes.Add($"{part.NameOf(model)}: where its stage comes in training isn't known; 'stages' in {SuiteFolder.SuiteName} says it");
            }

            placed.Add((Follow(part, rank, placed, known, model, notes), rank));
        }

        return placed.Select(p => p.Part);
    }

    private static ModelPart Follow(ModelPart part, int? rank, List<(ModelPart Part, int? Rank)> earlier, KnownSuite? known, string model, ICollection<string> notes)
    {
        var before = earlier.Where(e => e.Rank < rank && e.Part.Seed == part.Seed && !e.Part.Checkpoints.IsEmpty).ToArray();
        if (before.Length == 0)
        {
            return part;
        }

        var last = before.Max(e => e.Rank);
        ModelPart[] ends = [.. before.Where(e => e.Rank == last).Select(e => e.Part)];
        var parent = Array.Find(ends, e => e.Branch == part.Branch) ?? (ends is [var only] ? only : null);
        if (parent is null)
        {
            notes.Add($"{part.NameOf(model)}: the stage before it ends in {ends.Length} branches ({string.Join(", ", ends.Select(e => e.NameOf(model)))}); it begins from none of them alone");
            return part;
        }

        if (known?.Restarts is null && part.Checkpoints[0].Step > parent.Checkpoints[^1].Step)
        {
            notes.Add($"{part.NameOf(model)}: its steps are taken to count on from {parent.NameOf(model)}'s");
            return part with { Parent = parent };
        }

        var end = EndOf(parent, known, model, notes);
        return part with { Parent = parent, Checkpoints = [.. part.Checkpoints.Select(c => c with { Time = end.Then(c.Time) })] };
    }

    private static TrainingTime EndOf(ModelPart parent, KnownSuite? known, string model, ICollection<string> notes)
    {
        var last = parent.Checkpoints[^1];
        if (known?.Stages.FirstOrDefault(s => s.Stage == parent.Stage) is not { } stage)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{parent.NameOf(model)}: is taken to end at its last checkpoint, step {last.Step}; what comes after it begins there"));
            return last.Time;
        }

        var more = stage.Steps - last.Step;
        return new(last.Time.Steps + more, last.Time.Tokens + (more * stage.TokensPerStep), last.Time.Known);
    }

    /// <summary>Where a stage comes; <see langword="null"/> where neither the order nor a number tells.</summary>
    private static int? RankOf(string? stage, ImmutableArray<string> order)
    {
        if (!order.IsEmpty)
        {
            var at = order.IndexOf(stage ?? "", StringComparer.Ordinal);
            return at < 0 ? null : at;
        }

        if (stage is null)
        {
            return 0;
        }

        var digits = stage.AsSpan(stage.AsSpan().LastIndexOfAnyExceptInRange('0', '9') + 1);
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
