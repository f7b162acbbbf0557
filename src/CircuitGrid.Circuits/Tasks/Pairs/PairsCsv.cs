using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using CircuitGrid.Compute;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>The rows of a <c>.csv</c> pairs file (RFC 4180: commas, fields in double quotes where they hold commas, quotes or line ends).</summary>
internal static class PairsCsv
{
    private const int MaxFields = 1000;

    private static readonly ImmutableArray<string> s_columns = ["clean", "corrupted", "correct_idx", "incorrect_idx"];

    public static IEnumerable<PairLine> Read(string content, string path)
    {
        int[]? columns = null;
        var width = 0;
        foreach (var (line, fields) in Rows(content, path))
        {
            var place = $"{path}: line {line}";
            if (columns is null)
            {
                columns = [.. s_columns.Select(x => fields.IndexOf(x))];
                width = fields.Count;
                if (s_columns.Any(x => fields.Count(field => field == x) != 1))
                {
                    throw new InvalidInputException(place, $"must be a header with the columns {string.Join(", ", s_columns)}, each once");
                }

                continue;
            }

            if (fields.Count != width)
            {
                throw new InvalidInputException(place, $"has {fields.Count} fields, but the header has {width}");
            }

            yield return new(
                place,
                new(fields[columns[0]], null),
                new(fields[columns[1]], null),
                Ids(fields[columns[2]], s_columns[2], place),
                Ids(fields[columns[3]], s_columns[3], place),
                Position: null);
        }
    }

    private static ImmutableArray<int> Ids(string field, string column, string place)
    {
        var list = field.Trim();
        if (list is ['[', .., ']'])
        {
            list = list[1..^1];
            if (string.IsNullOrWhiteSpace(list))
            {
                return [];
            }
        }
        else if (list.Contains(',', StringComparison.Ordinal))
        {
            throw NoIds();
        }

        return [.. list.Split(',').Select(x => int.TryParse(x, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var id) ? id : throw NoIds())];

        InvalidInputException NoIds() => new(place, $"{column} is \"{Text.OneLine(field)}\" where an id or a list like [1, 2] belongs");
    }

    /// <summary>Rows with the number of the line each begins on; empty lines aren't rows.</summary>
    private static IEnumerable<(int Line, List<string> Fields)> Rows(string content, string path)
    {
        var position = 0;
        var line = 1;
        while (position < content.Length)
        {
            if (content[position] is '\n' or '\r')
            {
                line += content[position++] == '\n' ? 1 : 0;
                continue;
            }

            var start = line;
            var fields = new List<string>();
            while (true)
            {
                fields.Add(position < content.Length && content[position] == '"' ? Quoted() : Plain());
                if (position == content.Length || content[position] != ',')
                {
                    break;
                }

                if (fields.Count == MaxFields)
                {
                    throw new InvalidInputException($"{path}: line {start}", $"has more than {MaxFields} fields");
                }

                position++;
            }

            yield return (start, fields);

            string Plain()
            {
                var length = content.AsSpan(position).IndexOfAny(",\r\n");
                var field = length < 0 ? content[position..] : content.Substring(position, length);
                position += field.Length;
                return field.Contains('"', StringComparison.Ordinal)
                    ? throw new InvalidInputException($"{path}: line {start}", "has a quote within a field that doesn't begin with one")
                    : field;
            }

            string Quoted()
            {
                var field = new StringBuilder();
                for (position++; ; position++)
                {
                    if (position >= content.Length)
                    {
                        throw new InvalidInputException($"{path}: line {start}", "has a quote that is never closed");
                    }

                    if (content[position] != '"')
                    {
                        line += content[position] == '\n' ? 1 : 0;
                        field.Append(content[position]);
                    }
                    else if (position + 1 < content.Length && content[position + 1] == '"')
                    {
                        field.Append(content[position++]);
                    }
                    else
                    {
                        break;
                    }
                }

                position++;
                return position == content.Length || content[position] is ',' or '\r' or '\n'
                    ? field.ToString()
                    : throw new InvalidInputException($"{path}: line {start}", "has text after a closing quote");
            }
        }
    }
}
