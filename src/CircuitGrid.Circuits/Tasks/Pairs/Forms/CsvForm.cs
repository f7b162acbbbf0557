using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Tasks.Pairs.Forms;

/// <summary>A form of CSV pairs files, told by its columns beside <c>clean</c> and <c>corrupted</c>.</summary>
/// <param name="required">Columns that say what the answers are: all are there.</param>
/// <param name="descriptions">Columns that may be there and only describe an example.</param>
internal abstract class CsvForm(ImmutableArray<string> required, ImmutableArray<string> descriptions)
{
    public ImmutableArray<string> Required { get; } = required;

    public ImmutableArray<string> Descriptions { get; } = descriptions;

    /// <summary>Columns that any file of this form may have beside its own.</summary>
    public virtual ImmutableArray<string> Optional => [PairColumns.Position, PairColumns.Template];

    /// <summary>How the answers are meant, for people, where the columns' names don't say it.</summary>
    public virtual string? Note => null;

    /// <summary>Whether columns, <c>clean</c> and <c>corrupted</c> among them, are those of this form.</summary>
    public bool Has(ImmutableArray<string> columns) =>
        ((string[])[PairColumns.Clean, PairColumns.Corrupted, .. Required]).All(x => columns.Contains(x, StringComparer.Ordinal))
        && !columns.Except([PairColumns.Clean, PairColumns.Corrupted, .. Required, .. Descriptions, .. Optional], StringComparer.Ordinal).Any();

    /// <summary>Makes what reads a row's answers.</summary>
    /// <exception cref="Compute.InvalidInputException">The form doesn't go with the metric, or the tokenizer has no tokens for its answers.</exception>
    public abstract Func<CsvRow, PairAnswers> Open(CsvContext context);
}
