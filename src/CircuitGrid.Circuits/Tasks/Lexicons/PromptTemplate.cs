using System.Collections.Immutable;
using System.Text;

namespace CircuitGrid.Circuits.Tasks.Lexicons;

/// <summary>A wording with slots: <c>The {NOUN} lasted from the year {XX}{YY}</c>.</summary>
public sealed class PromptTemplate
{
    private readonly ImmutableArray<string> _between;

    private PromptTemplate(string wording, ImmutableArray<string> between, ImmutableArray<string> slots)
    {
        Wording = wording;
        _between = between;
        Slots = slots;
    }

    /// <summary>The template as it is written.</summary>
    public string Wording { get; }

    /// <summary>Names of the slots without braces, from left to right, repeated where a slot is.</summary>
    public ImmutableArray<string> Slots { get; }

    /// <summary>Reads a template.</summary>
    /// <param name="wording">Text with <c>{slots}</c>.</param>
    /// <returns><see langword="null"/> where a brace has no partner or a slot no name.</returns>
    public static PromptTemplate? Parse(string wording)
    {
        var between = ImmutableArray.CreateBuilder<string>();
        var slots = ImmutableArray.CreateBuilder<string>();
        var rest = wording;
        while (rest.IndexOfAny(['{', '}']) is var open and >= 0)
        {
            var close = rest.IndexOf('}', StringComparison.Ordinal);
            var name = rest[open] == '{' && close > open ? rest[(open + 1)..close] : "";
            if (name.Length == 0 || name.Contains('{', StringComparison.Ordinal))
            {
                return null;
            }

            between.Add(rest[..open]);
            slots.Add(name);
            rest = rest[(close + 1)..];
        }

        between.Add(rest);
        return new(wording, between.DrainToImmutable(), slots.DrainToImmutable());
    }

    /// <summary>The text before slot <paramref name="index"/>, from the slot before it on.</summary>
    public string Before(int index) => _between[index];

    /// <summary>The text after the last slot.</summary>
    public string End => _between[^1];

    /// <summary>The wording with every slot filled.</summary>
    /// <param name="words">One for each of <see cref="Slots"/>, in their order.</param>
    public string Fill(IReadOnlyList<string> words)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(words.Count, Slots.Length);
        var result = new StringBuilder(Wording.Length * 2);
        for (var i = 0; i < words.Count; i++)
        {
            result.Append(_between[i]).Append(words[i]);
        }

        return result.Append(End).ToString();
    }
}
