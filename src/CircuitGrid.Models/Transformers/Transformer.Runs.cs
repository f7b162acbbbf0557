using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <content>Forward passes that keep what nodes write.</content>
public sealed partial class Transformer
{
    /// <summary>A plain forward pass that keeps every source node's output and every slot's residual stream.</summary>
    /// <exception cref="InvalidInputException">A token is outside the vocabulary, or a prompt longer than the context.</exception>
    public SourceRun RunSources(TokenBatch batch) => RunSources(batch, RowSelection.All(Device, batch.Sequences.Rows), forGradients: false);

    /// <summary>The same with only the answers' rows of what lies behind the last layer's attention, since no other row reaches them.</summary>
    /// <param name="batch">The prompts.</param>
    /// <param name="forGradients">Whether <see cref="SlotGradients"/> will want the run, too.</param>
    /// <exception cref="InvalidInputException">A token is outside the vocabulary, or a prompt longer than the context.</exception>
    internal SourceRun RunToAnswers(TokenBatch batch, bool forGradients) => RunSources(batch, AnswerRows(batch.Sequences, batch.AnswerRows()), forGradients);

    /// <summary>
    /// The run in which every source's output is given instead of computed, with the residual streams they add up to. Takes over the tensors.
    /// </summary>
    /// <param name="sequences">Sequences of the T rows.</param>
    /// <param name="embedding">Output of node <c>input</c>, [T, D].</param>
    /// <param name="heads">z of all heads of each layer, [T, H·dh].</param>
    /// <param name="mlps">Output of each layer's MLP, [T, D].</param>
    public SourceRun ComposeSources(Sequences sequences, Tensor embedding, Tensor[] heads, Tensor[] mlps)
    {
        var run = new SourceRun(embedding, Config.Layers);
        var residual = EnterResidual(embedding, sequences);
        for (var l = 0; l < Config.Layers; l++)
        {
            (run.Residual[l], run.Heads[l], run.Mlp[l]) = (residual, heads[l], mlps[l]);
            residual = AddAttention(l, residual, heads[l], out var passed);
            run.Keep(l, passed);
            if (Parallel)
            {
                run.MlpResidual[l] = run.Residual[l];
                Device.Add(residual, residual, mlps[l]);
            }
            else
            {
                run.MlpResidual[l] = residual;
                residual = Device.Allocate(residual.Shape.AsSpan());
                Device.Add(residual, run.MlpResidual[l], mlps[l]);
            }
        }

        run.FinalResidual = residual;
        return run;
    }

    private SourceRun RunSources(TokenBatch batch, RowSelection answers, bool forGradients)
    {
        var sequences = batch.Sequences;
        var run = new SourceRun(Embed(batch), Config.Layers) { Gradients = forGradients ? new GradientRun(Config.Layers, sequences, answers) : null };
        var residual = EnterResidual(run.Embedding, sequences);
        for (var l = 0; l < Config.Layers; l++)
        {
            var rows = RowsBehindAttention(l, sequences, answers);
            run.Residual[l] = residual;
            var attention = ReadHeads(l, residual);
            run.Heads[l] = AttendReading(l, attention, sequences, keep: forGradients);
            using var before = rows.Take(residual);
            using var z = rows.Take(run.Heads[l]);
            var after = AddAttention(l, before, z, out var passed);
            run.MlpResidual[l] = Parallel ? residual : after;
            var mlp = Parallel && rows.IsAll ? ShareReading(l, attention) : ReadMlp(l, Parallel ? before : after);
            run.Mlp[l] = WriteMlp(l, mlp.Projection, keep: forGradients, out var mlpPassed);
            residual = Parallel ? after : Device.Allocate(after.Shape.AsSpan());
            Device.Add(residual, after, run.Mlp[l]);
            run.Keep(l, forGradients && passed is not null ? new PassedNorm(Copied(passed.Input), Copied(passed.InverseScale)) : passed);
            KeepOrDispose(run.Gradients, l, new GradientRun.Layer(attention, mlp) { AttentionNorm = forGradients ? passed : null, MlpNorm = mlpPassed });
        }

        run.FinalResidual = residual;
        if (run.Gradients is not null)
        {
            run.Gradients.FinalResidual = Device.Allocate(residual.Shape.AsSpan());
            Device.Copy(run.Gradients.FinalResidual, residual);
        }

        return run;
    }

    /// <summary>What <see cref="RunToAnswers"/> would have of a run of all rows, which is changed to that.</summary>
    internal SourceRun NarrowToAnswers(SourceRun run, TokenBatch batch)
    {
        var (rows, last) = (AnswerRows(batch.Sequences, batch.AnswerRows()), Config.Layers - 1);
        if (!Parallel)
        {
            run.MlpResidual[last] = rows.Narrow(run.MlpResidual[last]);
        }

        run.Mlp[last] = rows.Narrow(run.Mlp[last]);
        if (run.Attention[last] is { } attention)
        {
            run.Attention[last] = rows.Narrow(attention);
        }

        run.FinalResidual = rows.Narrow(run.FinalResidual);
        return run;
    }

    private static void KeepOrDispose(GradientRun? run, int layer, GradientRun.Layer reading)
    {
        if (run is null)
        {
            reading.Dispose();
        }
        else
        {
            run.Layers[layer] = reading;
        }
    }

    private RowSelection AnswerRows(Sequences sequences, int[] rows) => RowSelection.Of(Device, rows, sequences.Rows);

    /// <summary>The rows for which W_O and the MLP of a layer are run.</summary>
    private RowSelection RowsBehindAttention(int layer, Sequences sequences, RowSelection answers) =>
        layer == Config.Layers - 1 ? answers : RowSelection.All(Device, sequences.Rows);
}
