using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Evaluation;

/// <summary>
/// Slots' streams at some rows: a known stream plus differences. Where a norm stands behind attention, what a layer's heads add to a stream isn't the sum of
/// their differences: each slot's own sum of the layer's heads passes the norm (docs/method.md, families).
/// </summary>
internal sealed class StreamMixer : IDisposable
{
    private readonly Transformer model;
    private readonly CircuitGraph graph;
    private readonly IDevice device;
    private readonly SourceRun clean;
    private readonly SourceRun ablated;
    private readonly Dictionary<(int Layer, bool FromClean), (Tensor Output, Tensor Written)> known = [];

    public StreamMixer(Transformer model, CircuitGraph graph, RowSelection rows, DifferencePool pool, SourceRun clean, SourceRun ablated)
    {
        this.model = model;
        this.graph = graph;
        this.clean = clean;
        this.ablated = ablated;
        Rows = rows;
        Pool = pool;
        device = model.Device;
    }

    /// <summary>The rows.</summary>
    public RowSelection Rows { get; }

    /// <summary>The differences.</summary>
    public DifferencePool Pool { get; }

    /// <summary>Mixes each slot's stream, [slots, rows, D].</summary>
    /// <param name="streams">Receives them.</param>
    /// <param name="cleanStream">The clean run's stream that the slots read, of all rows.</param>
    /// <param name="ablatedStream">The ablated run's.</param>
    /// <param name="slots">How each is made.</param>
    public void Mix(Tensor streams, Tensor cleanStream, Tensor ablatedStream, SlotMix[] slots)
    {
        using var from = Rows.Take(cleanStream);
        using var to = Rows.Take(ablatedStream);
        if (!model.Config.Norms.IsAfter)
        {
            Pool.Mix(streams, from, to, slots);
            return;
        }

        Pool.Mix(streams, from, to, Array.ConvertAll(slots, s => s with { Terms = s.Terms.RemoveAll(t => LayerOfHead(t) is not null) }));
        foreach (var layer in slots.SelectMany(s => s.Terms).Select(LayerOfHead).OfType<int>().Distinct().Order().ToList())
        {
            AddAttention(layer, streams, Array.ConvertAll(slots, s => s with { Terms = s.Terms.RemoveAll(t => LayerOfHead(t) != layer) }));
        }
    }

    public void Dispose()
    {
        Pool.Dispose();
        foreach (var (output, written) in known.Values)
        {
            output.Dispose();
            written.Dispose();
        }
    }

    private int? LayerOfHead(Difference difference)
    {
        var (layer, place) = Math.DivRem(difference.Source - 1, graph.MlpNode(0));
        return difference.Source == 0 || place == model.Config.Heads ? null : layer;
    }

    /// <summary>Adds to streams how what a layer's attention writes differs from the known run's.</summary>
    private void AddAttention(int layer, Tensor streams, SlotMix[] slots)
    {
        var distinct = slots.Where(s => !s.Terms.IsEmpty).Distinct().OrderBy(s => s.FromClean).ToArray();
        using var outputs = device.Allocate([distinct.Length, Rows.Count, model.Config.Width]);
        Pool.Mix(outputs, Known(layer, fromClean: true).Output, Known(layer, fromClean: false).Output, distinct);
        var flat = outputs.Reshape(distinct.Length * Rows.Count, model.Config.Width);
        model.PassAttentionNorm(layer, flat);
        for (var i = 0; i < distinct.Length; i++)
        {
            var change = flat.Slice(i * Rows.Count, Rows.Count);
            device.Subtract(change, change, Known(layer, distinct[i].FromClean).Written);
            for (var s = 0; s < slots.Length; s++)
            {
                if (slots[s].Equals(distinct[i]))
                {
                    var stream = streams.Slice(s, 1).Reshape(Rows.Count, model.Config.Width);
                    device.Add(stream, stream, change);
                }
            }
        }
    }

    /// <summary>A layer's attention in one of the known runs: its output before the norm behind it, and what that made of it.</summary>
    private (Tensor Output, Tensor Written) Known(int layer, bool fromClean)
    {
        if (!known.TryGetValue((layer, fromClean), out var found))
        {
            var output = Rows.Take((fromClean ? clean : ablated).Attention[layer]!);
            var written = device.Allocate(output.Shape.AsSpan());
            device.Copy(written, output);
            model.PassAttentionNorm(layer, written);
            known.Add((layer, fromClean), found = (output, written));
        }

        return found;
    }
}
