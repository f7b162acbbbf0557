using CircuitGrid.Compute;
using CircuitGrid.Torch.Memory;
using static TorchSharp.torch;
using Native = TorchSharp.torch.Tensor;

namespace CircuitGrid.Torch.Kernels;

/// <summary>Sequences of one length, which kernels run side by side.</summary>
/// <param name="Length">Positions of each.</param>
/// <param name="Members">Which sequences they are, ascending.</param>
/// <param name="Rows">Their rows one sequence after the other; <see langword="null"/> where these are all rows there are, in order.</param>
/// <param name="MemberIndex"><paramref name="Members"/> on the device; <see langword="null"/> where these are all.</param>
internal sealed record SequenceGroup(int Length, int[] Members, Native? Rows, Native? MemberIndex);

/// <summary>What the kernels need on the device of one set of sequences.</summary>
internal sealed class SequenceLayout : IDisposable
{
    private readonly List<Native> owned = [];
    private readonly Dictionary<Rotary, (Native Cos, Native Sin)> rotations = [];
    private readonly Sequences sequences;
    private readonly Device device;

    public SequenceLayout(Sequences sequences, Device device)
    {
        this.sequences = sequences;
        this.device = device;
        var groups = Enumerable.Range(0, sequences.Count).GroupBy(sequences.Length).OrderBy(g => g.Key).ToList();
        Groups = [.. groups.Select(g => Group(g.Key, [.. g], groups.Count == 1))];
    }

    public IReadOnlyList<SequenceGroup> Groups { get; }

    /// <summary>Cosine and sine of every row's angles times the rotary's magnitude, [rows, dimensions/2], computed in float64.</summary>
    public (Native Cos, Native Sin) Rotation(Rotary rotary)
    {
        if (rotations.TryGetValue(rotary, out var known))
        {
            return known;
        }

        var half = rotary.Dimensions / 2;
        var magnitude = rotary.Magnitude;
        double[] frequencies = [.. Enumerable.Range(0, half).Select(rotary.Frequency)];
        var cos = new float[sequences.Rows * half];
        var sin = new float[cos.Length];
        for (var t = 0; t < sequences.Rows; t++)
        {
            for (var j = 0; j < half; j++)
            {
                var (s, c) = Math.SinCos(sequences.Positions[t] * frequencies[j]);
                (sin[(t * half) + j], cos[(t * half) + j]) = ((float)(s * magnitude), (float)(c * magnitude));
            }
        }

        long[] shape = [sequences.Rows, half];
        return rotations[rotary] = (Keep(HostNumbers.Send(cos, shape, device)), Keep(HostNumbers.Send(sin, shape, device)));
    }

    public void Dispose() => owned.ForEach(t => t.Dispose());

    private SequenceGroup Group(int length, int[] members, bool isAll)
    {
        if (isAll)
        {
            return new(length, members, null, null);
        }

        long[] rows = [.. members.SelectMany(m => Enumerable.Range(sequences.Offsets[m], length)).Select(r => (long)r)];
        return new(length, members, Keep(HostNumbers.Send(rows, [rows.Length], device)), Keep(HostNumbers.Send(Array.ConvertAll(members, m => (long)m), [members.Length], device)));
    }

    private Native Keep(Native tensor)
    {
        owned.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }
}

/// <summary>The layouts used last: a pass calls many kernels with the same few sequences.</summary>
internal sealed class SequenceCache : IDisposable
{
    private const int Capacity = 8;

    private readonly Lock gate = new();
    private readonly LinkedList<(Sequences Sequences, SequenceLayout Layout)> recent = [];

    /// <summary>Runs something with the layout of some sequences, which stays until it returns.</summary>
    public void With(Sequences sequences, Device device, Action<SequenceLayout> use)
    {
        lock (gate)
        {
            var node = recent.First;
            while (node is not null && !ReferenceEquals(node.Value.Sequences, sequences))
            {
                node = node.Next;
            }

            if (node is null)
            {
                node = new((sequences, new SequenceLayout(sequences, device)));
            }
            else
            {
                recent.Remove(node);
            }

            recent.AddFirst(node);
            if (recent.Count > Capacity)
            {
                recent.Last!.Value.Layout.Dispose();
                recent.RemoveLast();
            }

            use(node.Value.Layout);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var (_, layout) in recent)
            {
                layout.Dispose();
            }

            recent.Clear();
        }
    }
}
