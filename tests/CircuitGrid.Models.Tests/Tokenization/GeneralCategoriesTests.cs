using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Models.Tokenization.Unicode;

namespace CircuitGrid.Models.Tests.Tokenization;

/// <summary>Classes of characters against those that the library was seen to have, over all code points.</summary>
public sealed class GeneralCategoriesTests
{
    [Fact]
    public void Find_EveryCategory_HasTheCharactersOfOnigurumas()
    {
        // The table is the runtime's: another runtime may come with a later Unicode, and then needs a table here.
        var categories = GeneralCategories.Names.Where(n => n.Length == 2).ToArray();
        var ofCharacter = new string[0x110000];
        foreach (var name in categories)
        {
            var set = GeneralCategories.Find(name)!;
            for (var c = 0; c < ofCharacter.Length; c++)
            {
                ofCharacter[c] = set.Contains(c) ? name : ofCharacter[c];
            }
        }

        var ranges = new StringBuilder();
        for (int first = 0, next; first < ofCharacter.Length; first = next)
        {
            for (next = first + 1; next < ofCharacter.Length && ofCharacter[next] == ofCharacter[first]; next++)
            {
            }

            ranges.Append(CultureInfo.InvariantCulture, $"{first:X} {next - 1:X} {ofCharacter[first]}\n");
        }

        // The same ranges by matching each \p{…} of onig 6.5.1 (Unicode 16) with every character.
        Assert.Equal("ef09bbf5ea9b5d565011b2ac3d89d18316a9977fa32bbf27f53b92b13be561f8", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ranges.ToString()))));
    }

    [Fact]
    public void Classes_HaveAsManyCharactersAsTheLibrarys()
    {
        int Count(Func<int, bool> contains) => Enumerable.Range(0, 0x110000).Count(c => c is < 0xD800 or > 0xDFFF && contains(c));

        Assert.Equal(25, Count(GeneralCategories.WhiteSpace.Contains));
        Assert.Equal(726, Count(LibraryClasses.Punctuation.Contains));
        Assert.Equal(1924, Count(LibraryClasses.Numeric.Contains));
        Assert.Equal(144_667, Count(LibraryClasses.Word.Contains));
    }
}
