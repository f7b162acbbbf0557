using System.Collections.Immutable;

namespace CircuitGrid.Benchmarks.Documents;

/// <summary>A table as the documents have it.</summary>
/// <param name="Columns">Head of every column; the first one's may be empty.</param>
/// <param name="Rows">Cells of every row, as many as there are columns.</param>
internal sealed record MarkdownTable(ImmutableArray<string> Columns, ImmutableArray<ImmutableArray<string>> Rows)
{
    /// <summary>What the rows are of: their first cells.</summary>
    public IEnumerable<string> Labels => Rows.Select(r => r[0]);

    public void Write(TextWriter output)
    {
        WriteLine(output, Columns);
        output.Write('|');
        foreach (var _ in Columns)
        {
            output.Write("---|");
        }

        output.WriteLine();
        foreach (var row in Rows)
        {
            WriteLine(output, row);
        }
    }

    private static void WriteLine(TextWriter output, IEnumerable<string> cells)
    {
        output.Write('|');
        foreach (var cell in cells)
        {
            output.Write(cell.Length == 0 ? " |" : $" {cell} |");
        }

        output.WriteLine();
    }
}
