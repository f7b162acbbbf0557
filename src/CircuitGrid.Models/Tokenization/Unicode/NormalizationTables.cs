namespace CircuitGrid.Models.Tokenization.Unicode;

/// <summary>Decompositions, composites and combining classes.</summary>
internal sealed class NormalizationTables
{
    private readonly Dictionary<int, int> _classes = [];

    private NormalizationTables()
    {
    }

    /// <summary>Full decompositions.</summary>
    public Dictionary<int, int[]> Decompositions { get; } = [];

    /// <summary>Primary composites by the pair they are made of.</summary>
    public Dictionary<(int First, int Second), int> Composites { get; } = [];

    /// <summary>The rank of a character's combining class; 0 where it doesn't combine.</summary>
    public int Class(int codePoint) => codePoint < 0x300 ? 0 : _classes.GetValueOrDefault(codePoint);

    /// <param name="compatibility">Whether characters that only look different decompose too.</param>
    public static NormalizationTables Read(bool compatibility)
    {
        var tables = new NormalizationTables();
        foreach (var fields in UnicodeResource.Read("canonical.txt"))
        {
            tables.AddCanonical(fields[0], UnicodeResource.CodePoints(fields.Skip(1)));
        }

        tables.ExpandDecompositions();
        if (compatibility)
        {
            foreach (var fields in UnicodeResource.Read("compatibility.txt"))
            {
                tables.AddCompatibility(fields[0], UnicodeResource.CodePoints(fields.Skip(1)));
            }
        }

        return tables;
    }

    private void AddCanonical(string kind, int[] numbers)
    {
        switch (kind)
        {
            case "c":
                for (var c = numbers[0]; c <= numbers[1]; c++)
                {
                    _classes.Add(c, numbers[2]);
                }

                break;
            case "p":
                Composites.Add((numbers[1], numbers[2]), numbers[0]);
                Decompositions.Add(numbers[0], numbers[1..]);
                break;
            case "d":
                Decompositions.Add(numbers[0], numbers[1..]);
                break;
        }
    }

    private void AddCompatibility(string kind, int[] numbers)
    {
        if (kind == "d")
        {
            Decompositions[numbers[0]] = numbers[1..];
        }
        else
        {
            for (var c = numbers[0]; c <= numbers[1]; c++)
            {
                Decompositions[c] = [numbers[2] + c - numbers[0]];
            }
        }
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
