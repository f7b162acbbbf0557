using System.Text.Json;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tokenization.Patterns;

namespace CircuitGrid.Models.Tokenization;

/// <summary>A pattern as a <c>tokenizer.json</c> has it: a text, or a regular expression.</summary>
internal sealed class FilePattern
{
    private const string TextKey = "String", ExpressionKey = "Regex";

    private readonly string _key;
    private readonly string _text;

    private FilePattern(string key, string text, Pattern pattern)
    {
        _key = key;
        _text = text;
        Pattern = pattern;
    }

    public Pattern Pattern { get; }

    /// <exception cref="Compute.InvalidInputException">It is neither, or the expression isn't supported.</exception>
    public static FilePattern Read(JsonInput part, ForeignKeys foreign)
    {
        var text = part.FindString(TextKey);
        var expression = part.FindString(ExpressionKey);
        part.RefuseNulls();
        part.FinishForeign(PartReader.NoKeys, foreign);
        return (text, expression) switch
        {
            ({ } only, null) => new(TextKey, only, Pattern.Literal(only)),
            (null, { } only) => new(ExpressionKey, only, Parse(part, only)),
            _ => throw part.Error($"must have one key, {TextKey} or {ExpressionKey}"),
        };
    }

    /// <summary>The text with every match replaced.</summary>
    public string Replace(string text, string content) =>
        _key == TextKey && _text.Length > 0 ? text.Replace(_text, content, StringComparison.Ordinal) : Pattern.Replace(text, content);

    public void Write(Utf8JsonWriter json, string property)
    {
        json.WriteStartObject(property);
        json.WriteString(_key, _text);
        json.WriteEndObject();
    }

    private static Pattern Parse(JsonInput part, string expression)
    {
        try
        {
            return Pattern.Parse(expression);
        }
        catch (PatternException e)
        {
            throw part.Error($"{ExpressionKey}: \"{Text.OneLine(expression)}\" {Text.OneLine(e.Message)}", e);
        }
    }
}
