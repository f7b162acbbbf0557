using System.Text;
using System.Text.Json;

namespace CircuitGrid.Circuits.Tests.Files;

/// <summary>Every way to change one key of a JSON document: its name, the kind of its value, how often it is there, and what stands beside it.</summary>
internal static class KeyMutations
{
    private static readonly string[] s_values = ["null", "true", "false", "0", "7", "-1.5", "1e400", "\"\"", "\"text\"", "\"true\"", "[]", "[true]", "{}", "{\"x\":1}"];

    /// <param name="json">The document.</param>
    /// <returns>What was done and the document after it.</returns>
    public static IEnumerable<(string What, string Json)> Of(string json)
    {
        using var document = JsonDocument.Parse(json);
        var keys = Paths(document.RootElement, "").ToList();
        string[] names = [.. keys.Select(k => k[(k.LastIndexOf('/') + 1)..]).Distinct()];
        foreach (var path in keys)
        {
            var name = path[(path.LastIndexOf('/') + 1)..];
            string[] others = [.. names.Where((n, i) => n != name && (names.Length < 12 || i % (names.Length / 6) == 0))];
            foreach (var other in (string[])[name + "s", name[..^1], name.ToUpperInvariant(), "_" + name, " " + name, "other", .. others])
            {
                yield return ($"{path} renamed to {other}", Write(document.RootElement, path, (_, value) => [(other, value)]));
            }

            foreach (var value in s_values)
            {
                if (!IsOfKind(document.RootElement, path, value))
                {
                    yield return ($"{path} set to {value}", Write(document.RootElement, path, (key, _) => [(key, value)]));
                }
            }

            foreach (var value in (string[])["null", "true", "7", "{\"x\":1}"])
            {
                foreach (var other in (string[])["other", name + "s", others.FirstOrDefault() ?? "x"])
                {
                    yield return ($"{other}: {value} added beside {path}", Write(document.RootElement, path, (key, own) => [(key, own), (other, value)]));
                }

                yield return ($"{path} given twice, {value} first", Write(document.RootElement, path, (key, own) => [(key, value), (key, own)]));
                yield return ($"{path} given twice, {value} last", Write(document.RootElement, path, (key, own) => [(key, own), (key, value)]));
            }
        }
    }

    /// <summary>Whether a value is another of the kind that stands at a path, which is a change of what the file says and not of how.</summary>
    private static bool IsOfKind(JsonElement root, string path, string value)
    {
        var own = "";
        Write(root, path, (key, text) => [(key, own = text)]);
        return Kind(own[0]) == Kind(value[0]);

        static char Kind(char first) => first is 't' or 'f' ? 't' : char.IsAsciiDigit(first) || first == '-' ? '0' : first;
    }

    private static IEnumerable<string> Paths(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(p => Paths(p.Value, $"{path}/{p.Name}").Prepend($"{path}/{p.Name}")),
        JsonValueKind.Array => value.EnumerateArray().SelectMany((item, i) => Paths(item, $"{path}/[{i}]")),
        _ => [],
    };

    private static string Write(JsonElement root, string target, Func<string, string, (string Key, string Value)[]> change)
    {
        var text = new StringBuilder();
        Write(root, "");
        return text.ToString();

        void Write(JsonElement value, string path)
        {
            switch (value.ValueKind)
            {
                case JsonValueKind.Object:
                    text.Append('{');
                    foreach (var property in value.EnumerateObject())
                    {
                        var here = $"{path}/{property.Name}";
                        if (here == target)
                        {
                            text.AppendJoin(',', change(property.Name, property.Value.GetRawText()).Select(x => $"{JsonSerializer.Serialize(x.Key)}:{x.Value}"));
                        }
                        else
                        {
                            text.Append(JsonSerializer.Serialize(property.Name)).Append(':');
                            Write(property.Value, here);
                        }

                        text.Append(',');
                    }

                    Close('}');
                    break;
                case JsonValueKind.Array:
                    text.Append('[');
                    foreach (var (item, i) in value.EnumerateArray().Select((item, i) => (item, i)))
                    {
                        Write(item, $"{path}/[{i}]");
                        text.Append(',');
                    }

                    Close(']');
                    break;
                default:
                    text.Append(value.GetRawText());
                    break;
            }
        }

        void Close(char end)
        {
            text.Length -= text[^1] == ',' ? 1 : 0;
            text.Append(end);
        }
    }
}
