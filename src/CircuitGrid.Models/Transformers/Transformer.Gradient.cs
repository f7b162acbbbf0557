using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <content>Gradients of a task's loss at every slot; weights have none here.</content>
public sealed partial class Transformer
{
    /// <summary>
    /// Runs the model from a given residual stream and carries the gradient of the loss (−metric of each example, read at its last row)
    /// back to every slot.
    /// </summary>
    /// <param name="residual">The residual stream entering block 0, [R, D]; disposed.</param>
    /// <param name="sequences">Sequences of those rows.</param>
    /// <param name="lastRows">Answer row of each example.</param>
    /// <param name="answers">Answers of each example.</param>
    /// <param name="visitor">Receives the gradients.</param>
    /// <param name="rules">What takes the place of derivatives in LayerNorms and activations.</param>
    /// <returns>The metric of each example, [N].</returns>
    public Tensor SlotGradients(
        Tensor residual, Sequences sequences, ReadOnlySpan<int> lastRows, Answers answers, ISlotGradients visitor, BackwardRules rules = BackwardRules.Gradient)
    {
        using var run = RunForGradient(residual, sequences);
        var (metric, dx) = FinalGradient(run.FinalResidual, lastRows, answers, visitor, rules);
        using (dx)
        {
            for (var l = Config.Layers - 1; l >= 0; l--)
            {
                BackThroughLayer(l, run.Layers[l], dx, sequences, visitor, rules);
                run.Layers[l].Dispose();
            }
        }

        return metric;
    }

    private GradientRun RunForGradient(Tensor residual, Sequences sequences)
    {
        var run = new GradientRun(Config.Layers);
        for (var l = 0; l < Config.Layers; l++)
        {
            var w = weights.Layers[l];
            var (xhat, inverseScale) = Normalize(residual);
            var qkv = Device.Allocate([residual.Rows, 3 * Config.Width]);
            Device.Linear(qkv, xhat, w.QueryKeyValue, w.QueryKeyValueBias);
            var layer = run.Layers[l] = new GradientRun.Layer { Xhat = xhat, InverseScale = inverseScale, QueryKeyValue = qkv };

            using (var rotated = RotatedCopy(qkv, sequences))
            using (var z = Device.Allocate(residual.Shape.AsSpan()))
            {
                Device.Attend(z, HeadColumns(sequences.Rows, 1), rotated, Component(sequences, 0), rotated, Component(sequences, 1), rotated, Component(sequences, 2), sequences);
                Device.LinearTransposed(residual, z, w.Output, w.OutputBias, accumulate: true);
            }

            (layer.MlpXhat, layer.MlpInverseScale) = Parallel ? (xhat, inverseScale) : Normalize(residual);
            layer.Hidden = Device.Allocate([residual.Rows, Config.MlpWidth]);
            Device.Linear(layer.Hidden, layer.MlpXhat, w.MlpIn, w.MlpInBias);
            using var activated = Device.Allocate(layer.Hidden.Shape.AsSpan());
            Device.Activate(activated, layer.Hidden, Config.Activation);
            Device.Linear(residual, activated, w.MlpOut, w.MlpOutBias, accumulate: true);
        }

        run.FinalResidual = residual;
        return run;
    }

    private (Tensor Metric, Tensor Dx) FinalGradient(Tensor final, ReadOnlySpan<int> lastRows, Answers answers, ISlotGradients visitor, BackwardRules rules)
    {
        using var rows = Device.Allocate([lastRows.Length, Config.Width]);
        Device.GatherRows(rows, final, lastRows);
        var (xhat, inverseScale) = Normalize(rows);
        using var ownedXhat = xhat;
        using var ownedScale = inverseScale;
        var metric = MeasureNormalized(xhat, rows, answers);
        BackThroughNorm(rows, rows, xhat, inverseScale, rules, accumulate: false);
        visitor.VisitLogits(rows);

        var dx = Device.Allocate(final.Shape.AsSpan());
        Device.Fill(dx, 0);
        Device.ScatterAddRows(dx, rows, lastRows);
        return (metric, dx);
    }

    private void BackThroughLayer(int index, GradientRun.Layer layer, Tensor dx, Sequences sequences, ISlotGradients visitor, BackwardRules rules)
    {
        var w = weights.Layers[index];
        using var dhidden = Device.Allocate(layer.Hidden.Shape.AsSpan());
        Device.LinearTransposed(dhidden, dx, w.MlpOut);
        if (rules == BackwardRules.Relevance)
        {
            Device.ActivateSecant(dhidden, dhidden, layer.Hidden, Config.Activation);
        }
        else
        {
            Device.ActivateBackward(dhidden, dhidden, layer.Hidden, Config.Activation);
        }

        visitor.VisitMlp(index, dhidden, layer.Hidden, layer.MlpXhat, layer.MlpInverseScale);

        using var dxhat = Device.Allocate(dx.Shape.AsSpan());
        Device.LinearTransposed(dxhat, dhidden, w.MlpIn);
        if (!Parallel)
        {
            BackThroughNorm(dx, dxhat, layer.MlpXhat, layer.MlpInverseScale, rules, accumulate: true);
        }

        using var dqkv = HeadGradient(index, layer, dx, sequences, visitor);
        visitor.VisitHeads(index, dqkv, layer.QueryKeyValue, layer.Xhat, layer.InverseScale);

        Device.LinearTransposed(dxhat, dqkv, w.QueryKeyValue, accumulate: Parallel);
        BackThroughNorm(dx, dxhat, layer.Xhat, layer.InverseScale, rules, accumulate: true);
    }

    private void BackThroughNorm(Tensor dx, Tensor dxhat, Tensor xhat, Tensor inverseScale, BackwardRules rules, bool accumulate)
    {
        if (rules == BackwardRules.Relevance)
        {
            Device.CentreBackward(dx, dxhat, inverseScale, accumulate);
        }
        else
        {
            Device.NormalizeBackward(dx, dxhat, xhat, inverseScale, accumulate);
        }
    }

    /// <summary>Gradient at the unrotated queries, keys and values, [R, 3·D].</summary>
    private Tensor HeadGradient(int index, GradientRun.Layer layer, Tensor dx, Sequences sequences, ISlotGradients visitor)
    {
        using var dz = Device.Allocate(dx.Shape.AsSpan());
        Device.Linear(dz, dx, weights.Layers[index].Output);
        visitor.VisitAttention(index, dz);
        using var rotated = RotatedCopy(layer.QueryKeyValue, sequences);
        var dqkv = Device.Allocate(rotated.Shape.AsSpan());
        Device.AttendBackward(dqkv, dz, HeadColumns(sequences.Rows, 1), rotated, Component(sequences, 0), Component(sequences, 1), Component(sequences, 2), sequences);
        Rotate(dqkv, sequences, inverse: true);
        return dqkv;
    }

    private Tensor RotatedCopy(Tensor qkv, Sequences sequences)
    {
        var rotated = Device.Allocate(qkv.Shape.AsSpan());
        Device.Copy(rotated, qkv);
        Rotate(rotated, sequences, inverse: false);
        return rotated;
    }

    private (Tensor Xhat, Tensor InverseScale) Normalize(Tensor x)
    {
        var xhat = Device.Allocate(x.Shape.AsSpan());
        var inverseScale = Device.Allocate([x.Rows]);
        Device.Normalize(xhat, inverseScale, x, Config.LayerNormEpsilon);
        return (xhat, inverseScale);
    }
}
