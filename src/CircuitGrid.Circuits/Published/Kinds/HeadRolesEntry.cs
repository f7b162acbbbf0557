using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Published;

/// <summary>What somebody has found heads to be for. Beside it stands what the same heads score here and their rank among all heads: a comparison, and no verdict.</summary>
public sealed record HeadRolesEntry : PublishedEntry
{
    public override string Kind => PublishedKinds.HeadRoles;

    public override int Count => Roles.Sum(r => r.Heads.Length);

    public required ImmutableArray<PublishedRole> Roles { get; init; }

    protected override ImmutableArray<CheckedValue> Compare(CheckSubject subject, CancellationToken cancellation)
    {
        var config = subject.Model.Config;
        if (Roles.SelectMany(r => r.Heads).FirstOrDefault(h => h.Head.Layer >= config.Layers || h.Head.Head >= config.Heads) is { } outside)
        {
            throw new InvalidInputException("heads", $"{outside.Head} isn't one of the model's {config.Layers} layers of {config.Heads}");
        }

        return
        [
            .. Roles.Select(role =>
            {
                cancellation.ThrowIfCancellationRequested();
                var table = role.Measured is { } measured ? subject.RoleScores.Of(measured) : null;
                return new CheckedValue(role.Name, string.Join(", ", role.Heads), table is null ? "not measured here" : string.Join(", ", role.Heads.Select(h => Describe(h.Head, table))), CheckVerdict.Finding);
            }),
        ];
    }

    private static string Describe(HeadIndex head, HeadTable table)
    {
        var rank = 1 + table.Values.Count(v => v > table[head]);
        return string.Create(CultureInfo.InvariantCulture, $"{head} {table[head]:F2} (#{rank} of {table.Values.Length})");
    }
}

/// <summary>Heads of one role.</summary>
/// <param name="Name">The role as its source calls it.</param>
/// <param name="Measured">The score that stands beside it here; <see langword="null"/> for none.</param>
/// <param name="Heads">The heads.</param>
public sealed record PublishedRole(string Name, HeadRole? Measured, ImmutableArray<PublishedHead> Heads);

/// <summary>A head, and the score that its source gives it.</summary>
/// <param name="Head">The head.</param>
/// <param name="Score">The score; <see langword="null"/> for none.</param>
public sealed record PublishedHead(HeadIndex Head, double? Score)
{
    /// <summary>The head's name, and its score where there is one.</summary>
    public override string ToString() => Score is { } score ? string.Create(CultureInfo.InvariantCulture, $"{Head} {score:R}") : Head.ToString();
}
