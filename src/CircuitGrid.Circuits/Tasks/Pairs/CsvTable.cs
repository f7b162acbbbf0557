using System.Text;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>Rows of fields (RFC 4180: commas, fields in double quotes where they hold commas, quotes or line ends).</summary>
internal static class CsvTable
{
    private const int MaxFields = 1000;

    /// <summary>Rows with the number of the line each begins on; empty lines aren't rows.</summary>
    public static IEnumerable<(int Line, List<string> Fields)> Rows(string content, string path)
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
                    throw new InvalidInputException(PairLine.PlaceOf(path, start), $"has more than {MaxFields} fields");
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
                    ? throw new InvalidInputException(PairLine.PlaceOf(path, start), "has a quote within a field that doesn't begin with one")
                    : field;
            }

            string Quoted()
            {
                var field = new StringBuilder();
                for (position++; ; position++)
                {
                    if (position >= content.Length)
                    {
                        throw new InvalidInputException(PairLine.PlaceOf(path, start), "has a quote that is never closed");
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
                    : throw new InvalidInputException(PairLine.PlaceOf(path, start), "has text after a closing quote");
            }
        }
    }
}
