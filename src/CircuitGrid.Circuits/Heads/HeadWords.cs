using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Heads;

/// <summary>A series in which every word has a next one.</summary>
/// <param name="Name">For notes.</param>
/// <param name="Cyclic">The first word follows the last.</param>
/// <param name="BothCases">Also used with the case of every word's first letter turned round.</param>
/// <param name="Words">In order.</param>
public sealed record WordSequence(string Name, bool Cyclic, bool BothCases, ImmutableArray<string> Words);

/// <summary>One form of a series in a tokenizer: pairs of a token and its successor.</summary>
/// <param name="Name">The series and its form.</param>
/// <param name="Pairs">Tokens whose word and whose successor's word are one token each.</param>
public sealed record SuccessorList(string Name, ImmutableArray<(int Token, int Successor)> Pairs);

/// <summary>
/// The series and function words that head scores need; the shipped ones are English (the file <c>words.json</c>). What a tokenizer doesn't keep
/// as one token is left out and counted.
/// </summary>
/// <param name="Sequences">For successor scores.</param>
/// <param name="FunctionWords">Words without content, which copy suppression isn't about.</param>
/// <param name="Marks">Punctuation and spaces, the same.</param>
public sealed record HeadWords(ImmutableArray<WordSequence> Sequences, ImmutableArray<string> FunctionWords, ImmutableArray<string> Marks)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private static readonly Lazy<HeadWords> s_default = new(() =>
    {
        using var stream = typeof(HeadWords).Assembly.GetManifestResourceStream("CircuitGrid.Circuits.words.json")!;
        return JsonSerializer.Deserialize<HeadWords>(stream, s_json)!;
    });

    /// <summary>English.</summary>
    public static HeadWords Default => s_default.Value;

    /// <summary>
    /// Every series in every form (as it is and, where it has both cases, with the first letter's turned round; each with and without a space before)
    /// that leaves at least two pairs of single tokens. A series without letters counts once for each case.
    /// </summary>
    public (ImmutableArray<SuccessorList> Lists, string Note) SuccessorLists(Tokenizer tokenizer)
    {
        var lists = ImmutableArray.CreateBuilder<SuccessorList>();
        var (kept, all) = (0, 0);
        foreach (var sequence in Sequences)
        {
            foreach (var turned in sequence.BothCases ? (bool[])[false, true] : [false])
            {
                foreach (var space in (string[])["", " "])
                {
                    int?[] tokens = [.. sequence.Words.Select(w => SingleToken(tokenizer, space + (turned ? TurnCase(w) : w)))];
                    var next = sequence.Cyclic ? [.. tokens.Skip(1), tokens[0]] : tokens.Skip(1).ToArray();
                    ImmutableArray<(int, int)> pairs = [.. tokens.Zip(next).Where(p => p.First is not null && p.Second is not null).Select(p => (p.First!.Value, p.Second!.Value))];
                    all += next.Length;

                    // Where there is but one successor to choose, it is always right.
                    if (pairs.Length > 1)
                    {
                        kept += pairs.Length;
                        lists.Add(new SuccessorList($"{sequence.Name}{(turned ? ", case turned" : "")}{(space.Length > 0 ? ", after a space" : "")}", pairs));
                    }
                }
            }
        }

        return (lists.ToImmutable(), string.Create(CultureInfo.InvariantCulture, $"{kept} of {all} pairs of successive words are single tokens in {lists.Count} lists"));
    }

    /// <summary>Single tokens that are a function word, with or without a space and a capital, or a mark, with or without a space.</summary>
    public (ImmutableHashSet<int> Tokens, string Note) FunctionTokens(Tokenizer tokenizer)
    {
        var tokens = ImmutableHashSet.CreateBuilder<int>();
        var whole = 0;
        foreach (var (word, forms) in FunctionWords.Select(w => (w, (string[])[w, " " + w, TurnCase(w), " " + TurnCase(w)])).Concat(Marks.Select(m => (m, (string[])[m, " " + m]))))
        {
            int[] ids = [.. forms.Select(f => SingleToken(tokenizer, f)).OfType<int>()];
            tokens.UnionWith(ids);
            whole += ids.Length > 0 ? 1 : 0;
        }

        return (tokens.ToImmutable(), string.Create(CultureInfo.InvariantCulture, $"{whole} of {FunctionWords.Length + Marks.Length} function words and marks are a single token in some form"));
    }

    /// <summary>The one token of a word as it stands, or behind the space that it begins with; <see langword="null"/> where it has several.</summary>
    private static int? SingleToken(Tokenizer tokenizer, string form) => (form[0] == ' ' ? tokenizer.EncodeAfterSpace(form[1..]) : tokenizer.Encode(form)) is [var id] ? id : null;

    private static string TurnCase(string word) =>
        (char.IsUpper(word[0]) ? char.ToLowerInvariant(word[0]) : char.ToUpperInvariant(word[0])) + word[1..];
}
