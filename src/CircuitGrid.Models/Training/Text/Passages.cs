using System.Collections.Immutable;
using System.Text;

namespace CircuitGrid.Models.Training.Text;

/// <summary>
/// A random motif said two to six times in a row: nothing predicts its words but its own earlier appearance, which is what an induction
/// head looks up. Motifs repeated only once are too rare a reward for it to form.
/// </summary>
internal static class Passages
{
    private const int ShortestMotif = 3;

    private const int LongestShortMotif = 14;

    private const int LongestMotif = 30;

    private const int MostWords = 60;

    private const double ShortShare = 0.6;

    public static string Write(ImmutableArray<string> words, SeededRandom random)
    {
        var length = random.Between(ShortestMotif, random.Chance(ShortShare) ? LongestShortMotif : LongestMotif);
        var motif = Enumerable.Range(0, length).Select(_ => random.Pick(words)).ToArray();
        var times = Math.Min(random.Between(2, 6), MostWords / motif.Length);
        var passage = new StringBuilder();
        for (var i = 0; i < times * motif.Length; i++)
        {
            passage.Append(' ').Append(motif[i % motif.Length]);
        }

        return passage.ToString();
    }
}
