using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Models.Tokenization.Unicode;

namespace CircuitGrid.Models.Tests.Tokenization;

public sealed class CanonicalCompositionTests
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
        Assert.Equal(FromCodePoints(expected), CanonicalComposition.Apply(FromCodePoints(given)));
        Assert.Equal(FromCodePoints(expected), CanonicalComposition.Apply(FromCodePoints(expected)));
    }

    [Fact]
    public void Apply_EveryCharacterAmongOthers_AgreesWithIcu()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var c = 0; c < 0x30000; c++)
        {
            if (c is < 0xD800 or > 0xDFFF)
            {
                var character = char.ConvertFromUtf32(c);
                hash.AppendData(Encoding.UTF8.GetBytes(CanonicalComposition.Apply($"a\u0323{character}\u0301\n{character}\u0338\u0345{character}\u1161\u11a8\u3099\n")));
            }
        }

        // The same texts normalised by ICU 78 (Unicode 17).
        Assert.Equal("91be37addf185133cffe116a4d722e226660023b9de64952d21493a1f4a4d36b", Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static string FromCodePoints(string codePoints) => string.Concat(
        codePoints.Split(' ').Select(x => char.ConvertFromUtf32(int.Parse(x, NumberStyles.HexNumber, CultureInfo.InvariantCulture))));
}
