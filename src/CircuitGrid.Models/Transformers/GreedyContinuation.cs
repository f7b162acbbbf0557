using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <summary>
/// What a model says next, the likeliest token at a time: the highest logit, and of equal ones the smallest id. Every step runs the whole prompt anew, so that each
/// token is what a plain run of the text so far gives.
/// </summary>
public static class GreedyContinuation
{
    /// <summary>The continuation of a prompt.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompt">Its token ids; at least one.</param>
    /// <param name="count">New tokens; fewer where <paramref name="end"/> comes before.</param>
    /// <param name="end">A token that ends the continuation, whose last it is then; <see langword="null"/> for none.</param>
    /// <param name="cancellation">Checked before every token.</param>
    /// <returns>The new tokens alone.</returns>
    /// <exception cref="InvalidInputException">
    /// A token is outside the vocabulary, the prompt and its continuation are longer than the context, or a logit isn't finite.
    /// </exception>
    public static ImmutableArray<int> Generate(Transformer model, ImmutableArray<int> prompt, int count, int? end = null, CancellationToken cancellation = default) =>
        [.. Tokens(model, prompt, count, end, cancellation)];

    /// <summary>The same, token by token: whoever has seen enough stops.</summary>
    /// <inheritdoc cref="Generate"/>
    public static IEnumerable<int> Tokens(Transformer model, ImmutableArray<int> prompt, int count, int? end = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);

        // the last new token is read off the run of those before it
        if (prompt.Length + count - 1 > model.Config.ContextLength)
        {
            throw new InvalidInputException(
                "prompt",
                string.Create(CultureInfo.InvariantCulture, $"{prompt.Length} tokens and {count} more are too long for the model's context of {model.Config.ContextLength}"));
        }

        return Steps(model, prompt, count, end, cancellation);
    }

    private static IEnumerable<int> Steps(Transformer model, ImmutableArray<int> text, int count, int? end, CancellationToken cancellation)
    {
        var logits = new float[model.Config.Vocabulary];
        for (var i = 0; i < count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var next = Next(model, text, logits);
            yield return next;
            if (next == end)
            {
                yield break;
            }

            text = text.Add(next);
        }
    }

    private static int Next(Transformer model, ImmutableArray<int> text, float[] logits)
    {
        using (var run = model.RunToAnswers(new TokenBatch([text]), forGradients: false))
        using (var last = model.Logits(run.FinalResidual))
        {
            model.Device.Download(last, logits);
        }

        var best = 0;
        for (var id = 0; id < logits.Length; id++)
        {
            if (!float.IsFinite(logits[id]))
            {
                throw new InvalidInputException("continuation", string.Create(CultureInfo.InvariantCulture, $"the logit of token {id} isn't finite; have the weights diverged?"));
            }

            best = logits[id] > logits[best] ? id : best;
        }

        return best;
    }
}
