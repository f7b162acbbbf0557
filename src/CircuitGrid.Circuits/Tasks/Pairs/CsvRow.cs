using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>A row of a CSV file under its header.</summary>
/// <param name="Place">File and line.</param>
/// <param name="Columns">Where each column that is read stands.</param>
/// <param name="Fields">All fields.</param>
internal readonly record struct CsvRow(string Place, IReadOnlyDictionary<string, int> Columns, IReadOnlyList<string> Fields)
{
    /// <summary>The field of a column that the header has.</summary>
    public string this[string column] => Fields[Columns[column]];

    /// <summary>The field of a column; <see langword="null"/> where the header doesn't have it.</summary>
    public string? Find(string column) => Columns.TryGetValue(column, out var at) ? Fields[at] : null;

    public InvalidInputException Error(string reason) => new(Place, reason);
}
