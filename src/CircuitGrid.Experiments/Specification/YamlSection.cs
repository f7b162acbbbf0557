using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Experiments.Specification;

/// <summary>
/// A map of an experiment's file, read key by key. Every key that was asked for is a known one; <see cref="Finish"/> rejects the others.
/// </summary>
internal sealed class YamlSection
{
    private readonly string source;
    private readonly string name;
    private readonly Dictionary<string, (YamlScalar Key, YamlValue Value)> entries;
    private readonly List<string> known = [];

    /// <param name="value">The map.</param>
    /// <param name="source">What to call the file.</param>
    /// <param name="name">What to call the section.</param>
    /// <exception cref="InvalidInputException">It isn't a map.</exception>
    public YamlSection(YamlValue value, string source, string name)
    {
        this.source = source;
        this.name = name;
        Line = value.Line;
        if (value is not YamlMap map)
        {
            throw Fault(value, $"{name} must be a list of 'key: value' lines");
        }

        entries = map.Entries.ToDictionary(e => e.Key.Text, StringComparer.Ordinal);
    }

    public long Line { get; }

    /// <summary>A text from the outside, short enough to be shown in one line.</summary>
    public static string Shown(string text)
    {
        var line = VisibleText.OnOneLine(text);
        return line.Length <= 60 ? line : line[..57] + "...";
    }

    public InvalidInputException Fault(YamlValue at, string reason) => new(YamlTree.At(source, at.Line), reason);

    /// <summary>The value of a key, or <see langword="null"/> where the key isn't there.</summary>
    public YamlValue? Find(string key)
    {
        if (!known.Contains(key, StringComparer.Ordinal))
        {
            known.Add(key);
        }

        return entries.TryGetValue(key, out var entry) ? entry.Value : null;
    }

    /// <summary>A key that isn't a given one but for a slip, or <see langword="null"/>.</summary>
    public YamlScalar? FindSlip(string key) => entries.Values.Select(e => e.Key).FirstOrDefault(k => NearestName.IsSlip(k.Text, [key], out _));

    public string? Text(string key) => Find(key) is { } value ? Text(value, key) : null;

    public string Text(YamlValue value, string what)
    {
        if (value is not YamlScalar scalar)
        {
            throw Fault(value, $"{what} must be one word or text");
        }

        return IsEmpty(scalar) ? throw Fault(value, $"{what} has no value") : scalar.Text;
    }

    /// <summary>A list of words; a single word counts as a list of one.</summary>
    public ImmutableArray<string> Texts(YamlValue value, string what) =>
        value is YamlList list ? [.. list.Items.Select(item => Text(item, what))] : [Text(value, what)];

    public int? Integer(string key, int minimum, int maximum) => Find(key) is { } value ? Integer(value, key, minimum, maximum) : null;

    public int Integer(YamlValue value, string what, int minimum, int maximum) =>
        int.TryParse(Text(value, what), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum
            ? number
            : throw Fault(value, string.Create(CultureInfo.InvariantCulture, $"{what} must be a whole number from {minimum} to {maximum}, not '{Shown(Text(value, what))}'"));

    public bool? Flag(string key)
    {
        if (Find(key) is not { } value)
        {
            return null;
        }

        return Text(value, key) switch
        {
            "true" => true,
            "false" => false,
            var other => throw Fault(value, $"{key} must be true or false, not '{Shown(other)}'"),
        };
    }

    public T? Option<T>(string key, OptionNames<T> names)
        where T : struct, Enum
    {
        if (Find(key) is not { } value)
        {
            return null;
        }

        var text = Text(value, key);
        return names.TryParse(text, out var option)
            ? option
            : throw Fault(value, $"'{Shown(text)}' is no {key}{NearestName.Hint(text, names.All)}");
    }

    /// <summary>A number in (0, <paramref name="maximum"/>].</summary>
    public double? Positive(string key, double maximum)
    {
        if (Find(key) is not { } value)
        {
            return null;
        }

        return TryNumber(Text(value, key), out var number) && number > 0 && number <= maximum
            ? number
            : throw Fault(value, string.Create(CultureInfo.InvariantCulture, $"{key} must be a number above 0 and at most {maximum}, not '{Shown(Text(value, key))}'"));
    }

    /// <exception cref="InvalidInputException">A key was never asked for.</exception>
    public void Finish()
    {
        foreach (var (key, _) in entries.Values)
        {
            if (!known.Contains(key.Text, StringComparer.Ordinal))
            {
                throw Fault(key, $"{name} has no key '{Shown(key.Text)}'{NearestName.Hint(key.Text, known)}");
            }
        }
    }

    public static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out number)
        && double.IsFinite(number);

    private static bool IsEmpty(YamlScalar scalar) => !scalar.Quoted && scalar.Text is "" or "~" or "null" || scalar.Text.Length == 0;
}
