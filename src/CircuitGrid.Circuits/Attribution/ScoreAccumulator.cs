using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Attribution;

/// <summary>
/// Block sums of scores on the device, one float64 tensor [blocks, sources, slots] for each kind of slot of a layer, so that no array
/// over examples × edges is ever kept.
/// </summary>
internal sealed class ScoreAccumulator : IDisposable
{
    private readonly IDevice device;
    private readonly CircuitGraph graph;
    private readonly int blocks;
    private readonly Tensor[] heads;
    private readonly Tensor[] mlps;
    private readonly Tensor logits;
    private readonly Dictionary<int, double[]> replaced = [];

    public ScoreAccumulator(IDevice device, CircuitGraph graph, int blocks)
    {
        this.device = device;
        this.graph = graph;
        this.blocks = blocks;
        heads = [.. Enumerable.Range(0, graph.Shape.Layers).Select(l => Zeros(graph.SourcesOf(graph.HeadSlot(l, 0, 0)), 3 * graph.Shape.Heads))];
        mlps = [.. Enumerable.Range(0, graph.Shape.Layers).Select(l => Zeros(graph.SourcesOf(graph.MlpSlot(l)), 1))];
        logits = Zeros(graph.Sources, 1);
    }

    /// <summary>Adds the head slots' scores of a batch, [N, sources, 3·H].</summary>
    public void AddHeads(int layer, Tensor scores, ReadOnlySpan<int> blockOf) => device.SumBlocks(heads[layer], scores, blockOf);

    /// <summary>Adds the MLP slot's scores of a batch, [N, sources, 1].</summary>
    public void AddMlp(int layer, Tensor scores, ReadOnlySpan<int> blockOf) => device.SumBlocks(mlps[layer], scores, blockOf);

    /// <summary>Adds the logits slot's scores of a batch, [N, sources, 1].</summary>
    public void AddLogits(Tensor scores, ReadOnlySpan<int> blockOf) => device.SumBlocks(logits, scores, blockOf);

    /// <summary>Takes a batch's scores of some of a slot's edges, [N, sources, 1], in place of those of <see cref="AddHeads"/>.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="firstSource">The first of the sources.</param>
    /// <param name="scores">Their scores.</param>
    /// <param name="blockOf">Block of every example.</param>
    public void Replace(int slot, int firstSource, Tensor scores, ReadOnlySpan<int> blockOf)
    {
        var (sources, all) = (scores.Shape[1], graph.SourcesOf(slot));
        var values = new double[scores.Length];
        device.Download(scores, values);
        if (!replaced.TryGetValue(slot, out var sums))
        {
            replaced.Add(slot, sums = new double[blocks * all]);
        }

        for (var i = 0; i < values.Length; i++)
        {
            sums[(blockOf[i / sources] * all) + firstSource + (i % sources)] += values[i];
        }
    }

    /// <summary>For every block, the score of every edge in canonical order.</summary>
    /// <param name="overflow">Says what overflowed, where a score isn't finite.</param>
    /// <exception cref="InvalidInputException">A score isn't finite.</exception>
    public double[][] Download(Func<string> overflow)
    {
        var sums = Enumerable.Range(0, blocks).Select(_ => new double[graph.Edges]).ToArray();
        for (var l = 0; l < graph.Shape.Layers; l++)
        {
            Read(heads[l], sums, graph.HeadSlot(l, 0, 0), overflow);
            Read(mlps[l], sums, graph.MlpSlot(l), overflow);
        }

        Read(logits, sums, graph.LogitsSlot, overflow);
        return sums;
    }

    public void Dispose()
    {
        foreach (var tensor in (Tensor[])[.. heads, .. mlps, logits])
        {
            tensor.Dispose();
        }
    }

    private Tensor Zeros(int sources, int slots)
    {
        var tensor = device.Allocate([blocks, sources, slots], ElementType.Float64);
        device.Fill(tensor, 0);
        return tensor;
    }

    private void Read(Tensor tensor, double[][] sums, int firstSlot, Func<string> overflow)
    {
        var (sources, slots) = (tensor.Shape[1], tensor.Shape[2]);
        var values = new double[tensor.Length];
        device.Download(tensor, values);
        for (var i = 0; i < values.Length; i++)
        {
            var (source, slot) = (i / slots % sources, firstSlot + (i % slots));
            var edge = graph.Edge(source, slot);
            var score = replaced.TryGetValue(slot, out var others) ? others[(i / slots / sources * sources) + source] : values[i];
            if (!double.IsFinite(score))
            {
                throw new InvalidInputException(GraphNames.Edge(graph, edge), $"the score is not finite: {overflow()}");
            }

            sums[i / slots / sources][edge] = score;
        }
    }
}
