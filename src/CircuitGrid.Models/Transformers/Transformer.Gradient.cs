using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Models.Transformers;

/// <content>Gradients of a task's loss at every slot; weights have none here.</content>
public sealed partial class Transformer
{
    /// <summary>Runs the model from a given residual stream, keeping what <see cref="SlotGradients"/> needs.</summary>
    /// <param name="residual">The residual stream entering block 0, [R, D]; disposed.</param>
    /// <param name="sequences">Sequences of those rows.</param>
    /// <param name="answerRows">The answer rows.</param>
    public GradientRun RunForGradients(Tensor residual, Sequences sequences, int[] answerRows)
    {
        var run = new GradientRun(Config.Layers, sequences, AnswerRows(sequences, answerRows));
        for (var l = 0; l < Config.Layers; l++)
        {
            var rows = RowsBehindAttention(l, sequences, run.Answers);
            var attention = ReadHeads(l, residual);
            using var all = AttendReading(l, attention, sequences, keep: true);
            using var z = rows.Take(all);
            residual = rows.Narrow(residual);
            var shared = (Parallel, rows.IsAll) switch
            {
                (true, true) => ShareReading(l, attention),
                (true, false) => ReadMlp(l, residual),
                _ => null,
            };
            var attentionNorm = AccumulateAttention(l, residual, z);
            var mlp = shared ?? ReadMlp(l, residual);
            run.Layers[l] = new GradientRun.Layer(attention, mlp) { AttentionNorm = attentionNorm, MlpNorm = AccumulateMlp(l, residual, mlp.Projection) };
        }

        run.FinalResidual = residual;
        return run;
    }

    /// <summary>Carries the gradient of the loss (−metric of each answer row, or the metric where it is a loss) back to every slot.</summary>
    /// <param name="run">The run; what it keeps of a layer is given back as soon as the layer is behind.</param>
    /// <param name="answers">Answers at each answer row.</param>
    /// <param name="visitor">Receives the gradients.</param>
    /// <param name="rules">What takes the place of derivatives in LayerNorms and activations.</param>
    /// <returns>The metric of each answer row, [N].</returns>
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

    /// <summary>Adds what attention writes to the residual stream in place; returns what went through the norm behind it, where there is one.</summary>
    private PassedNorm? AccumulateAttention(int layer, Tensor residual, Tensor z)
    {
        var w = weights.Layers[layer];
        if (w.AttentionNorm is not { } scale)
        {
            Device.LinearTransposed(residual, z, w.Output, w.OutputBias, accumulate: true);
            return null;
        }

        var output = AttentionOutput(layer, z);
        return AccumulateNormed(residual, output, scale);
    }

    /// <summary>The same of an MLP, from its hidden layer.</summary>
    private PassedNorm? AccumulateMlp(int layer, Tensor residual, Tensor hidden)
    {
        var w = weights.Layers[layer];
        using var activated = ActivateHidden(layer, hidden, keep: true);
        if (w.MlpNorm is not { } scale)
        {
            Device.Linear(residual, activated, w.MlpOut, w.MlpOutBias, accumulate: true);
            return null;
        }

        var output = Device.Allocate(residual.Shape.AsSpan());
        Device.Linear(output, activated, w.MlpOut, w.MlpOutBias);
        return AccumulateNormed(residual, output, scale);
    }

