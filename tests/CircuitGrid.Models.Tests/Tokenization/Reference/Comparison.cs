using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Models.Tests.Tokenization.Reference;

/// <summary>Holds this program's tokenizer to the reference's ids and texts.</summary>
internal static class Comparison
{
    private const int Shown = 5;

    /// <summary>Compares on generated texts: ids of a text, and the text of ids.</summary>
    /// <param name="file">A <c>tokenizer.json</c>.</param>
    /// <param name="texts">How many texts.</param>
    /// <param name="seed">What they are generated from.</param>
    public static void AssertEqual(JsonNode file, int texts, int seed)
    {
        var reference = ReferenceTokenizer.Create(file);
        var tokenizer = TokenizerFile.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()), "tokenizer.json", new());
        var generator = new TextGenerator(seed, [.. tokenizer.AddedTokens.Select(t => t.Content)]);
        var random = new Random(seed);
        var differences = new List<string>();
        for (var i = 0; i < texts; i++)
        {
            var text = generator.Next();
            var ids = tokenizer.Encode(text);
            Check(text, string.Join(' ', reference.Encode(text)), string.Join(' ', ids));
            // Ids in another order are parts of characters that don't fit together.
            int[] turned = [.. ids];
            random.Shuffle(turned);
            foreach (var decoded in (int[][])[ids, turned])
            {
                Check(string.Join(' ', decoded), reference.Decode(decoded), tokenizer.Decode(decoded));
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count} differences:\n{string.Join('\n', differences.Take(Shown))}");

        void Check(string input, string expected, string actual)
        {
            if (expected != actual)
            {
                differences.Add($"{JsonSerializer.Serialize(input)}: {JsonSerializer.Serialize(expected)} {JsonSerializer.Serialize(actual)}");
            }
        }
    }
}
