namespace CircuitGrid.Models.Training.Text;

/// <summary>Fills the slots of a wording.</summary>
internal static class Wording
{
    /// <summary>Replaces every <c>{slot}</c> by its word.</summary>
    public static string Fill(string wording, params ReadOnlySpan<(string Slot, string Word)> words)
    {
        foreach (var (slot, word) in words)
        {
            wording = wording.Replace($"{{{slot}}}", word, StringComparison.Ordinal);
        }

        return wording;
    }

    /// <summary>Two different items.</summary>
    public static (T First, T Second) PickTwo<T>(SeededRandom random, IReadOnlyList<T> items)
    {
        var first = random.Next(items.Count);
        var second = random.Next(items.Count - 1);
        return (items[first], items[second < first ? second : second + 1]);
    }
}
