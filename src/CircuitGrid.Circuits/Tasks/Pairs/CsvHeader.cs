using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Tasks.Pairs.Forms;
using CircuitGrid.Compute;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>The header of a CSV pairs file.</summary>
internal sealed class CsvHeader
{
    /// <summary>What pandas calls an index that it has written without a name and read again.</summary>
    private const string UnnamedIndex = "Unnamed: 0";

    private readonly int _width;
    private readonly bool _hasIndex;
    private readonly ImmutableDictionary<string, int> _columns;
    private readonly HashSet<long> _indices = [];

    private CsvHeader(IReadOnlyList<string> fields, bool hasIndex, ImmutableArray<string> read, CsvForm form)
    {
        _width = fields.Count;
        _hasIndex = hasIndex;
        _columns = Enumerable.Range(hasIndex ? 1 : 0, fields.Count - (hasIndex ? 1 : 0)).Where(i => read.Contains(fields[i], StringComparer.Ordinal)).ToImmutableDictionary(i => fields[i], StringComparer.Ordinal);
        Form = form;
    }

    /// <summary>What the columns mean.</summary>
    public CsvForm Form { get; }

    /// <param name="fields">The header's fields.</param>
    /// <param name="place">Where it stands.</param>
    /// <param name="columns">What names mean.</param>
    /// <exception cref="InvalidInputException">A column is unknown, without a name or there twice, or no form has these columns.</exception>
    public static CsvHeader Of(IReadOnlyList<string> fields, string place, PairColumns columns)
    {
        if (fields is [var only] && only.AsSpan().IndexOfAny(";\t") is >= 0 and var at)
        {
            throw new InvalidInputException(place, $"has one column, '{Text.OneLine(only)}'; its fields seem to be separated by {(only[at] == ';' ? "semicolons" : "tabs")}, where commas are read: save it with commas");
        }

        var hasIndex = fields[0] is "" or UnnamedIndex;
        var names = fields.Skip(hasIndex ? 1 : 0).ToArray();
        if (names.Contains("", StringComparer.Ordinal))
        {
            throw new InvalidInputException(place, "has a column without a name; only the first may be without one, as an index of the rows");
        }

        if (names.GroupBy(x => x, StringComparer.Ordinal).FirstOrDefault(x => x.Count() > 1) is { } twice)
        {
            throw new InvalidInputException(place, $"has the column '{Text.OneLine(twice.Key)}' twice");
        }

        var read = names.Where(x => columns.Reads(x, place, "column")).ToImmutableArray();
        return new(fields, hasIndex, read, CsvForms.Find(read, place));
    }

    /// <summary>A row under this header.</summary>
    /// <exception cref="InvalidInputException">It has another number of fields, or its index is none.</exception>
    public CsvRow Row(string place, IReadOnlyList<string> fields)
    {
        if (fields.Count != _width)
        {
            throw new InvalidInputException(place, $"has {fields.Count} fields, but the header has {_width}");
        }

        // Published files are shuffled and filtered, and keep the index that their rows had before.
        return !_hasIndex || (long.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index) && _indices.Add(index))
            ? new(place, _columns, fields)
            : throw new InvalidInputException(place, $"has \"{Text.OneLine(fields[0])}\" in the column without a name, which is only passed over where it numbers the rows, each once");
    }

    /// <summary>Says what is read in which way, where the columns don't say it themselves.</summary>
    public void AddNotes(ICollection<string> notes)
    {
        if (Form.Note is { } note)
        {
            notes.Add(note);
        }

        if (_columns.Keys.Where(x => Form.Descriptions.Contains(x, StringComparer.Ordinal)).Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } descriptions)
        {
            notes.Add($"not read, as they only describe: {string.Join(", ", descriptions)}");
        }
    }
}
