namespace CircuitGrid.Models.Tokenization.Unicode;

/// <summary>The lines of a table that is part of the program.</summary>
internal static class UnicodeResource
{
    /// <summary>The fields of every line, but for comments.</summary>
    /// <param name="name">The table's file.</param>
    public static IEnumerable<string[]> Read(string name)
    {
        using var stream = typeof(UnicodeResource).Assembly.GetManifestResourceStream("CircuitGrid.Models.Unicode." + name)!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line[0] != '#')
            {
                yield return line.Split(' ');
            }
        }
    }

    /// <summary>Code points, each in hexadecimal digits.</summary>
    public static int[] CodePoints(IEnumerable<string> fields) => [.. fields.Select(f => Convert.ToInt32(f, 16))];
}
