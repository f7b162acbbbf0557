using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Models.Training;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Published;

/// <summary>
/// Head scores that need nothing but the model: attention on random tokens that are said twice (docs/method.md, head scores), as many as head scores take for the model. Measured when first
/// asked for.
/// </summary>
/// <param name="model">The model.</param>
internal sealed class RoleScores(Transformer model)
{
    private readonly Lazy<(HeadTable Induction, HeadTable PreviousToken, HeadTable DuplicateToken)> tables = new(() => Measure(model));

    /// <summary>The roles that it knows.</summary>
    public static ImmutableArray<HeadRole> Roles => [HeadRole.Induction, HeadRole.PreviousToken, HeadRole.DuplicateToken];

    /// <summary>Scores of all heads.</summary>
    /// <param name="role">One of <see cref="Roles"/>.</param>
    public HeadTable Of(HeadRole role) => role switch
    {
        HeadRole.Induction => tables.Value.Induction,
        HeadRole.PreviousToken => tables.Value.PreviousToken,
        HeadRole.DuplicateToken => tables.Value.DuplicateToken,
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "needs more than the model."),
    };

    private static (HeadTable Induction, HeadTable PreviousToken, HeadTable DuplicateToken) Measure(Transformer model)
    {
        var options = HeadScoreOptions.For(model.Config);
        var (first, end) = options.RandomIds ?? (0, model.Config.Vocabulary);
        var random = SeededRandom.ForStream(options.Seed, 0);
        return RepetitionScores.Tables(
            model,
            [.. Enumerable.Range(0, options.RepeatedSequences).Select(_ => Enumerable.Range(0, options.RepeatedTokens).Select(_ => random.Between(first, end - 1)).ToImmutableArray())]);
    }
}
