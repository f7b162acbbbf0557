using System.Buffers;
using System.Text;

namespace CircuitGrid.Models.Tokenization.Unicode;

/// <summary>
/// The normalisation forms of Unicode Standard Annex 15 from their own tables. The runtime's <see cref="string.Normalize()"/> needs the ICU library, leaves text
/// as it is where that is missing, and follows whatever Unicode version it finds; token ids may not depend on that. The tables are those of Unicode 9.0, by which
/// the Hugging Face library normalises: later characters stay as they are.
/// </summary>
internal static class UnicodeNormalization
{
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int Leads = 19, Vowels = 21, Tails = 28, Syllables = Leads * Vowels * Tails;

    /// <summary>Below U+0300 nothing decomposes into something that isn't composed again, and nothing combines.</summary>
    private static readonly SearchValues<char> s_inertComposed = SearchValues.Create([.. Enumerable.Range(0, 0x300).Select(c => (char)c)]);

    /// <summary>Below U+00A0 nothing decomposes, whatever the form.</summary>
    private static readonly SearchValues<char> s_inert = SearchValues.Create([.. Enumerable.Range(0, 0xA0).Select(c => (char)c)]);

    private static readonly Lazy<NormalizationTables> s_canonical = new(() => NormalizationTables.Read(compatibility: false));
    private static readonly Lazy<NormalizationTables> s_compatibility = new(() => NormalizationTables.Read(compatibility: true));

    /// <summary>The normalised text.</summary>
    /// <param name="text">Text without unpaired surrogates.</param>
    /// <param name="form">The form: composed (C, KC) or decomposed (D, KD), by canonical or also by compatibility decompositions (KC, KD).</param>
    public static string Apply(string text, NormalizationForm form)
    {
        var start = text.AsSpan().IndexOfAnyExcept(form == NormalizationForm.FormC ? s_inertComposed : s_inert);
        if (start < 0)
        {
            return text;
        }

        // The character before the first one that may change can be its base.
        start = Math.Max(0, start - 1);
        var tables = (form is NormalizationForm.FormC or NormalizationForm.FormD ? s_canonical : s_compatibility).Value;
        var codePoints = new List<int>(text.Length - start + 16);
        foreach (var rune in text.AsSpan(start).EnumerateRunes())
        {
            Decompose(rune.Value, tables, codePoints);
        }

        Reorder(codePoints, tables);
        if (form is NormalizationForm.FormC or NormalizationForm.FormKC)
        {
            Compose(codePoints, tables);
        }

        var result = new StringBuilder(text.Length);
        result.Append(text, 0, start);
        Span<char> units = stackalloc char[2];
        foreach (var codePoint in codePoints)
        {
            result.Append(units[..new Rune(codePoint).EncodeToUtf16(units)]);
        }

        return result.ToString();
    }

    private static void Decompose(int codePoint, NormalizationTables tables, List<int> result)
    {
        if ((uint)(codePoint - HangulBase) < Syllables)
        {
            var syllable = codePoint - HangulBase;
            result.Add(LeadBase + (syllable / (Vowels * Tails)));
            result.Add(VowelBase + (syllable % (Vowels * Tails) / Tails));
            if (syllable % Tails != 0)
            {
                result.Add(TailBase + (syllable % Tails));
            }
        }
        else if (tables.Decompositions.TryGetValue(codePoint, out var sequence))
        {
            result.AddRange(sequence);
        }
        else
        {
            result.Add(codePoint);
        }
    }

    /// <summary>Sorts every run of combining characters by class, keeping the order within a class.</summary>
    private static void Reorder(List<int> codePoints, NormalizationTables tables)
    {
        for (var i = 0; i < codePoints.Count;)
        {
            var end = i;
            while (end < codePoints.Count && tables.Class(codePoints[end]) != 0)
            {
                end++;
            }

            if (end - i > 1)
            {
                var keys = new long[end - i];
                for (var k = 0; k < keys.Length; k++)
                {
                    keys[k] = ((long)tables.Class(codePoints[i + k]) << 32) | (uint)k;
                }

                var run = codePoints.GetRange(i, end - i).ToArray();
                Array.Sort(keys, run);
                for (var k = 0; k < run.Length; k++)
                {
                    codePoints[i + k] = run[k];
                }
            }

            i = end + 1;
        }
    }

    private static void Compose(List<int> codePoints, NormalizationTables tables)
    {
        var starter = -1;
        var previousClass = 0;
        var length = 0;
        for (var i = 0; i < codePoints.Count; i++)
        {
            var codePoint = codePoints[i];
            var combiningClass = tables.Class(codePoint);
            // Blocked: something of the same or a higher class, or another starter, stands between.
            var adjacent = starter == length - 1;
            if (starter >= 0 && (adjacent || previousClass < combiningClass)
                && Pair(codePoints[starter], codePoint, tables) is { } composite)
            {
                codePoints[starter] = composite;
                continue;
            }

            if (combiningClass == 0)
            {
                starter = length;
            }

            previousClass = combiningClass;
            codePoints[length++] = codePoint;
        }

        codePoints.RemoveRange(length, codePoints.Count - length);
    }

    private static int? Pair(int first, int second, NormalizationTables tables)
    {
        if ((uint)(first - LeadBase) < Leads && (uint)(second - VowelBase) < Vowels)
        {
            return HangulBase + ((((first - LeadBase) * Vowels) + (second - VowelBase)) * Tails);
        }

        if ((uint)(first - HangulBase) < Syllables && (first - HangulBase) % Tails == 0 && second > TailBase && second < TailBase + Tails)
        {
            return first + (second - TailBase);
        }

        return tables.Composites.TryGetValue((first, second), out var composite) ? composite : null;
    }
}
