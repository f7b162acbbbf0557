using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>Makes the answers of a line into tokens, and of answers of several tokens what a metric reads.</summary>
/// <param name="line">The line.</param>
/// <param name="metric">What is measured.</param>
/// <param name="tokenizer">The model's tokenizer, where there is one.</param>
/// <param name="texts">The prompts' texts where these end where the answer follows; <see langword="null"/> where a text has to be made of a prompt's tokens.</param>
internal sealed class PairAnswerTokens(PairLine line, MetricKind metric, Lazy<Tokenizer>? tokenizer, (string? Clean, string? Corrupted) texts)
{
    private const string Correct = "correct";
    private const string Incorrect = "incorrect";

    /// <summary>
    /// The example with its answers. Where both begin alike, what compares them is read behind what they share: the shared tokens go to the prompts, which changes no
    /// difference. A metric that is read at one token has that token; one that adds up tokens has all that follow.
    /// </summary>
    /// <param name="clean">The clean prompt up to where the answer follows.</param>
    /// <param name="corrupted">The corrupted prompt up to there.</param>
    /// <exception cref="InvalidInputException">An answer is no continuation of a prompt, or the two can't be compared.</exception>
    public Example Complete(ImmutableArray<int> clean, ImmutableArray<int> corrupted)
    {
        var (correct, incorrect) = (Resolve(Correct, line.Answers.Correct, clean, corrupted), Resolve(Incorrect, line.Answers.Incorrect, clean, corrupted));
        if (correct is not { Continues: true, Ids.Length: > 1 } && incorrect is not { Continues: true, Ids.Length: > 1 })
        {
            return new(clean, corrupted, correct.Ids, incorrect.Ids);
        }

        RequireSingle(Correct, correct);
        RequireSingle(Incorrect, incorrect);
        if (correct.Ids.SequenceEqual(incorrect.Ids))
        {
            throw line.Error($"the correct and the incorrect answer are the same, {Shown(correct.Ids.AsSpan())}");
        }

        var shared = metric is MetricKind.LogProbability or MetricKind.Divergence ? 0 : correct.Ids.AsSpan().CommonPrefixLength(incorrect.Ids.AsSpan());
        if (shared == Math.Min(correct.Ids.Length, incorrect.Ids.Length))
        {
            throw line.Error(
                $"one answer begins with the other, so that they never differ: correct is {Shown(correct.Ids.AsSpan())}, incorrect {Shown(incorrect.Ids.AsSpan())}. log-prob measures the correct one alone");
        }

        var (right, wrong) = (correct.Ids[shared..], incorrect.Ids[shared..]);
        ImmutableArray<int> cleanPrompt = [.. clean, .. correct.Ids[..shared]];
        ImmutableArray<int> corruptedPrompt = [.. corrupted, .. correct.Ids[..shared]];
        return metric.SumsOverTokens()
            ? new Example(cleanPrompt, corruptedPrompt, right, wrong) { AnswersContinue = right.Length > 1 || wrong.Length > 1 }
            : new Example(cleanPrompt, corruptedPrompt, right[..1], wrong[..1]);
    }

    private PairAnswer Resolve(string key, PairAnswer answer, ImmutableArray<int> clean, ImmutableArray<int> corrupted)
    {
        if (answer.Texts is not { } given)
        {
            return answer.Ids.IsEmpty ? throw line.Error($"{key} is empty; it must have an answer at least") : answer;
        }

        var tokens = given.Select(text => Continuation(key, text, clean, corrupted)).ToList();
        return tokens.Count == 1 ? PairAnswer.OfTokens(tokens[0])
            : tokens.FindIndex(t => t.Length > 1) is >= 0 and var i
                ? throw line.Error($"{key} has {tokens.Count} answers, of which {Quoted(given[i])} has {tokens[i].Length} tokens, {Shown(tokens[i].AsSpan())}; an answer of several tokens must be the only one of its side")
            : PairAnswer.OfIds([.. tokens.Select(t => t[0])]);
    }

    /// <summary>The tokens that a text adds to both prompts.</summary>
    private ImmutableArray<int> Continuation(string key, string text, ImmutableArray<int> clean, ImmutableArray<int> corrupted)
    {
        var known = tokenizer?.Value ?? throw line.Error($"{key} is text, and there is no tokenizer.json to make tokens of it; put one beside the model or give ids");
        if (text.Length == 0)
        {
            throw line.Error($"{key} has an empty text; it must have a token at least");
        }

        var (first, second) = (Behind(PairColumns.Clean, texts.Clean, clean), Behind(PairColumns.Corrupted, texts.Corrupted, corrupted));
        return first.SequenceEqual(second)
            ? first
            : throw line.Error($"{key} {Quoted(text)} has other tokens behind the two prompts: {Shown(first.AsSpan())} behind the clean one, {Shown(second.AsSpan())} behind the corrupted one");

        ImmutableArray<int> Behind(string name, string? before, ImmutableArray<int> prompt)
        {
            int[] whole;
            try
            {
                whole = known.Encode((before ?? known.Decode(prompt.AsSpan())) + text);
            }
            catch (InvalidInputException e)
            {
                throw line.Error($"{key} can't be made into tokens: {e.Message}", e);
            }

            var kept = whole.AsSpan().CommonPrefixLength(prompt.AsSpan());
            return kept == prompt.Length && whole.Length > kept
                ? [.. whole[kept..]]
                : throw line.Error(
                    $"{key} {Quoted(text)} doesn't continue the {name} prompt: from token {kept} on the prompt has {Shown(prompt.AsSpan()[kept..])}, and with the answer behind it {Shown(whole.AsSpan(kept))}. Begin the answer where a token begins");
        }
    }

    private void RequireSingle(string key, PairAnswer answer)
    {
        if (!answer.Continues && answer.Ids.Length > 1)
        {
            throw line.Error($"{key} has {answer.Ids.Length} answers, beside one of several tokens; such an answer is compared with one other");
        }
    }

    private static string Quoted(string text) => $"\"{Text.OneLine(text)}\"";

    private string Shown(ReadOnlySpan<int> tokens) => TokenList.Of(tokens, tokenizer);
}
