using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints.Formats;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Evaluation;

/// <summary>Refuses what a model computed where it isn't finite, and says what overflowed.</summary>
internal static class Overflow
{
    /// <param name="values">What was computed, e.g. the metric of every example.</param>
    /// <param name="what">What the values are, for the message: <c>the metric</c>.</param>
    /// <param name="model">The model that computed them.</param>
    /// <param name="prompts">The prompts it ran.</param>
    /// <exception cref="InvalidInputException">A value isn't finite.</exception>
    public static void Refuse(ReadOnlySpan<float> values, string what, Transformer model, params ReadOnlySpan<TokenBatch> prompts)
    {
        if (HalfPrecision.IndexOfNonFinite(values) >= 0)
        {
            throw new InvalidInputException(what, $"is not finite: {Reason(model, prompts)}");
        }
    }

    /// <summary>What overflows when the model runs some prompts, as a clause.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">Prompts, looked at in turn.</param>
    public static string Reason(Transformer model, params ReadOnlySpan<TokenBatch> prompts)
    {
        foreach (var batch in prompts)
        {
            if (model.FindOverflow(batch) is { } found)
            {
                return found;
            }
        }

        return "the model's activations overflow on these prompts";
    }
}
