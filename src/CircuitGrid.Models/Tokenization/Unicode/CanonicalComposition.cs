using System.Buffers;
using System.Globalization;
using System.Text;

namespace CircuitGrid.Models.Tokenization.Unicode;

/// <summary>
/// Unicode normalisation form C (Unicode Standard Annex 15) from its own tables. The runtime's
/// <see cref="string.Normalize()"/> needs the ICU library, leaves text as it is where that is missing, and follows whatever Unicode
/// version it finds; token ids may not depend on that.
/// </summary>
internal static class CanonicalComposition
{
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int Leads = 19, Vowels = 21, Tails = 28, Syllables = Leads * Vowels * Tails;

    /// <summary>Below U+0300 nothing decomposes into something that isn't composed again, and nothing combines.</summary>
    private static readonly SearchValues<char> s_inert = SearchValues.Create(
        [.. Enumerable.Range(0, 0x300).Select(c => (char)c)]);

    private static readonly Lazy<Tables> s_tables = new(Tables.Read);

    /// <summary>The normalised text.</summary>
    /// <param name="text">Text without unpaired surrogates.</param>
    public static string Apply(string text)
    {
        var start = text.AsSpan().IndexOfAnyExcept(s_inert);
        if (start < 0)
        {
            return text;
        }

        // The character before the first one that may change can be its base.
        start = Math.Max(0, start - 1);
        var tables = s_tables.Value;
        var decomposed = new List<int>(text.Length - start + 16);
        foreach (var rune in text.AsSpan(start).EnumerateRunes())
        {
            Decompose(rune.Value, tables, decomposed);
        }

        Reorder(decomposed, tables);
        Compose(decomposed, tables);
        var result = new StringBuilder(text.Length);
        result.Append(text, 0, start);
        Span<char> units = stackalloc char[2];
        foreach (var codePoint in decomposed)
        {
            result.Append(units[..new Rune(codePoint).EncodeToUtf16(units)]);
        }

        return result.ToString();
    }

    private static void Decompose(int codePoint, Tables tables, List<int> result)
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
    private static void Reorder(List<int> codePoints, Tables tables)
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

    private static void Compose(List<int> codePoints, Tables tables)
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

    private static int? Pair(int first, int second, Tables tables)
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

    private sealed class Tables
    {
        private readonly Dictionary<int, int> _classes = [];

        /// <summary>Full canonical decompositions.</summary>
        public Dictionary<int, int[]> Decompositions { get; } = [];

        /// <summary>Primary composites by the pair they are made of.</summary>
        public Dictionary<(int First, int Second), int> Composites { get; } = [];

        public int Class(int codePoint) => codePoint < 0x300 ? 0 : _classes.GetValueOrDefault(codePoint);

        public static Tables Read()
        {
            var tables = new Tables();
            using var stream = typeof(CanonicalComposition).Assembly.GetManifestResourceStream("CircuitGrid.Models.Unicode.canonical.txt")!;
            using var reader = new StreamReader(stream);
            while (reader.ReadLine() is { } line)
            {
                var fields = line.Split(' ');
                if (fields[0] == "#")
                {
                    continue;
                }

                var numbers = fields.Skip(1).Select(x => int.Parse(x, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray();
                switch (fields[0])
                {
                    case "c":
                        for (var c = numbers[0]; c <= numbers[1]; c++)
                        {
                            tables._classes.Add(c, numbers[2]);
                        }

                        break;
                    case "p":
                        tables.Composites.Add((numbers[1], numbers[2]), numbers[0]);
                        tables.Decompositions.Add(numbers[0], numbers[1..]);
                        break;
                    case "d":
                        tables.Decompositions.Add(numbers[0], numbers[1..]);
                        break;
                }
            }

            tables.ExpandDecompositions();
            return tables;
        }

        /// <summary>A composite's first character may be a composite itself.</summary>
        private void ExpandDecompositions()
        {
            foreach (var codePoint in Decompositions.Keys.ToArray())
            {
                while (Decompositions[codePoint] is [var first, .. var rest] && Decompositions.TryGetValue(first, out var expansion))
                {
                    Decompositions[codePoint] = [.. expansion, .. rest];
                }
            }
        }
    }
}
