using System.Text;

namespace CircuitGrid.Models.Tests.Tokenization.Reference;

/// <summary>
/// Texts of all kinds that tokenizers cut differently: scripts mixed, emoji in sequences, marks, white space, numbers, contractions, CJK, controls, a tokenizer's
/// own special tokens. The same seed gives the same texts. None has half of a surrogate pair: the reference can't be given one.
/// </summary>
internal sealed class TextGenerator(int seed, IReadOnlyList<string> specialTokens)
{
    private static readonly string[] s_words =
    [
        "the", "The", "THE", "hello", "Thursday", "ﬁne", "iPhone", "McDonald", "naïve", "Straße", "ſtill", "ǅungla", "ÀÉÎ", "don", "we", "I", "'", "’", "Mary", "John", "x", "ΑΣ", "ς", "İ", "ı",
        "Москва", "ПРИВЕТ", "здравствуйте", "Ελλάδα", "שלום", "שָׁלוֹם", "العربية", "مَرْحَبًا", "हिन्दी", "ไทย", "ภาษา", "தமிழ்", "中文", "漢字", "日本語", "カタカナ", "ひらがな", "한국어", "각", "ᄒ\u1161\u11ab", "𠀀𠮷", "𝔘𝔫𝔦", "𐐀𐐨", "Ǆ", "ʼn", "ª", "ﷺ", "½", "①",
        "return", "def f(x):", "{\"a\": [1, 2]}", "http://www.example.com/a?b=c", "snake_case", "camelCase", "HTMLParser", "<s>", "</s>", "<unk>", "<0x0A>", "<|endoftext|>", "▁", "Ġ", "Ċ",
    ];

    private static readonly string[] s_contractions =
        ["'s", "'S", "'ſ", "'t", "'T", "'re", "'RE", "'Re", "'ve", "'VE", "'m", "'M", "'ll", "'LL", "'lL", "'d", "'D", "’s", "'K", "'\u212a", "''s", "'x", "'", "' s", "'sT"];

    private static readonly string[] s_spaces =
    [
        " ", " ", " ", "  ", "   ", "    ", "\n", "\n\n", "\r\n", "\r", "\t", "\t\t", " \n", "\n ", " \t \n  ", "\u000b", "\f", "\u0085", "\u00a0", "\u00a0 ", "\u1680", "\u180e", "\u2000", "\u2009", "\u200a",
        "\u200b", "\u2028", "\u2029", "\u202f", "\u205f", "\u2060", "\u3000", "\u3000\u3000", "\ufeff", "\u001c", "\u001f", "                ",
    ];

    private static readonly string[] s_emoji =
        ["😀", "👍🏽", "👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "❤️", "☺", "1️⃣", "🤷🏿‍♀️", "🫠", "©", "™", "\u200d", "\ufe0f", "\U0001f3fb"];

    private static readonly string[] s_marks = ["\u0301", "\u0308", "\u0323", "\u0327", "\u0345", "\u0338", "\u3099", "\u093c", "\u05b4", "\u0651", "\u20e3", "\u0340", "\u1ab0", "\U0001d165", "\u0f71", "\u06ed"];

    private static readonly string[] s_digits = ["0", "7", "42", "123", "1234", "1732", "00000", "3.14", "1,000,000", "٣٤٥", "१२३", "１２３", "𝟘𝟙𝟚", "Ⅷ", "²", "⅓", "㉈", "〇", "৪", "一二三", "1234567890123456789"];

    private static readonly string[] s_signs =
        [".", ",", "...", "!", "?!", "-", "--", "—", "(", ")", "[]", "{}", "/", "//", "\\", "\"", "“", "”", "«", "#", "@", "$", "€", "%", "&&", "*", "**", "+=", "=>", "<", ">", "|", "~", "`", "^", "_", "__", ":", ";", "、", "。", "「", "」", "！", "¿", "·", "…", "♪", "→", "∑", "¬", "\u0600", "〜", "٪"];

    private readonly Random _random = new(seed);

    public string Next()
    {
        var text = new StringBuilder();
        for (var parts = _random.Next(1, 14); parts > 0; parts--)
        {
            text.Append(Part());
        }

        return text.ToString();
    }

    private string Part() => _random.Next(20) switch
    {
        < 5 => Pick(s_words),
        < 9 => Pick(s_spaces),
        9 => Pick(s_contractions),
        10 => Pick(s_words) + Pick(s_contractions),
        11 => Pick(s_digits),
        12 => Pick(s_signs),
        13 => Pick(s_emoji),
        14 => Pick(s_words) + Pick(s_marks),
        15 => " " + Pick(s_words),
        16 => CharacterOf(0, 0x180),
        17 => CharacterOf(0, 0x3400) + CharacterOf(0, 0x3400),
        18 => CharacterOf(0, 0x32000),
        _ => specialTokens.Count > 0 && _random.Next(2) == 0 ? Pick(specialTokens) : _random.Next(8) == 0 ? "\ufffd" : CharacterOf(0xE0000, 0x110000),
    };

    private string Pick(IReadOnlyList<string> choices) => choices[_random.Next(choices.Count)];

    private string CharacterOf(int first, int end)
    {
        var codePoint = _random.Next(first, end);
        return codePoint is >= 0xD800 and <= 0xDFFF ? "\ufffd" : char.ConvertFromUtf32(codePoint);
    }
}
