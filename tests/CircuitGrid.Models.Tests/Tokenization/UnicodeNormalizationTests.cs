using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Models.Tokenization.Unicode;

namespace CircuitGrid.Models.Tests.Tokenization;

public sealed class UnicodeNormalizationTests
{
    [Theory]
    [InlineData("0065 0301", "00E9")]
    [InlineData("00E9", "00E9")]
    [InlineData("0061 0323 0307", "1EA1 0307")] // below before above
    [InlineData("0061 0307 0323", "1EA1 0307")] // reordered first
    [InlineData("1E9B 0323", "1E9B 0323")] // Annex 15, figure 6
    [InlineData("017F 0323 0307", "1E9B 0323")]
    [InlineData("212B", "00C5")] // a singleton
    [InlineData("2126", "03A9")]
    [InlineData("0344", "0308 0301")] // decomposed, and never composed again
    [InlineData("0958", "0915 093C")] // excluded from composition
    [InlineData("FB1D", "05D9 05B4")]
    [InlineData("1112 1161 11AB", "D55C")] // Hangul: lead, vowel, tail
    [InlineData("D558 11AB", "D55C")]
    [InlineData("D55C 11AB", "D55C 11AB")] // has a tail already
    [InlineData("1112 1161 11A7", "D558 11A7")] // U+11A7 is no tail
    [InlineData("0061 0315 0300 05AE 0062", "00E0 05AE 0315 0062")]
    [InlineData("0041 0300 0301", "00C0 0301")]
    [InlineData("0041 0327 0300", "00C0 0327")] // what stands between has another class
    [InlineData("0041 0301 0300", "00C1 0300")] // the same class blocks
    [InlineData("0301 0041", "0301 0041")] // a mark without a base
    [InlineData("09C7 09BE", "09CB")] // two that aren't combining by class
    [InlineData("09C7 0334 09BE", "09C7 0334 09BE")]
    [InlineData("1D15E", "1D157 1D165")]
    [InlineData("2F81A", "51AC")]
    [InlineData("0061 0301 0062 0301", "00E1 0062 0301")]
    [InlineData("1F00 0345", "1F80")] // composes further
    [InlineData("03B1 0313 0345", "1F80")]
    public void Apply_IsNormalizationFormC(string given, string expected)
    {
        Assert.Equal(FromCodePoints(expected), UnicodeNormalization.Apply(FromCodePoints(given), NormalizationForm.FormC));
        Assert.Equal(FromCodePoints(expected), UnicodeNormalization.Apply(FromCodePoints(expected), NormalizationForm.FormC));
    }

    // The same texts normalised by Hugging Face's library (tokenizers 0.22.2).
    [Theory]
    [InlineData(NormalizationForm.FormC, "ce3f44281af8a23daf011af72b251af595f66c544e961b761f5492a175ae384e")]
    [InlineData(NormalizationForm.FormD, "477226cba4539a17377d9914723b38aaf5db42a0a0265b81221940fe4fdb05f3")]
    [InlineData(NormalizationForm.FormKC, "02daa4473fa0f7bac6ba85e2fe014c64b87168dc8f8b4a6b85901a4832a96e44")]
    [InlineData(NormalizationForm.FormKD, "ef06f46e473799a451c6078de8f9b16cb2b79cbbf041e162c215ba38687acf92")]
    public void Apply_EveryCharacterAmongOthers_AgreesWithTheLibrary(NormalizationForm form, string expected) =>
        Assert.Equal(expected, HashOfEveryCharacter(text => UnicodeNormalization.Apply(text, form)));

    [Fact]
    public void Lowercase_EveryCharacterAmongOthers_AgreesWithTheLibrary() =>
        Assert.Equal("4261a8219de9db3fb2cc120ba37c4d6306eeefc4ad15c2112e7becd9f707e8c2", HashOfEveryCharacter(Lowercase.Apply));

    [Theory]
    [InlineData("ÀΑΣ ΣΑΣ", "àασ σασ")] // a final sigma is one like others
    [InlineData("İI", "i\u0307i")]
    [InlineData("ǅẞ\u212a", "ǆßk")]
    [InlineData("straße 1", "straße 1")]
    public void Lowercase_GoesByCharacter(string text, string expected) => Assert.Equal(expected, Lowercase.Apply(text));

    [Fact]
    public void Apply_CharactersLaterThanTheLibrarysUnicode_StayAsTheyAre()
    {
        // Unicode 13 composes these two into U+11938; the library goes by Unicode 9.
        Assert.Equal("\U00011935\U00011930", UnicodeNormalization.Apply("\U00011935\U00011930", NormalizationForm.FormC));
        Assert.Equal("\U00011938", UnicodeNormalization.Apply("\U00011938", NormalizationForm.FormD));
    }

    private static string HashOfEveryCharacter(Func<string, string> normalize)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var c = 0; c < 0x30000; c++)
        {
            if (c is < 0xD800 or > 0xDFFF)
            {
                var character = char.ConvertFromUtf32(c);
                hash.AppendData(Encoding.UTF8.GetBytes(normalize($"a\u0323{character}\u0301\n{character}\u0338\u0345{character}\u1161\u11a8\u3099\n")));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string FromCodePoints(string codePoints) => string.Concat(
        codePoints.Split(' ').Select(x => char.ConvertFromUtf32(int.Parse(x, NumberStyles.HexNumber, CultureInfo.InvariantCulture))));
}
