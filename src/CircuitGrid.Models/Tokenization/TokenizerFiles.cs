using System.Collections.Immutable;

namespace CircuitGrid.Models.Tokenization;

/// <summary>The files that a tokenizer is kept in: a <c>tokenizer.json</c>, or, where there is none, GPT-2's <c>vocab.json</c> and <c>merges.txt</c>.</summary>
public static class TokenizerFiles
{
    public const string Name = "tokenizer.json";

    public const string VocabularyName = "vocab.json";

    public const string MergesName = "merges.txt";

    /// <summary>The tokenizer of a folder, as <see cref="Tokenizer.Load"/> takes it; <see langword="null"/> if there is none.</summary>
    public static string? FindIn(string folder)
    {
        var file = Path.Combine(folder, Name);
        var vocabulary = Path.Combine(folder, VocabularyName);
        return File.Exists(file) ? file : File.Exists(vocabulary) && File.Exists(Path.Combine(folder, MergesName)) ? vocabulary : null;
    }

    /// <summary>All files of a tokenizer.</summary>
    /// <param name="path">What <see cref="FindIn"/> has found.</param>
    public static ImmutableArray<string> Of(string path) => IsVocabulary(path) ? [path, MergesBeside(path)] : [path];

    internal static bool IsVocabulary(string path) => Path.GetFileName(path) == VocabularyName;

    internal static string MergesBeside(string vocabulary) => Path.Combine(Path.GetDirectoryName(vocabulary) ?? "", MergesName);
}
