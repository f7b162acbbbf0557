using System.Collections.Immutable;
using System.Globalization;

namespace CircuitGrid.Models.Training.Text;

/// <summary>Days, months, numbers and years in their order, from anywhere on: what a successor head would learn.</summary>
internal static class Enumerations
{
    private static readonly ImmutableArray<ImmutableArray<string>> cycles = [NanoLanguage.Days, NanoLanguage.Months];

    private static readonly ImmutableArray<string> beginnings = ["The list is", "In order:", "Then came", "So we count"];

    public static string Write(SeededRandom random)
    {
        var items = random.Next(5) switch
        {
            0 => Years(random),
            1 or 2 => Numbers(random),
            _ => Cycle(random.Pick(cycles), random),
        };
        return $"{random.Pick(beginnings)} {string.Join(random.Chance(0.5) ? ", " : " ", items)}.";
    }

    private static string[] Cycle(ImmutableArray<string> items, SeededRandom random)
    {
        var start = random.Next(items.Length);
        return Enumerable.Range(start, random.Between(3, 9)).Select(i => items[i % items.Length]).ToArray();
    }

    private static string[] Numbers(SeededRandom random)
    {
        var count = random.Between(3, 9);
        var start = random.Next(NanoLanguage.Numbers.Length - count + 1);
        return [.. NanoLanguage.Numbers.AsSpan(start, count)];
    }

    private static string[] Years(SeededRandom random)
    {
        var count = random.Between(3, 7);
        var start = random.Between(NanoLanguage.FirstCentury, NanoLanguage.LastCentury) * 100 + random.Between(1, 100 - count);
        return Enumerable.Range(start, count).Select(year => year.ToString(CultureInfo.InvariantCulture)).ToArray();
    }
}
