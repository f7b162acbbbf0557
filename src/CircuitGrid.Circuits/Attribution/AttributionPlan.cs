using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Attribution;

/// <summary>
/// How many examples and integration points run together so that a batch stays inside its memory. Planned before anything runs; the
/// result doesn't depend on it.
/// </summary>
/// <param name="Graph">The graph.</param>
/// <param name="EnoughRows">Rows beyond which a larger batch gains nothing: matrix products are at full speed before.</param>
/// <param name="RowBudget">Bytes for one batch.</param>
/// <param name="BytesPerRow">Bytes a row of a batch takes beside the points.</param>
/// <param name="BytesPerPointRow">Bytes a row takes at each integration point.</param>
/// <param name="Points">Number of integration points in all.</param>
/// <param name="KeptPoints">How many of them are ends of the path, whose forward passes are kept until their turn.</param>
internal sealed record AttributionPlan(CircuitGraph Graph, int EnoughRows, long RowBudget, long BytesPerRow, long BytesPerPointRow, int Points, int KeptPoints)
{
    /// <summary>Rows of a pass over a batch's: at a pass a row takes less memory, and more of them make its products a little faster.</summary>
    private const int PointsFactor = 2;

    private const long SmallestDefaultBudget = 256L << 20;

    private const long LargestDefaultBudget = 1L << 30;

    /// <summary>The same where sources' differences are there twice, as they were written and as they are read.</summary>
    private const long LargestCarriedBudget = 3L << 30;

    /// <summary>Integration points that run in one pass.</summary>
    public int PointsPerPass { get; private set; } = 1;

    /// <summary>Integration points that can run in one pass: one where each has its own way from sources to slots.</summary>
    private int MostPointsPerPass { get; init; }

    /// <summary>Rows that <see cref="QueryKeyCorrection"/> computes together.</summary>
    public int CorrectionRows { get; private set; }

    private long BytesPerCorrectionRow { get; init; }

    private long BytesPerSequence => ((long)Graph.Edges * sizeof(double)) + ((long)Graph.Sources * Graph.Shape.Width * sizeof(float));

    /// <summary>What is measured: it says how many sequences an example has, and whether logits of the whole vocabulary are made.</summary>
    private MetricKind Metric { get; init; }

    /// <summary>Bytes of an answer row's logits, their gradients, and the clean logits that a divergence is taken from.</summary>
    private long BytesPerAnswerRow { get; init; }

    public static AttributionPlan Create(
        Transformer model, CircuitGraph graph, AttributionMethod method, MetricKind metric, Quadrature quadrature, long? budget)
    {
        var config = model.Config;
        var (l, d, f, h, q) = ((long)config.Layers, (long)config.Width, (long)config.HiddenWidth, (long)config.Heads, (long)config.QueryWidth);
        var differences = graph.SourcesOf(graph.HeadSlot(config.Layers - 1, 0, 0)) * d * (config.Norms.IsAfter ? 2 : 1);
        var accumulators = SlotScores.ElementsPerRow(model, config.Norms.IsAfter ? 1 : quadrature.Points.Length);
        var contraction = (3 * h * d) + f;
        var runs = 2 * l * ((3 * d) + q + (config.Norms.IsAfter ? d : 0));
        var row = differences + Math.Max(runs, accumulators + contraction);
        if (method == AttributionMethod.EapQk)
        {
            // the clean run and the gradients at z stay, and one source's rows are computed beside the batch
            row += (l * ((4 * d) + q)) + (QueryKeyCorrection.WidthsPerRow * Math.Max(d, q)) + (config.Norms.IsAfter ? differences / 2 : 0);
        }

        var kept = (config.Norms.IsAfter ? 4 : 2) * d;
        var pointRow = (l * (kept + config.ProjectionWidth + f)) + (8 * Math.Max(d, q)) + (2 * f) + graph.Sources;
        var (enough, points, largest) = (BatchSize.EnoughRows(model.Device, config.Width), PointsFactor, LargestDefaultBudget);
        if (config.Norms.IsAfter)
        {
            // a pass has a single point, so its rows are all the batch's
            (enough, points, largest) = (PointsFactor * enough, 1, LargestCarriedBudget);
        }

        var usual = Math.Clamp(enough * (row + (points * pointRow)) * sizeof(float), SmallestDefaultBudget, largest);
        return new AttributionPlan(graph, enough, budget ?? model.Device.FreeBytes ?? usual, row * sizeof(float), pointRow * sizeof(float), quadrature.Points.Length, quadrature.Points.Count(p => p is 0 or 1))
        {
            Metric = metric,
            BytesPerAnswerRow = metric.SumsOverTokens() ? (metric == MetricKind.Divergence ? 3L : 2L) * config.Vocabulary * sizeof(float) : 0,
            BytesPerCorrectionRow = QueryKeyCorrection.WidthsPerRow * Math.Max(d, q) * sizeof(float),
            MostPointsPerPass = config.Norms.IsAfter ? 1 : quadrature.Points.Length,
        };
    }

    /// <summary>Cuts the examples into batches, in order.</summary>
    public IEnumerable<IReadOnlyList<Example>> Batches(IReadOnlyList<Example> examples)
    {
        var batch = new List<Example>();
        var (rows, sequences, answers) = (0, 0, 0);
        var (largest, mostAnswers) = (0, 0);
        var cut = new List<IReadOnlyList<Example>>();
        foreach (var example in examples)
        {
            var own = AnswerSequence.Of(example, Metric);
            var (ownRows, ownAnswers) = (own.Sum(s => s.Clean.Length), own.Sum(s => s.AnswerRows));
            var more = rows + ownRows;
            var bytes = (more * (BytesPerRow + (Math.Max(1, KeptPoints) * BytesPerPointRow)))
                + ((sequences + own.Length) * BytesPerSequence) + ((answers + ownAnswers) * BytesPerAnswerRow);
            if (batch.Count > 0 && (more > EnoughRows || bytes > RowBudget))
            {
                cut.Add(batch);
                batch = [];
                (rows, sequences, answers) = (0, 0, 0);
            }

            batch.Add(example);
            (rows, sequences, answers) = (rows + ownRows, sequences + own.Length, answers + ownAnswers);
            (largest, mostAnswers) = (Math.Max(largest, rows), Math.Max(mostAnswers, answers));
        }

        cut.Add(batch);
        var left = RowBudget - (largest * BytesPerRow);
        CorrectionRows = (int)Math.Clamp(left / BytesPerCorrectionRow, largest, Math.Max(largest, PointsFactor * EnoughRows));
        PointsPerPass = (int)Math.Clamp(Math.Min(left / ((largest * BytesPerPointRow) + (mostAnswers * BytesPerAnswerRow)), Math.Max(1, PointsFactor * EnoughRows / largest)), 1, MostPointsPerPass);
        return cut;
    }
}