    private PassedNorm AccumulateNormed(Tensor residual, Tensor output, Tensor scale)
    {
        var passed = new PassedNorm(output, PassNorm(output, scale, out var normed));
        using (normed)
        {
            Device.Add(residual, residual, normed);
        }

        return passed;
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
        using var dhidden = BackThroughMlp(index, layer, dx, rules);
        visitor.VisitMlp(index, dhidden, layer.Mlp.Projection, layer.Mlp.Xhat, layer.Mlp.InverseScale);

        using var dmlp = Device.Allocate(dx.Shape.AsSpan());
        if (!Parallel || index > 0)
        {
            Device.LinearTransposed(dmlp, dhidden, w.MlpIn);
        }

        if (!Parallel)
        {
            if (Config.Norms.IsBefore)
            {
                BackThroughNorm(dmlp, dmlp, layer.Mlp.Xhat, layer.Mlp.InverseScale, rules, accumulate: false);
            }

            visitor.VisitMlpStream(index, dmlp);
            Device.Add(dx, dx, dmlp);
        }

        using var dqkv = HeadGradient(index, run, dx, rows, visitor, rules);
        visitor.VisitHeads(index, dqkv, layer.Attention.Projection, layer.Attention.Xhat, layer.Attention.InverseScale);
        if (index == 0)
        {
            return dx;
        }

        var before = rows.Widen(dx);
        using var dxhat = rows.Spread(dmlp);
        using var grouped = Grouped(dqkv);
        Device.LinearTransposed(dxhat, grouped, w.QueryKeyValue, accumulate: Parallel);
        BackThroughReading(before, dxhat, layer.Attention, rules);
        return before;
    }

    /// <summary>Gradient at the hidden layer before the activation from that at the stream behind the MLP, a new tensor.</summary>
    private Tensor BackThroughMlp(int index, GradientRun.Layer layer, Tensor dx, BackwardRules rules)
    {
        var (w, hidden, held) = (weights.Layers[index], layer.Mlp.Projection, rules == BackwardRules.Relevance);
        using var written = BackThroughPassed(layer.MlpNorm, w.MlpNorm, dx, rules);
        var dhidden = Device.Allocate(hidden.Shape.AsSpan());
        if (Config.IsGated)
        {
            using var dgated = Device.Allocate([hidden.Rows, Config.MlpWidth]);
            Device.LinearTransposed(dgated, written, w.MlpOut);
            if (held)
            {
                Device.GateSecant(dhidden, dgated, hidden, w.Activation);
            }
            else
            {
                Device.GateBackward(dhidden, dgated, hidden, w.Activation);
            }

            return dhidden;
        }

        Device.LinearTransposed(dhidden, written, w.MlpOut);
        if (held)
        {
            Device.ActivateSecant(dhidden, dhidden, hidden, w.Activation);
        }
        else
        {
            Device.ActivateBackward(dhidden, dhidden, hidden, w.Activation);
        }

        return dhidden;
    }

    /// <summary>Gradient at what a norm behind attention or an MLP read, from that behind it; a view of that where there is no norm. To be disposed.</summary>
    private Tensor BackThroughPassed(PassedNorm? passed, Tensor? scale, Tensor dx, BackwardRules rules)
    {
        if (passed is null)
        {
            return dx.Slice(0, dx.Rows);
        }

        var before = Device.Allocate(dx.Shape.AsSpan());
        var layout = WholeRows(dx);
        Device.NormalizeBlocksBackward(before, dx, layout, passed.Input, layout, passed.InverseScale, scale!, held: rules == BackwardRules.Relevance);
        return before;
    }

    /// <summary>Adds to the gradient at a stream what comes through a slot's reading of it.</summary>
    private void BackThroughReading(Tensor dx, Tensor dxhat, SlotReading reading, BackwardRules rules)
    {
        if (Config.Norms.IsBefore)
        {
            BackThroughNorm(dx, dxhat, reading.Xhat, reading.InverseScale, rules, accumulate: true);
        }
        else
        {
            Device.Add(dx, dx, dxhat);
        }
    }

    private void BackThroughNorm(Tensor dx, Tensor dxhat, Tensor xhat, Tensor inverseScale, BackwardRules rules, bool accumulate)
    {
        if (rules == BackwardRules.Relevance)
        {
            Device.HeldScaleBackward(dx, dxhat, inverseScale, accumulate, Config.Norms.Centres);
        }
        else
        {
            Device.NormalizeBackward(dx, dxhat, xhat, inverseScale, accumulate, Config.Norms.Centres);
        }
    }

