using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>The token that stands before every prompt of a data set, for tasks of the library and pairs files alike.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">How it is written; <see langword="null"/> where there is no tokenizer to say so.</param>
/// <param name="NamedBy">Which files name it.</param>
public sealed record BeginToken(int Id, string? Content, string NamedBy)
{
    /// <summary>What the token is where neither the configuration nor a post-processor names one.</summary>
    internal const string Usual = "<|endoftext|>";

    private const string Configuration = "config.json (bos_token_id)", PostProcessor = "the tokenizer's post_processor";

    /// <summary>The token for people, <c>&lt;s&gt; (id 1)</c>.</summary>
    public string Shown => Show(Id, Content);

    /// <summary>What was done, in a sentence without its end.</summary>
    public string Note => $"{Shown} stands before every prompt, named by {NamedBy}";

    /// <summary>Decides which token it is: what <c>config.json</c> and the tokenizer's post-processor name, or else the tokenizer's <c>&lt;|endoftext|&gt;</c>.</summary>
    /// <param name="tokenizer">Of the model; <see langword="null"/> where there is none.</param>
    /// <param name="configured">What <c>config.json</c> names as <c>bos_token_id</c>.</param>
    /// <param name="place">What messages call the examples.</param>
    /// <exception cref="InvalidInputException">None is named, several are, or the files name different ones.</exception>
    internal static BeginToken Of(Tokenizer? tokenizer, ImmutableArray<int> configured, string place)
    {
        var front = Front(tokenizer, place);
        if (front is { } named)
        {
            return configured.IsEmpty ? named
                : configured.Contains(named.Id) ? named with { NamedBy = $"{Configuration} and {PostProcessor}" }
                : throw Different(place, tokenizer, configured, $"{PostProcessor} puts {named.Shown} before a text");
        }

        var usual = tokenizer?.AddedTokens.FirstOrDefault(x => x.Content == Usual);
        if (configured is [var id])
        {
            return tokenizer is null ? new(id, null, Configuration)
                : !tokenizer.IsToken(id) ? throw new InvalidInputException(place, $"{Configuration} names the id {Number(id)}, which the tokenizer doesn't have; correct one of the two, or leave 'bos' out")
                : usual is not null && usual.Id != id && tokenizer.AddedTokens.All(x => x.Id != id) ? throw Different(place, tokenizer, configured, $"the tokenizer has {Show(usual.Id, Usual)} for that")
                : new(id, Written(tokenizer, id), Configuration);
        }

        return !configured.IsEmpty ? throw new InvalidInputException(place, $"{Configuration} names several tokens, {Listed(tokenizer, configured)}, and no post_processor says which of them stands before a text; leave one there, or leave 'bos' out")
            : usual is not null ? new(usual.Id, Usual, "the tokenizer")
            : throw new InvalidInputException(place, tokenizer is null
                ? "'bos' puts a token before the prompts: config.json has no bos_token_id, and there is no tokenizer.json that says which id that is; leave 'bos' out"
                : $"nothing names a token to put before the prompts: config.json has no bos_token_id, and the tokenizer has no token {Usual} and no post_processor that puts one in front; leave 'bos' out");
    }

    /// <param name="begin">The token; <see langword="null"/> where none is wanted.</param>
    /// <param name="prompt">A prompt's token ids.</param>
    /// <param name="error">Makes an error about the prompt.</param>
    /// <exception cref="InvalidInputException">The prompt begins with the token already.</exception>
    internal static int[] PutBefore(BeginToken? begin, ReadOnlySpan<int> prompt, Func<string, InvalidInputException> error) => begin is null ? [.. prompt]
        : prompt.StartsWith([begin.Id]) ? throw error($"begins with {begin.Shown} already, and 'bos' would put it there a second time; take away one of the two")
        : [begin.Id, .. prompt];

    private static BeginToken? Front(Tokenizer? tokenizer, string place) => tokenizer?.FrontTokens.ToArray() switch
    {
        null or [] => null,
        [var one] => new(
            tokenizer.Find(one) ?? throw new InvalidInputException(place, $"{PostProcessor} puts {Text.OneLine(one)} before a text, which is no token of it; correct the file, or leave 'bos' out"),
            one,
            PostProcessor),
        var several => throw new InvalidInputException(place, $"{PostProcessor} puts several tokens before a text, {Text.OneLine(string.Join(' ', several))}, and 'bos' puts one; leave 'bos' out"),
    };

    private static InvalidInputException Different(string place, Tokenizer? tokenizer, ImmutableArray<int> configured, string other) =>
        new(place, $"{Configuration} names {Listed(tokenizer, configured)}, but {other}; correct one of the two, or leave 'bos' out");

    private static string Listed(Tokenizer? tokenizer, ImmutableArray<int> ids) => string.Join(", ", ids.Select(id => Show(id, Written(tokenizer, id))));

    private static string? Written(Tokenizer? tokenizer, int id) => tokenizer?.IsToken(id) == true ? tokenizer.TokenText(id) : null;

    private static string Show(int id, string? content) => content is null ? $"the token of id {Number(id)}" : $"{Text.OneLine(content)} (id {Number(id)})";

    private static string Number(int id) => id.ToString(CultureInfo.InvariantCulture);
}
