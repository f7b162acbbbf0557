using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using CircuitGrid.Compute.Cpu.Simd;

namespace CircuitGrid.Compute.Cpu.Attention;

/// <summary>
/// Attention of one head over one sequence, forward and backward, on scratch memory for the longest sequence. Queries are taken some at
/// a time and meet the keys from the first that one of them sees up to the last; the pattern is never kept, and the backward pass computes it
/// anew. Keys and values are loaded once for the neighbouring heads that share them.
/// </summary>
/// <param name="scratch">At least <see cref="ForwardFloats"/> or <see cref="BackwardFloats"/> float32.</param>
/// <param name="longest">Positions of the longest sequence.</param>
/// <param name="keyWidth">Width of queries and keys.</param>
/// <param name="valueWidth">Width of values and results.</param>
/// <param name="rule">How weights come from queries and keys.</param>
internal readonly unsafe ref struct HeadPass(float* scratch, int longest, int keyWidth, int valueWidth, AttentionRule rule)
{
    /// <summary>Queries at a time, forward: the rows of a product's tile.</summary>
    private const int ForwardQueries = 4;

    /// <summary>Queries at a time, backward: enough that gradients of keys and values are read and written rarely.</summary>
    private const int BackwardQueries = 16;

    private readonly float* scratch = scratch;
    private readonly int paddedLength = Lanes.RoundUp(longest);
    private readonly int paddedKey = Lanes.RoundUp(keyWidth);
    private readonly int paddedValue = Lanes.RoundUp(valueWidth);
    private readonly float scale = (float)rule.Scale;
    private readonly float cap = (float)rule.SoftCap;
    private readonly int window = rule.Window;

    /// <summary>Keys as columns: [keyWidth, paddedLength].</summary>
    private float* KeysAcross => scratch;

    /// <summary>Forward: values as rows, [paddedLength, paddedValue]. Backward: as columns, [valueWidth, paddedLength].</summary>
    private float* Values => KeysAcross + ((long)keyWidth * paddedLength);

    /// <summary>Backward: keys as rows, [paddedLength, paddedKey].</summary>
    private float* Keys => Values + ((long)valueWidth * paddedLength);

    /// <summary>Scratch of <see cref="Forward"/>, in float32.</summary>
    public static long ForwardFloats(int longest, int keyWidth, int valueWidth)
    {
        var length = (long)Lanes.RoundUp(longest);
        var value = Lanes.RoundUp(valueWidth);
        return (length * (keyWidth + value)) + (ForwardQueries * (length + value));
    }

    /// <summary>Scratch of <see cref="Backward"/>, in float32.</summary>
    public static long BackwardFloats(int longest, int keyWidth, int valueWidth)
    {
        var length = (long)Lanes.RoundUp(longest);
        var key = Lanes.RoundUp(keyWidth);
        var value = Lanes.RoundUp(valueWidth);
        return (length * (keyWidth + valueWidth + (2 * key) + value)) + (BackwardQueries * ((3 * length) + (2 * key) + value));
    }

    /// <summary>Takes the keys and values that coming calls of <see cref="Forward"/> meet.</summary>
    public void LoadForward(Rows k, Rows v, int length)
    {
        Panels.Transpose(KeysAcross, paddedLength, k.First, k.Stride, length, keyWidth);
        Panels.CopyRows(Values, paddedValue, v.First, v.Stride, length, valueWidth);
    }

    /// <summary>z = softmax(mask(cap(scale·q·kᵀ)))·v; <paramref name="pattern"/>, if given, is [length, length].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(Rows z, Rows q, int length, float* pattern)
    {
        var weights = Values + ((long)paddedLength * paddedValue);
        var results = weights + (ForwardQueries * paddedLength);
        for (var first = 0; first < length; first += ForwardQueries)
        {
            var queries = Math.Min(ForwardQueries, length - first);
            var begin = FirstColumn(first);
            Weigh(weights, q.From(first), first, queries, slopes: null);
            new PanelProduct(weights + begin, paddedLength, 1, Values + ((long)begin * paddedValue), paddedValue, paddedValue, first + queries - begin, accumulate: false)
                .Store(results, paddedValue, queries);
            Panels.StoreRows(z.From(first).First, z.Stride, results, paddedValue, queries, valueWidth);
            if (pattern is not null)
            {
                StorePattern(pattern + ((long)first * length), weights, first, queries, length);
            }
        }
    }

    /// <summary>Takes the keys and values that coming calls of <see cref="Backward"/> meet.</summary>
    public void LoadBackward(Rows k, Rows v, int length)
    {
        Panels.Transpose(KeysAcross, paddedLength, k.First, k.Stride, length, keyWidth);
        Panels.Transpose(Values, paddedLength, v.First, v.Stride, length, valueWidth);
        Panels.CopyRows(Keys, paddedKey, k.First, k.Stride, length, keyWidth);
    }

    /// <summary>
    /// With P the pattern, dS = P ⊙ (dP − rowsum(P ⊙ dP)) and dP = dz·vᵀ, and D the derivative of cap(scale·x):
    /// dq = (D ⊙ dS)·k, dk = (D ⊙ dS)ᵀ·q, dv = Pᵀ·dz.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(Rows dq, Rows dk, Rows dv, Rows dz, Rows q, int length)
    {
        var keyGradients = Keys + ((long)paddedLength * paddedKey);
        var valueGradients = keyGradients + ((long)paddedLength * paddedKey);
        var weights = valueGradients + ((long)paddedLength * paddedValue);
        var gradients = weights + (BackwardQueries * paddedLength);
        var slopes = gradients + (BackwardQueries * paddedLength);
        var queryPanel = slopes + (BackwardQueries * paddedLength);
        var queryGradients = queryPanel + (BackwardQueries * paddedKey);
        var resultGradients = queryGradients + (BackwardQueries * paddedKey);
        slopes = cap > 0 ? slopes : null;
        new Span<float>(keyGradients, length * paddedKey).Clear();
        new Span<float>(valueGradients, length * paddedValue).Clear();

        for (var first = 0; first < length; first += BackwardQueries)
        {
            var queries = Math.Min(BackwardQueries, length - first);
            var begin = FirstColumn(first);
            var columns = Lanes.RoundUp(first + queries) - begin;
            var seen = first + queries - begin;
            var keys = Keys + ((long)begin * paddedKey);
            Panels.CopyRows(queryPanel, paddedKey, q.From(first).First, q.Stride, queries, keyWidth);
            Panels.CopyRows(resultGradients, paddedValue, dz.From(first).First, dz.Stride, queries, valueWidth);
            Weigh(weights, q.From(first), first, queries, slopes);
            new PanelProduct(resultGradients, paddedValue, 1, Values + begin, paddedLength, columns, valueWidth, accumulate: false).Store(gradients + begin, paddedLength, queries);
            for (var t = 0; t < queries; t++)
            {
                var row = (t * paddedLength) + begin;
                SoftmaxBackward(gradients + row, weights + row, slopes is null ? null : slopes + row, columns);
            }

            new PanelProduct(gradients + begin, paddedLength, 1, keys, paddedKey, paddedKey, seen, accumulate: false).Store(queryGradients, paddedKey, queries);
            new PanelProduct(gradients + begin, 1, paddedLength, queryPanel, paddedKey, paddedKey, queries, accumulate: true)
                .Store(keyGradients + ((long)begin * paddedKey), paddedKey, seen);
            new PanelProduct(weights + begin, 1, paddedLength, resultGradients, paddedValue, paddedValue, queries, accumulate: true)
                .Store(valueGradients + ((long)begin * paddedValue), paddedValue, seen);
            Panels.StoreRows(dq.From(first).First, dq.Stride, queryGradients, paddedKey, queries, keyWidth);
        }

        Panels.StoreRows(dk.First, dk.Stride, keyGradients, paddedKey, length, keyWidth);
        Panels.StoreRows(dv.First, dv.Stride, valueGradients, paddedValue, length, valueWidth);
    }

    /// <summary>The first key that the query at a position sees.</summary>
    private int FirstSeen(int position) => window == 0 ? 0 : Math.Max(0, position - window + 1);

    /// <summary>Where columns begin for queries from a position on: at the lanes' boundary, so that a column keeps its lane in every sum.</summary>
    private int FirstColumn(int position) => FirstSeen(position) & -Lanes.Count;

    /// <summary>
    /// Attention weights of some queries: [queries, …], from the first column of the first of them on, exactly zero before a query's window and
    /// beyond the diagonal up to the next multiple of 16. <paramref name="slopes"/>, where given, receives the derivative of cap(scale·x).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Weigh(float* weights, Rows q, int first, int queries, float* slopes)
    {
        var begin = FirstColumn(first);
        var columns = Lanes.RoundUp(first + queries) - begin;
        new PanelProduct(q.First, q.Stride, 1, KeysAcross + begin, paddedLength, columns, keyWidth, accumulate: false).Store(weights + begin, paddedLength, queries);
        for (var t = 0; t < queries; t++)
        {
            var row = weights + (t * paddedLength) + begin;
            var hidden = FirstSeen(first + t) - begin;
            if (cap > 0)
            {
                Softmax.Cap(row, slopes is null ? null : slopes + (t * paddedLength) + begin, columns, scale, cap);
            }

            // What the window hides is e^−∞ beside what it shows, and 0 even where the row isn't a number.
            new Span<float>(row, hidden).Fill(float.NegativeInfinity);
            Softmax.ShortRow(row, first + t + 1 - begin, columns, cap > 0 ? 1f : scale);
            new Span<float>(row, hidden).Clear();
        }
    }

    /// <summary>dp becomes D·p ⊙ (dp − Σ p ⊙ dp), D the slopes where given and otherwise the scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SoftmaxBackward(float* dp, float* p, float* slopes, int columns)
    {
        var products = Vector512<float>.Zero;
        for (var u = 0; u < columns; u += Lanes.Count)
        {
            products = Vector512.FusedMultiplyAdd(Vector512.Load(p + u), Vector512.Load(dp + u), products);
        }

        var mean = Vector512.Create(Lanes.Sum(products));
        for (var u = 0; u < columns; u += Lanes.Count)
        {
            var weight = Vector512.Load(p + u) * (slopes is null ? Vector512.Create(scale) : Vector512.Load(slopes + u));
            Vector512.Store(weight * (Vector512.Load(dp + u) - mean), dp + u);
        }
    }

    private void StorePattern(float* pattern, float* weights, int first, int queries, int length)
    {
        for (var t = 0; t < queries; t++)
        {
            var row = new Span<float>(pattern + ((long)t * length), length);
            var seen = FirstSeen(first + t);
            row[..seen].Clear();
            new ReadOnlySpan<float>(weights + (t * paddedLength) + seen, first + t + 1 - seen).CopyTo(row[seen..]);
            row[(first + t + 1)..].Clear();
        }
    }
}

/// <summary>Rows of one head and sequence in a tensor.</summary>
internal readonly unsafe struct Rows(float* first, long stride)
{
    public readonly float* First = first;
    public readonly long Stride = stride;

    /// <summary>The rows of block <paramref name="block"/> of a layout, from row <paramref name="row"/> on.</summary>
    public static Rows Of(float* tensor, BlockLayout layout, int block, int row) =>
        new(tensor + layout.Offset + ((long)block * layout.BlockStride) + ((long)row * layout.RowStride), layout.RowStride);

    public Rows From(int row) => new(First + (row * Stride), Stride);
}
