using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>What the keys or columns of a pairs file mean, and which somebody says to pass over.</summary>
internal sealed class PairColumns
{
    public const string Clean = "clean";
    public const string Corrupted = "corrupted";
    public const string Position = "position";
    public const string Template = "template";

    private static readonly ImmutableArray<string> s_harmless = ["comment", "id"];

    private readonly string _path;
    private readonly IReadOnlyCollection<string> _known;
    private readonly IReadOnlyCollection<string> _descriptions;
    private readonly ImmutableArray<string> _ignored;
    private readonly HashSet<string> _passedOver = new(StringComparer.Ordinal);

    /// <param name="path">The file.</param>
    /// <param name="known">Names that say what an example is.</param>
    /// <param name="descriptions">Names that only describe one.</param>
    /// <param name="ignored">Names to pass over.</param>
    /// <exception cref="InvalidInputException">A name to pass over says what an example is.</exception>
    public PairColumns(string path, IReadOnlyCollection<string> known, IReadOnlyCollection<string> descriptions, ImmutableArray<string> ignored)
    {
        _path = path;
        _known = known;
        _descriptions = descriptions;
        _ignored = ignored;
        if (ignored.FirstOrDefault(x => known.Contains(x, StringComparer.Ordinal)) is { } needed)
        {
            throw new InvalidInputException(path, $"'{Text.OneLine(needed)}' can't be ignored: it says what an example is");
        }
    }

    /// <summary>Whether a name is to be understood; otherwise it is passed over.</summary>
    /// <param name="name">A name of the file.</param>
    /// <param name="place">Where it stands.</param>
    /// <param name="what">What such names are called: key or column.</param>
    /// <exception cref="InvalidInputException">It isn't known, or is a known one but for a slip.</exception>
    public bool Reads(string name, string place, string what)
    {
        if (_known.Contains(name, StringComparer.Ordinal))
        {
            return true;
        }

        if (!_descriptions.Contains(name, StringComparer.Ordinal) && NearestName.IsSlip(name, _known, out var meant))
        {
            throw new InvalidInputException(place, $"has a {what} '{Text.OneLine(name)}'; did you mean '{meant}'? A name as near as that can't be ignored: rename it");
        }

        if (_ignored.Contains(name, StringComparer.Ordinal))
        {
            _passedOver.Add(name);
            return false;
        }

        return _descriptions.Contains(name, StringComparer.Ordinal) ? true
            : s_harmless.Contains(name, StringComparer.Ordinal) ? false
            : throw new InvalidInputException(
                place,
                $"has a {what} '{Text.OneLine(name)}', which isn't known; known are {string.Join(", ", _known.Concat(s_harmless))}. If it changes no example, pass it over: 'ignoreColumns: [{Text.OneLine(name)}]' in the task, or --ignore-column {Text.OneLine(name)}");
    }

    /// <exception cref="InvalidInputException">A name to pass over was nowhere in the file.</exception>
    public void Finish()
    {
        if (_ignored.FirstOrDefault(x => !_passedOver.Contains(x)) is { } absent)
        {
            throw new InvalidInputException(_path, $"has no '{Text.OneLine(absent)}', which is to be ignored; take it from ignoreColumns or --ignore-column");
        }
    }
}
