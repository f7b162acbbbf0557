using CircuitGrid.Circuits.Graph;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Circuits.Attribution;

/// <summary>
/// The floating point operations of EAP-IG (docs/engine.md, operations): the floor it is measured against, two plain forward passes and for every
/// integration point a forward and a backward pass without gradients of weights, with logits at the answer position alone; and those that
/// turn gradients into scores. Rows that no answer sees, and passes that were run anyway, are counted in full though the engine leaves them out.
/// </summary>
public static class ArithmeticFloor
{
    /// <summary>Operations of one example that passes over all rows need.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="positions">P, tokens of a prompt.</param>
    /// <param name="steps">m, integration points.</param>
    public static double PerExample(ModelConfig config, int positions, int steps)
    {
        double d = config.Width;
        var matrices = 2.0 * positions * config.Layers * ((d * (config.ProjectionWidth + config.QueryWidth)) + (d * (config.HiddenWidth + config.MlpWidth)));
        var attention = 2.0 * positions * (positions + 1) * config.Layers * config.QueryWidth;
        var unembedding = 2.0 * config.Vocabulary * d;
        return ((matrices + attention) * 2) + (steps * ((2 * matrices) + (3 * attention) + unembedding));
    }

    /// <summary>
    /// Operations of one example that make scores of gradients: head outputs' differences and the back-projection of summed gradients (once),
    /// the contraction over all edges (once), and what norms take out (every point and layer).
    /// </summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="positions">P, tokens of a prompt.</param>
    /// <param name="steps">m, integration points.</param>
    public static double ScoringPerExample(ModelConfig config, int positions, int steps)
    {
        var graph = new CircuitGraph(GraphShape.Of(config));
        double d = config.Width;
        var outputs = 2.0 * positions * config.Layers * d * config.QueryWidth;
        var projections = 2.0 * positions * config.Layers * 3 * d * config.QueryWidth;
        var contraction = 2.0 * positions * d * graph.Edges;
        var times = config.Norms.IsAfter ? steps : 1;
        if (SlotScores.AreOfProjections(config))
        {
            var sources = Enumerable.Range(0, config.Layers).Sum(l => (double)graph.SourcesOf(graph.MlpSlot(l)));
            return outputs + projections + (2.0 * positions * config.Layers * d * config.HiddenWidth) + contraction + (steps * 2.0 * positions * d * sources);
        }

        var normed = config.Norms.IsBefore ? 6.0 * positions * config.Layers * d * config.Heads : 0;
        return outputs + (times * (projections + contraction)) + (steps * normed);
    }

    /// <summary>
    /// Operations of one example that are counted above and that the engine does without, in a parallel model whose path ends in the corrupted run:
    /// that end's forward pass; behind the last layer's attention all rows but the answer's; and gradients before the first layer.
    /// </summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="positions">P, tokens of a prompt.</param>
    /// <param name="steps">m, integration points.</param>
    public static double LeftOutPerExample(ModelConfig config, int positions, int steps)
    {
        double d = config.Width;
        var (heads, output, into, from) = (d * config.ProjectionWidth, d * config.QueryWidth, d * config.HiddenWidth, d * config.MlpWidth);
        var end = (2.0 * positions * config.Layers * (heads + output + into + from)) + (2.0 * positions * (positions + 1) * config.Layers * config.QueryWidth);
        var passes = 2 + (steps - 1) + steps;
        var last = 2.0 * (positions - 1) * ((passes * (output + into + from)) + output + into);
        var first = 2.0 * positions * steps * (heads + into);
        return end + last + first;
    }
}
