using System.Text.Json.Nodes;
using CircuitGrid.Circuits.Tests.Tasks;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Tests.Tokenization.Reference;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>A tokenizer of every family, and what the tasks make of it.</summary>
/// <param name="Family">The family.</param>
/// <param name="Published">The published file, which npm brings; <see langword="null"/> where it is made here after the suite's rules.</param>
/// <param name="Begin">The token that prompts begin with where they are to, as it is written.</param>
/// <param name="NamedBy">What names it.</param>
/// <param name="Configured">The id of it that the family's <c>config.json</c> says; <see langword="null"/> for none.</param>
/// <param name="Years">How it cuts a year where greater-than can't be asked of it; <see langword="null"/> where it can.</param>
internal sealed record FamilyTokenizer(ModelFamily Family, string? Published, string Begin, string NamedBy, int? Configured, string? Years)
{
    private const string Config = "config.json (bos_token_id)", Front = "the tokenizer's post_processor", Usual = "the tokenizer", Both = $"{Config} and {Front}";

    private const string Single = "writes every digit as a token of its own: \" 1732\" is \" \" + \"1\" + \"7\" + \"3\" + \"2\"";

    private const string Threes = "takes digits by threes from the left: \" 1732\" is \" \" + \"173\" + \"2\"";

    /// <summary>All of them, in the order of the families.</summary>
    public static FamilyTokenizer[] All { get; } =
    [
        new(Families.GptNeoX, null, "<|endoftext|>", Usual, null, null),
        new(Families.Gpt2, "gpt2", "<|endoftext|>", Config, 50256, null),
        // this file names no token itself
        new(Families.Llama, "llama3", "<|begin_of_text|>", Config, 128000, Threes),
        new(Families.Olmo, null, "<|endoftext|>", Usual, null, null),
        new(Families.Olmo2, null, "<|endoftext|>", Config, 0, Threes),
        new(Families.Olmo3, null, "<|endoftext|>", Usual, null, Threes),
        new(Families.SmolLm3, "llama3_1", "<|begin_of_text|>", Front, null, Threes),
        new(Families.Qwen2, "qwen3", "<|endoftext|>", Config, 151643, Single),
        new(Families.Qwen3, "qwen3", "<|endoftext|>", Usual, null, Single),
        // it is called llama2, and holds Mistral 7B's vocabulary
        new(Families.Mistral, "llama2", "<s>", Both, 1, Single),
        new(Families.Gemma2, "gemma2", "<bos>", Both, 2, Single),
        new(Families.Apertus, null, "<s>", Config, 3001, Single),
    ];

    /// <summary>Writes <c>tokenizer.json</c>; the test is skipped where a published file isn't on this machine.</summary>
    public Tokenizer Write(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, TokenizerFiles.Name);
        if (Published is not null)
        {
            File.Copy(PublishedTokenizer.Find(Published), path);
            return Tokenizer.Load(path);
        }

        Made().Save(path);
        return Tokenizer.Load(path);
    }

    private Tokenizer Made() => ChangedTokenizer.Of(EnglishTokenizer.Whole, file =>
    {
        if (Family == Families.Olmo)
        {
            for (var spaces = 2; spaces <= 24; spaces++)
            {
                Add(file, 3000 + spaces, new(' ', spaces), special: false);
            }
        }
        else if (Family == Families.Olmo2 || Family == Families.Olmo3)
        {
            file["normalizer"] = null;
            file["pre_tokenizer"] = Divisions.SplitAndBytes(Divisions.Cl100K, "Isolated", invert: false);
            AddThreeDigits(file["model"]!);
        }
        else if (Family == Families.Apertus)
        {
            file["normalizer"] = null;
            file["pre_tokenizer"] = Divisions.SplitAndBytes(Divisions.Tekken, "Isolated", invert: false);
            file["model"]!["ignore_merges"] = true;
            Add(file, 3001, "<s>", special: true);
        }
    });

    private static void Add(JsonNode file, int id, string content, bool special)
    {
        var added = file["added_tokens"]!.AsArray();
        var token = added[0]!.DeepClone();
        (token["id"], token["content"], token["special"], token["normalized"]) = (id, content, special, !special);
        added.Add(token);
    }

    /// <summary>All numbers of three digits, made of two digits and one.</summary>
    private static void AddThreeDigits(JsonNode model)
    {
        for (var number = 0; number < 1000; number++)
        {
            var text = number.ToString("000", System.Globalization.CultureInfo.InvariantCulture);
            model["vocab"]![text] = 3000 + number;
            model["merges"]!.AsArray().Add($"{text[..2]} {text[2]}");
        }
    }
}
