using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tokenization;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>
/// A task of one's own, as a file of prompt pairs. <c>.jsonl</c>: one example a line,
/// <c>{"clean": text or [ids], "corrupted": text or [ids], "correct": [ids], "incorrect": [ids], "position": optional}</c>, where the
/// position, zero-based, is where the metric is read in both prompts (by default the last one); what follows it is cut off, as it can't
/// influence it. <c>.csv</c>: the EAP-IG and MIB data sets' columns <c>clean,corrupted,correct_idx,incorrect_idx</c>, with text prompts and an id
/// or <c>[several]</c>. Other keys and columns are passed over.
/// </summary>
public static class PairsFile
{
    private const int MaxFileLength = 64 << 20;

    /// <summary>Longer than any model's context; a prompt of that length would only fail later, and less clearly.</summary>
    private const int MaxPromptTokens = 1 << 17;

    /// <summary>Reads a pairs file.</summary>
    /// <param name="path">A file that ends in <c>.jsonl</c> or <c>.csv</c>; its name without that is the task's.</param>
    /// <param name="metric">What to measure.</param>
    /// <param name="tokenizer">For prompts that are text; without one, only ids can be read.</param>
    /// <param name="vocabulary">Rows of the model's embedding, below which every id must be; without it, the tokenizer's size, if there is one.</param>
    /// <exception cref="InvalidInputException">The file is missing or damaged, or an example can't be used; the message names its line.</exception>
    public static TaskDataset Load(string path, MetricKind metric, Tokenizer? tokenizer = null, int? vocabulary = null)
    {
        var extension = Path.GetExtension(path);
        var csv = extension.Equals(".csv", StringComparison.OrdinalIgnoreCase);
        if (!csv && !extension.Equals(".jsonl", StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidInputException(path, "is neither a .jsonl nor a .csv file, the two forms of pairs files");
        }

        return Parse(SourceFile.ReadAll(path, MaxFileLength), path, csv, metric, tokenizer, vocabulary);
    }

    internal static TaskDataset Parse(ReadOnlySpan<byte> bytes, string path, bool csv, MetricKind metric, Tokenizer? tokenizer, int? vocabulary)
    {
        var content = DecodeText(bytes, path);
        var ids = vocabulary ?? tokenizer?.VocabularySize ?? int.MaxValue;
        var lines = csv ? PairsCsv.Read(content, path) : PairsJson.Read(content, path);
        var examples = ImmutableArray.CreateBuilder<Example>();
        foreach (var line in lines)
        {
            examples.Add(ToExample(line, tokenizer, ids));
        }

        return examples.Count > 0
            ? new(Path.GetFileNameWithoutExtension(path), metric, examples.DrainToImmutable(), [])
            : throw new InvalidInputException(path, "has no examples");
    }

    private static Example ToExample(PairLine line, Tokenizer? tokenizer, int vocabulary)
    {
        var clean = Tokens("clean", line.Clean);
        var corrupted = Tokens("corrupted", line.Corrupted);
        if (clean.Length != corrupted.Length)
        {
            throw line.Error($"the clean prompt has {clean.Length} tokens and the corrupted one {corrupted.Length}; they must have as many");
        }

        var position = line.Position ?? clean.Length - 1;
        if (position < 0 || position >= clean.Length)
        {
            throw line.Error($"position {position} isn't one of the {clean.Length} of the prompts, which are counted from 0");
        }

        return new([.. clean[..(position + 1)]], [.. corrupted[..(position + 1)]], Answers("correct", line.Correct), Answers("incorrect", line.Incorrect));

        int[] Tokens(string key, PairPrompt prompt)
        {
            var tokens = prompt.Ids is { } given ? [.. given]
                : tokenizer is null ? throw line.Error($"{key} is text, and there is no tokenizer.json to make tokens of it; put one beside the model or give ids")
                : Encode(key, prompt.Text!, tokenizer);
            if (tokens.Length is 0 or > MaxPromptTokens)
            {
                throw line.Error($"{key} has {tokens.Length} tokens; it must have between 1 and {MaxPromptTokens}");
            }

            CheckIds(key, tokens);
            return tokens;
        }

        int[] Encode(string key, string text, Tokenizer by)
        {
            try
            {
                return by.Encode(text);
            }
            catch (InvalidInputException e)
            {
                throw line.Error($"{key} can't be made into tokens: {e.Message}", e);
            }
        }

        ImmutableArray<int> Answers(string key, ImmutableArray<int> answers)
        {
            if (answers.IsEmpty)
            {
                throw line.Error($"{key} is empty; it must have an answer at least");
            }

            CheckIds(key, answers.AsSpan());
            return answers;
        }

        void CheckIds(string key, ReadOnlySpan<int> tokens)
        {
            foreach (var id in tokens)
            {
                if (id < 0 || id >= vocabulary)
                {
                    throw line.Error($"{key} has the id {id}, but the vocabulary's ids go from 0 to {vocabulary - 1}");
                }
            }
        }
    }

    private static string DecodeText(ReadOnlySpan<byte> bytes, string path)
    {
        var byteOrderMark = "\uFEFF"u8;
        if (bytes.StartsWith(byteOrderMark))
        {
            bytes = bytes[byteOrderMark.Length..];
        }

        try
        {
            return new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (ArgumentException e)
        {
            throw new InvalidInputException(path, $"isn't UTF-8 text ({Text.OneLine(e.Message)})", e);
        }
    }
}
