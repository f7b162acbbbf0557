using System.Text.Json.Nodes;
using Library = Tokenizers.DotNet.Tokenizer;

namespace CircuitGrid.Models.Tests.Tokenization.Reference;

/// <summary>
/// Hugging Face's tokenizers library (Tokenizers.DotNet 1.4.1, which holds tokenizers 0.22.2 with onig 6.5.1). It encodes with the post-processor's tokens and
/// leaves special tokens out when it decodes; so it is given a copy of the file without either.
/// </summary>
internal sealed class ReferenceTokenizer
{
    private readonly Library _library;

    private ReferenceTokenizer(Library library) => _library = library;

    /// <summary>The reference for a file; the test is skipped where the library can't be loaded.</summary>
    public static ReferenceTokenizer Create(JsonNode file)
    {
        var copy = file.DeepClone();
        copy["post_processor"] = null;
        foreach (var token in copy["added_tokens"]!.AsArray())
        {
            token!["special"] = false;
        }

        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".json");
        try
        {
            File.WriteAllText(path, copy.ToJsonString());
            return new(new(path));
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or TypeInitializationException)
        {
            Assert.Skip("the tokenizers library can't be loaded on this machine: " + e.Message);
            throw;
        }
        finally
        {
            File.Delete(path);
        }
    }

    public int[] Encode(string text) => [.. _library.Encode(text).Select(id => (int)id)];

    public string Decode(int[] ids) => _library.Decode([.. ids.Select(id => (uint)id)]);
}
