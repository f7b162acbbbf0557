using System.Collections.Immutable;
using CircuitGrid.Compute;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks.Pairs.Forms;

/// <summary>Two columns with the ids of the right and of the wrong answers: <c>17</c> or <c>[17, 4]</c>.</summary>
/// <param name="correct">Column of the right ones.</param>
/// <param name="incorrect">Column of the wrong ones.</param>
/// <param name="descriptions">Columns that only describe an example.</param>
internal sealed class AnswerIdsForm(string correct, string incorrect, params ImmutableArray<string> descriptions) : CsvForm([correct, incorrect], descriptions)
{
    /// <summary>
    /// Whether the form's authors add up the logits of several answers. Here <c>logit-diff</c> takes their mean, which is another metric wherever there are
    /// several.
    /// </summary>
    public bool AddsLogits { get; init; }

    public override Func<CsvRow, PairAnswers> Open(CsvContext context)
    {
        var single = AddsLogits && context.Metric == MetricKind.LogitDifference;
        return row => new(Ids(row, correct, single), Ids(row, incorrect, single));
    }

    private static ImmutableArray<int> Ids(CsvRow row, string column, bool single)
    {
        var field = row[column];
        var list = field.Trim();
        var isList = list is ['[', .., ']'];
        var inner = isList ? list[1..^1] : list;
        var ids = isList && string.IsNullOrWhiteSpace(inner) ? [] : inner.Split(',').Select(x => Id(row, column, field, x)).ToImmutableArray();
        return ids.Length > 1 && !isList ? throw NoIds(row, column, field)
            : ids.Length > 1 && single ? throw row.Error($"{column} has {ids.Length} answers. The data set's authors add up their logits, where logit-diff takes the mean; measure it by prob-diff, which is the same for both")
            : ids;
    }

    private static int Id(CsvRow row, string column, string field, string text) =>
        CsvNumber.TryParse(text, out var id) ? id : throw NoIds(row, column, field);

    private static InvalidInputException NoIds(CsvRow row, string column, string field) =>
        row.Error($"{column} is \"{Text.OneLine(field)}\" where an id or a list like [1, 2] belongs");
}
