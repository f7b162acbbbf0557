using System.Collections.Immutable;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <content>
/// The metric at the answer rows and its gradient. A logit difference is linear in x̂ unless logits are capped, so it needs only the unembedding rows of its
/// answers; anything else needs the whole vocabulary.
/// </content>
public sealed partial class Transformer
{
    /// <summary>The metric of every answer row, a new [N], from rows of the final residual stream, [N, D].</summary>
    public Tensor Measure(Tensor finalRows, Answers answers)
    {
        using var xhat = Normalized(finalRows);
        return MeasureNormalized(xhat, dxhat: null, answers);
    }

    /// <summary>The metric of every answer row, a new [N], and where asked for the gradient of its loss at x̂, [N, D].</summary>
    private Tensor MeasureNormalized(Tensor xhat, Tensor? dxhat, Answers answers)
    {
        if (answers.Metric == MetricKind.LogitDifference && Config.LogitCap == 0)
        {
            return MeasureLogitDifference(xhat, dxhat, answers);
        }

        var metric = Device.Allocate([answers.Count]);
        using var logits = Unembed(xhat);
        if (dxhat is null)
        {
            Device.Measure(metric, dlogits: null, logits, answers);
            return metric;
        }

        using var dlogits = Device.Allocate(logits.Shape.AsSpan());
        Device.Measure(metric, dlogits, logits, answers);
        if (Config.LogitCap > 0)
        {
            Device.SoftCapBackward(dlogits, dlogits, logits, Config.LogitCap);
        }

        Device.MatrixProduct(dxhat, dlogits, transposeA: false, weights.Unembedding, transposeB: false);
        return metric;
    }

    /// <summary>metric = x̂·u + b with u the mean of the correct answers' rows of U′ minus that of the incorrect ones'; the loss's gradient is −u.</summary>
    private Tensor MeasureLogitDifference(Tensor xhat, Tensor? dxhat, Answers answers)
    {
        var (examples, width) = (answers.Count, Config.Width);
        using var directions = AnswerMean(weights.Unembedding, width, answers.Correct);
        using (var incorrect = AnswerMean(weights.Unembedding, width, answers.Incorrect))
        {
            Device.Subtract(directions, directions, incorrect);
        }

        var column = weights.UnembeddingBias.Reshape(Config.Vocabulary, 1);
        using var offset = AnswerMean(column, 1, answers.Correct);
        using (var incorrect = AnswerMean(column, 1, answers.Incorrect))
        {
            Device.Subtract(offset, offset, incorrect);
        }

        var metric = Device.Allocate([examples]);
        Device.SourceDots(metric.Reshape(1, examples), directions.Reshape(1, examples, width), xhat);
        Device.Add(metric, metric, offset.Reshape(examples));
        if (dxhat is not null)
        {
            Device.Fill(dxhat, 0);
            Device.Subtract(dxhat, dxhat, directions);
        }

        return metric;
    }

    /// <summary>The mean over each example's answers of rows of a table [V, columns], a new [N, columns].</summary>
    private Tensor AnswerMean(Tensor table, int columns, ImmutableArray<ImmutableArray<int>> answers)
    {
        var ids = answers.SelectMany(a => a).ToArray();
        var averaging = new float[answers.Length * ids.Length];
        var next = 0;
        for (var e = 0; e < answers.Length; e++)
        {
            for (var i = 0; i < answers[e].Length; i++)
            {
                averaging[(e * ids.Length) + next++] = 1f / answers[e].Length;
            }
        }

        using var rows = Device.Allocate([ids.Length, columns]);
        Device.GatherRows(rows, table, ids);
        using var weightsOfRows = Device.Allocate([answers.Length, ids.Length]);
        Device.Upload(weightsOfRows, averaging);
        var mean = Device.Allocate([answers.Length, columns]);
        Device.MatrixProduct(mean, weightsOfRows, transposeA: false, rows, transposeB: false);
        return mean;
    }
}
