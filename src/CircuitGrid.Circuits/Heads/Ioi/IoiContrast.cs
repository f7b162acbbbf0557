using System.Globalization;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Heads.Ioi;

/// <summary>
/// By how much the mean logit difference falls from IOI prompts to their corrupted forms. Effects are measured in it, so that where it may be nothing they and their shares are
/// noise divided by noise.
/// </summary>
/// <param name="Difference">m_clean − m_corrupted, in logits; not a number where the stored scores don't tell.</param>
/// <param name="Interval">Its 95 % interval over blocks of prompts; not a number at both ends for a single block, or where the stored scores don't tell.</param>
public sealed record IoiContrast(double Difference, Interval Interval)
{
    /// <summary>Logits from which on a difference counts as an effect; that of a task's metric.</summary>
    public const double SmallestEffect = 0.1;

    /// <summary>Whether the whole interval lies above <see cref="SmallestEffect"/>, so that shares of effects can be stated.</summary>
    public bool IsThere => Interval.Low > SmallestEffect;

    /// <summary>Why no shares can be stated, a sentence without its full stop; <see langword="null"/> where they can.</summary>
    public string? WhyNot => IsThere ? null : double.IsFinite(Interval.Low) ? TooSmall() : double.IsFinite(Difference) ? "one block of prompts can't tell whether corruption changes the metric" : "the stored scores don't tell by how much corruption changes the metric";

    /// <summary>
    /// From stored scores: the samples of the direct effects hold the difference summed over each block of prompts, those of the copy scores how many names (three a prompt) the
    /// block has.
    /// </summary>
    /// <returns><see langword="null"/> without effects.</returns>
    public static IoiContrast? Of(HeadScores scores)
    {
        if (scores.Ioi is not { } ioi)
        {
            return null;
        }

        if (ioi.DirectEffects.Samples is not { } effects
            || !scores.Roles.TryGetValue(HeadRole.Copying, out var copying)
            || copying.Samples is not { } names
            || names.Units != effects.Units
            || effects.Denominators.Length != effects.Units
            || names.Denominators.Length != effects.Units)
        {
            return new(double.NaN, new(double.NaN, double.NaN));
        }

        HeadSamples difference = new(effects.Units, effects.Denominators, [.. names.Denominators.Select(count => count / 3)]);
        return new(difference.Ratio(head: 0, [.. Enumerable.Range(0, effects.Units)]), HeadScoreInterval.Linear(difference, head: 0));
    }

    private string TooSmall() => string.Create(
        CultureInfo.InvariantCulture,
        $"corruption changes the mean logit difference by {Difference:G3} (95 %: {Interval.Low:G3} to {Interval.High:G3}), which isn't surely more than {SmallestEffect} logits");
}
