using System.Collections.Immutable;
using System.Globalization;

namespace CircuitGrid.Models.Training.Text;

/// <summary>
/// Sentences about something that lasted from one year to a later one: greater-than. Three in five have the wording of the task; no span is
/// longer than <see cref="NanoLanguage.LongestSpan"/>.
/// </summary>
internal static class Histories
{
    /// <summary>The task's own wording, <c>{N}</c> the event and <c>{Y}</c>, <c>{Z}</c> its years.</summary>
    public const string TaskWording = "The {N} lasted from the year {Y} to the year {Z}.";

    private static readonly ImmutableArray<string> otherWordings =
    [
        "The {N} began in {Y} and ended in {Z}.", "In {Y} the {N} began. Then it ended in {Z}.", "From {Y} to {Z} there was a {N}.",
        "The {N} of {Y} was over in {Z}.", "The {N} went on from {Y} to {Z}.", "In the year {Z} the {N} of {Y} ended.",
    ];

    public static string Write(SeededRandom random)
    {
        string lasting;
        int start;
        do
        {
            lasting = random.Pick(NanoLanguage.Events);
            start = random.Between(NanoLanguage.FirstCentury, NanoLanguage.LastCentury) * 100 + random.Between(1, 98);
        }
        while (HeldOut.HasStart(lasting, start));

        var lastEnd = Math.Min(start + NanoLanguage.LongestSpan, start / 100 * 100 + 99);
        var end = random.Between(start + 1, lastEnd);
        var wording = random.Chance(0.6) ? TaskWording : random.Pick(otherWordings);
        return Wording.Fill(wording, ("N", lasting), ("Y", start.ToString(CultureInfo.InvariantCulture)), ("Z", end.ToString(CultureInfo.InvariantCulture)));
    }
}
