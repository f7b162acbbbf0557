using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <content>Gradients of a task's loss at every slot; weights have none here.</content>
public sealed partial class Transformer
{
    /// <summary>Runs the model from a given residual stream, keeping what <see cref="SlotGradients"/> needs.</summary>
    /// <param name="residual">The residual stream entering block 0, [R, D]; disposed.</param>
    /// <param name="sequences">Sequences of those rows.</param>
    /// <param name="lastRows">Answer row of each example.</param>
    public GradientRun RunForGradients(Tensor residual, Sequences sequences, int[] lastRows)
    {
        var run = new GradientRun(Config.Layers, sequences, AnswerRows(sequences, lastRows));
        for (var l = 0; l < Config.Layers; l++)
        {
            var w = weights.Layers[l];
            var rows = RowsBehindAttention(l, sequences, run.Answers);
            var attention = ReadHeads(l, residual);
            using (var all = AttendReading(attention, sequences, keep: true))
            using (var z = rows.Take(all))
            {
                residual = rows.Narrow(residual);
                var mlp = (Parallel, rows.IsAll) switch
                {
                    (true, true) => ShareReading(l, attention),
                    (true, false) => ReadMlp(l, residual),
                    _ => null,
                };
                Device.LinearTransposed(residual, z, w.Output, w.OutputBias, accumulate: true);
                run.Layers[l] = new GradientRun.Layer(attention, mlp ?? ReadMlp(l, residual));
            }

            var hidden = run.Layers[l].Mlp.Projection;
            using var activated = Device.Allocate(hidden.Shape.AsSpan());
            Device.Activate(activated, hidden, Config.Activation);
            Device.Linear(residual, activated, w.MlpOut, w.MlpOutBias, accumulate: true);
        }

        run.FinalResidual = residual;
        return run;
    }

    /// <summary>Carries the gradient of the loss (−metric of each example, read at its answer row) back to every slot.</summary>
    /// <param name="run">The run; what it keeps of a layer is given back as soon as the layer is behind.</param>
    /// <param name="answers">Answers of each example.</param>
    /// <param name="visitor">Receives the gradients.</param>
    /// <param name="rules">What takes the place of derivatives in LayerNorms and activations.</param>
    /// <returns>The metric of each example, [N].</returns>
    public Tensor SlotGradients(GradientRun run, Answers answers, ISlotGradients visitor, BackwardRules rules = BackwardRules.Gradient)
    {
        var (metric, dx) = FinalGradient(run.FinalResidual, answers, visitor, rules);
        for (var l = Config.Layers - 1; l >= 0; l--)
        {
            dx = BackThroughLayer(l, run, dx, visitor, rules);
            run.Layers[l].Dispose();
        }

        dx.Dispose();
        return metric;
    }

    /// <summary>The metric, and the gradient at the final residual stream's answer rows, [N, D].</summary>
    private (Tensor Metric, Tensor Dx) FinalGradient(Tensor final, Answers answers, ISlotGradients visitor, BackwardRules rules)
    {
        var (xhat, inverseScale) = Normalize(final);
        using var ownedXhat = xhat;
        using var ownedScale = inverseScale;
        var dx = Device.Allocate(final.Shape.AsSpan());
        var metric = MeasureNormalized(xhat, dx, answers);
        BackThroughNorm(dx, dx, xhat, inverseScale, rules, accumulate: false);
        visitor.VisitLogits(dx);
        return (metric, dx);
    }

    /// <summary>
    /// From the gradient behind a layer, which is disposed, to that before it, [R, D]: of the first layer, before which there is no slot, it is
    /// left unfinished.
    /// </summary>
    private Tensor BackThroughLayer(int index, GradientRun run, Tensor dx, ISlotGradients visitor, BackwardRules rules)
    {
        var (w, layer) = (weights.Layers[index], run.Layers[index]);
        var rows = RowsBehindAttention(index, run.Sequences, run.Answers);
        using var dhidden = BackThroughActivation(w, dx, layer.Mlp.Projection, rules);
        visitor.VisitMlp(index, dhidden, layer.Mlp.Projection, layer.Mlp.Xhat, layer.Mlp.InverseScale);

        using var dmlp = Device.Allocate(dx.Shape.AsSpan());
        if (!Parallel || index > 0)
        {
            Device.LinearTransposed(dmlp, dhidden, w.MlpIn);
        }

        if (!Parallel)
        {
            BackThroughNorm(dx, dmlp, layer.Mlp.Xhat, layer.Mlp.InverseScale, rules, accumulate: true);
        }

        using var dqkv = HeadGradient(index, run, dx, rows, visitor);
        visitor.VisitHeads(index, dqkv, layer.Attention.Projection, layer.Attention.Xhat, layer.Attention.InverseScale);
        if (index == 0)
        {
            return dx;
        }

        var before = rows.Widen(dx);
        using var dxhat = rows.Spread(dmlp);
        Device.LinearTransposed(dxhat, dqkv, w.QueryKeyValue, accumulate: Parallel);
        BackThroughNorm(before, dxhat, layer.Attention.Xhat, layer.Attention.InverseScale, rules, accumulate: true);
        return before;
    }

    private Tensor BackThroughActivation(LayerWeights w, Tensor dx, Tensor hidden, BackwardRules rules)
    {
        var dhidden = Device.Allocate(hidden.Shape.AsSpan());
        Device.LinearTransposed(dhidden, dx, w.MlpOut);
        if (rules == BackwardRules.Relevance)
        {
            Device.ActivateSecant(dhidden, dhidden, hidden, Config.Activation);
        }
        else
        {
            Device.ActivateBackward(dhidden, dhidden, hidden, Config.Activation);
        }

        return dhidden;
    }

    private void BackThroughNorm(Tensor dx, Tensor dxhat, Tensor xhat, Tensor inverseScale, BackwardRules rules, bool accumulate)
    {
        if (rules == BackwardRules.Relevance)
        {
            Device.HeldScaleBackward(dx, dxhat, inverseScale, accumulate);
        }
        else
        {
            Device.NormalizeBackward(dx, dxhat, xhat, inverseScale, accumulate);
        }
    }

    /// <summary>Gradient at the unrotated queries, keys and values, [R, 3·D], from that at the stream behind the heads.</summary>
    private Tensor HeadGradient(int index, GradientRun run, Tensor dx, RowSelection rows, ISlotGradients visitor)
    {
        using var dzOfRows = Device.Allocate(dx.Shape.AsSpan());
        Device.Linear(dzOfRows, dx, weights.Layers[index].Output);
        using var dz = rows.Spread(dzOfRows);
        visitor.VisitAttention(index, dz);
        var sequences = run.Sequences;
        using var rotated = RotatedCopy(run.Layers[index].Attention.Projection, sequences);
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
}
