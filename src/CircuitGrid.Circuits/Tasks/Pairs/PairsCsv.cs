using CircuitGrid.Circuits.Tasks.Pairs.Forms;
using CircuitGrid.Compute;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>The rows of a <c>.csv</c> pairs file. Its header says by its set of columns which form it has.</summary>
internal static class PairsCsv
{
    /// <param name="text">The file's text.</param>
    /// <param name="path">The file.</param>
    /// <param name="metric">What will be measured: some forms only go with some.</param>
    /// <param name="options">How to read it.</param>
    /// <param name="notes">Takes what people should know of how it was read.</param>
    public static IEnumerable<PairLine> Read(PairsText text, string path, MetricKind metric, PairsOptions options, ICollection<string> notes)
    {
        var columns = new PairColumns(path, CsvForms.Known, CsvForms.Descriptions, options.IgnoreColumns);
        CsvHeader? header = null;
        Func<CsvRow, PairAnswers>? answers = null;
        foreach (var (line, fields) in CsvTable.Rows(text.Content, path))
        {
            if (header is null)
            {
                header = CsvHeader.Of(fields, PairLine.PlaceOf(path, line), columns);
                columns.Finish();
                answers = header.Form.Open(new(path, metric, options.Tokenizer));
                header.AddNotes(notes);
                continue;
            }

            var row = header.Row(PairLine.PlaceOf(path, line), fields);
            yield return new(
                path,
                line,
                new(row[PairColumns.Clean], null),
                new(row[PairColumns.Corrupted], null),
                answers!(row),
                Position(row),
                row.Find(PairColumns.Template) is { Length: > 0 } template ? template : null);
        }
    }

    private static int? Position(CsvRow row) =>
        row.Find(PairColumns.Position) is not { } field || string.IsNullOrWhiteSpace(field) ? null
        : CsvNumber.TryParse(field, out var position) ? position
        : throw row.Error($"{PairColumns.Position} is \"{Text.OneLine(field)}\" where a whole number belongs, or nothing for the last position");
}
