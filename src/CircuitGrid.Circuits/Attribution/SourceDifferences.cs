using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Attribution;

/// <summary>
/// Δ of every source of a batch, its ablated minus its clean output: at all T rows of the sources that head slots read, at the N answer rows of all. Where a norm stands
/// behind attention, what slots read changes by heads' Δ carried through that norm, which is another map at every integration point.
/// </summary>
internal sealed class SourceDifferences : IDisposable
{
    private readonly Transformer model;
    private readonly IDevice device;
    private readonly CircuitGraph graph;
    private readonly RowSelection answers;
    private readonly Tensor outputsAtAnswers;
    private readonly (Tensor Everywhere, Tensor AtAnswers)? carried;

    /// <param name="model">The model.</param>
    /// <param name="graph">Its graph.</param>
    /// <param name="batch">The batch's clean prompts.</param>
    public SourceDifferences(Transformer model, CircuitGraph graph, TokenBatch batch)
    {
        this.model = model;
        this.graph = graph;
        device = model.Device;
        var (rows, answerRows) = (batch.Sequences.Rows, batch.AnswerRows());
        answers = RowSelection.Of(device, answerRows, rows);
        Outputs = device.Allocate([graph.SourcesOf(graph.HeadSlot(LastLayer, 0, 0)), rows, Width]);
        outputsAtAnswers = device.Allocate([graph.Sources, answerRows.Length, Width]);
        carried = model.Config.Norms.IsAfter ? (device.Allocate(Outputs.Shape.AsSpan()), device.Allocate(outputsAtAnswers.Shape.AsSpan())) : null;
    }

    /// <summary>Of what sources write, [F, T, D].</summary>
    public Tensor Outputs { get; }

    /// <summary>Of what slots read of them, [F, T, D].</summary>
    public Tensor Everywhere => carried?.Everywhere ?? Outputs;

    /// <summary>The same of all sources at the answers, [F, N, D].</summary>
    public Tensor AtAnswers => carried?.AtAnswers ?? outputsAtAnswers;

    /// <summary>Whether <see cref="Carry"/> is due at every integration point.</summary>
    public bool AreCarried => carried is not null;

    private int LastLayer => model.Config.Layers - 1;

    private int Width => model.Config.Width;

    private int Heads => model.Config.Heads;

    /// <summary>Takes the differences of two runs to the answers.</summary>
    public void Take(SourceRun clean, SourceRun ablated)
    {
        var rows = Outputs.Shape[1];
        device.Subtract(Outputs.Slice(0, 1).Reshape(rows, Width), ablated.Embedding, clean.Embedding);
        for (var l = 0; l < LastLayer; l++)
        {
            using var z = device.Allocate([rows, model.Config.QueryWidth]);
            device.Subtract(z, ablated.Heads[l], clean.Heads[l]);
            model.HeadOutputs(l, z, Outputs.Slice(graph.HeadNode(l, 0), Heads));
            device.Subtract(Outputs.Slice(graph.MlpNode(l), 1).Reshape(rows, Width), ablated.Mlp[l], clean.Mlp[l]);
        }

        TakeAnswers(clean, ablated);
        if (carried is var (everywhere, atAnswers))
        {
            device.Copy(everywhere, Outputs);
            device.Copy(atAnswers, outputsAtAnswers);
        }
    }

    /// <summary>Carries heads' differences through the norms behind attention, as the derivatives of these are in a run.</summary>
    public void Carry(GradientRun run, BackwardRules rules)
    {
        var (everywhere, atAnswers) = carried!.Value;
        for (var l = 0; l < LastLayer; l++)
        {
            var first = graph.HeadNode(l, 0);
            model.ThroughAttentionNorm(l, Outputs.Slice(first, Heads), run, rules, everywhere.Slice(first, Heads));
        }

        using (var lower = answers.TakeStacked(everywhere))
        {
            device.Copy(atAnswers.Slice(0, everywhere.Shape[0]), lower);
        }

        var last = graph.HeadNode(LastLayer, 0);
        model.ThroughAttentionNorm(LastLayer, outputsAtAnswers.Slice(last, Heads), run, rules, atAnswers.Slice(last, Heads));
    }

    public void Dispose()
    {
        Outputs.Dispose();
        outputsAtAnswers.Dispose();
        carried?.Everywhere.Dispose();
        carried?.AtAnswers.Dispose();
    }

    private void TakeAnswers(SourceRun clean, SourceRun ablated)
    {
        using (var lower = answers.TakeStacked(Outputs))
        {
            device.Copy(outputsAtAnswers.Slice(0, Outputs.Shape[0]), lower);
        }

        using var z = answers.Take(ablated.Heads[LastLayer]);
        using var cleanZ = answers.Take(clean.Heads[LastLayer]);
        device.Subtract(z, z, cleanZ);
        model.HeadOutputs(LastLayer, z, outputsAtAnswers.Slice(graph.HeadNode(LastLayer, 0), Heads));
        device.Subtract(outputsAtAnswers.Slice(graph.MlpNode(LastLayer), 1).Reshape(answers.Count, Width), ablated.Mlp[LastLayer], clean.Mlp[LastLayer]);
    }
}
