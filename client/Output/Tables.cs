using CircuitGrid.Models.Files;
using Spectre.Console;

namespace CircuitGrid.Client.Output;

/// <summary>Tables that look alike everywhere: ruled on a terminal, plain columns in a file or pipe.</summary>
internal static class Tables
{
    /// <param name="console">Where the table will be shown.</param>
    /// <param name="columns">Column headings; one that begins with <c>#</c> holds numbers and is set flush right.</param>
    public static Table Create(IAnsiConsole console, params ReadOnlySpan<string> columns)
    {
        var terminal = console.Profile.Capabilities.Interactive;
        var table = new Table { Border = terminal ? TableBorder.Simple : TableBorder.None };
        foreach (var heading in columns)
        {
            var isNumeric = heading.StartsWith('#');
            var text = Markup.Escape(isNumeric ? heading[1..] : heading);
            table.AddColumn(new TableColumn(terminal ? $"[bold]{text}[/]" : text)
            {
                Alignment = isNumeric ? Justify.Right : Justify.Left,
                Padding = new Padding(0, 0, terminal ? 1 : 2, 0),
                NoWrap = isNumeric,
            });
        }

        return table;
    }

    /// <summary>Adds a row of plain texts: nothing in them is markup. What is hidden in them is made visible here, so that columns have room for it.</summary>
    public static Table Row(this Table table, params ReadOnlySpan<string> cells)
    {
        var texts = new Text[cells.Length];
        for (var i = 0; i < cells.Length; i++)
        {
            texts[i] = new Text(VisibleText.OnOneLine(cells[i]));
        }

        return table.AddRow(texts);
    }
}