    /// <summary>Gradient at queries, keys and values as each head's slots projected them, [R, 3·H·dh], from that at the stream behind the heads.</summary>
    private Tensor HeadGradient(int index, GradientRun run, Tensor dx, RowSelection rows, ISlotGradients visitor, BackwardRules rules)
    {
        var (w, layer, sequences) = (weights.Layers[index], run.Layers[index], run.Sequences);
        using var written = BackThroughPassed(layer.AttentionNorm, w.AttentionNorm, dx, rules);
        using var dzOfRows = Device.Allocate([dx.Rows, Config.QueryWidth]);
        Device.Linear(dzOfRows, written, w.Output);
        using var dz = rows.Spread(dzOfRows);
        visitor.VisitAttention(index, dz);
        using var shaped = Copied(layer.Attention.Projection);
        using var scales = ShapeHeads(index, shaped, sequences);
        var dqkv = Device.Allocate([sequences.Rows, 3 * Config.QueryWidth]);
        Device.AttendBackward(dqkv, LayoutsOf(dqkv), dz, HeadColumns(sequences.Rows), shaped, LayoutsOf(shaped), sequences, Config.AttentionOf(index));
        Rotate(index, dqkv, sequences, inverse: true);
        BackThroughHeadNorms(index, dqkv, layer.Attention.Projection, scales, rules);
        if (Config.QueryKeyValueLimit > 0)
        {
            var (to, from) = (LayoutsOf(dqkv), LayoutsOf(layer.Attention.Projection));
            Device.ClampBackward(dqkv, dqkv, to.Query, layer.Attention.Projection, from.Query, Config.QueryKeyValueLimit);
            Device.ClampBackward(dqkv, dqkv, to.Key, layer.Attention.Projection, from.Key, Config.QueryKeyValueLimit);
            Device.ClampBackward(dqkv, dqkv, to.Value, layer.Attention.Projection, from.Value, Config.QueryKeyValueLimit);
        }

        return dqkv;
    }

    /// <summary>Carries gradients [R, 3·H·dh] back through the norms of queries and keys, in place.</summary>
    private void BackThroughHeadNorms(int index, Tensor dqkv, Tensor projection, HeadScales? scales, BackwardRules rules)
    {
        if (scales is null)
        {
            return;
        }

        var (w, to, from, held) = (weights.Layers[index], LayoutsOf(dqkv), LayoutsOf(projection), rules == BackwardRules.Relevance);
        Device.NormalizeBlocksBackward(dqkv, dqkv, Normed(to.Query), projection, Normed(from.Query), scales.Query, w.QueryNorm!, held);
        if (Config.QueryKeyNorm == QueryKeyNorm.PerHead || Config.HeadsPerKey == 1)
        {
            Device.NormalizeBlocksBackward(dqkv, dqkv, Normed(to.Key), projection, Normed(from.Key), scales.Key, w.KeyNorm!, held);
            return;
        }

        // The mean square over all heads' keys is that over the shared ones, but what one head's key adds to it is its own.
        using var keys = Device.Allocate([projection.Rows, Config.QueryWidth]);
        GatherHeads(keys, HeadColumns(keys.Rows), projection, from.Key);
        Device.NormalizeBlocksBackward(dqkv, dqkv, Normed(to.Key), keys, WholeRows(keys), scales.Key, w.KeyNormOfHeads!, held);
    }

    /// <summary>Gradients [R, 3·H·dh] of every head's own keys and values, summed over those that share one: [R, (H + 2·K)·dh]; to be disposed.</summary>
    private Tensor Grouped(Tensor dqkv)
    {
        if (Config.HeadsPerKey == 1)
        {
            return dqkv.Slice(0, dqkv.Rows);
        }

        var grouped = Device.Allocate([dqkv.Rows, Config.ProjectionWidth]);
        var (from, to) = (LayoutsOf(dqkv), LayoutsOf(grouped));
        Device.SumGroups(grouped, to.Query, dqkv, from.Query);
        Device.SumGroups(grouped, to.Key, dqkv, from.Key);
        Device.SumGroups(grouped, to.Value, dqkv, from.Value);
        return grouped;
    }
}
