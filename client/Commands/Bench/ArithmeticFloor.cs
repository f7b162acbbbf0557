using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Client.Commands.Bench;

/// <summary>
/// The floating point operations that EAP-IG can't do without: two plain forward passes, and for every integration point a forward and a
/// backward pass without gradients of weights, with logits at the answer position alone.
/// </summary>
internal static class ArithmeticFloor
{
    /// <summary>Floating point operations of one example.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="positions">P, tokens of a prompt.</param>
    /// <param name="steps">m, integration points.</param>
    public static double PerExample(ModelConfig config, int positions, int steps)
    {
        double d = config.Width;
        var matrices = 2.0 * positions * config.Layers * ((4 * d * d) + (2 * d * config.MlpWidth));
        var attention = 2.0 * positions * (positions + 1) * config.Layers * d;
        var unembedding = 2.0 * config.Vocabulary * d;
        return ((matrices + attention) * 2) + (steps * ((2 * matrices) + (3 * attention) + unembedding));
    }
}
