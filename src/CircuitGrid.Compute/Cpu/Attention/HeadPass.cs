using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using CircuitGrid.Compute.Cpu.Simd;

namespace CircuitGrid.Compute.Cpu.Attention;

/// <summary>
/// Attention of one head over one sequence, forward and backward, on scratch memory for the longest sequence. Queries are taken some at
/// a time and meet the keys up to the last of them; the pattern is never kept, and the backward pass computes it anew.
/// </summary>
/// <param name="scratch">At least <see cref="ForwardFloats"/> or <see cref="BackwardFloats"/> float32.</param>
/// <param name="longest">Positions of the longest sequence.</param>
/// <param name="keyWidth">Width of queries and keys.</param>
/// <param name="valueWidth">Width of values and results.</param>
internal readonly unsafe ref struct HeadPass(float* scratch, int longest, int keyWidth, int valueWidth)
{
    /// <summary>Queries at a time, forward: the rows of a product's tile.</summary>
    private const int ForwardQueries = 4;

    /// <summary>Queries at a time, backward: enough that gradients of keys and values are read and written rarely.</summary>
    private const int BackwardQueries = 16;

    private readonly float* scratch = scratch;
    private readonly int paddedLength = Lanes.RoundUp(longest);
    private readonly int paddedKey = Lanes.RoundUp(keyWidth);
    private readonly int paddedValue = Lanes.RoundUp(valueWidth);
    private readonly float scale = (float)(1 / Math.Sqrt(keyWidth));

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
        return (length * (keyWidth + valueWidth + (2 * key) + value)) + (BackwardQueries * ((2 * length) + (2 * key) + value));
    }

    /// <summary>z = softmax(q·kᵀ/√dh)·v; <paramref name="pattern"/>, if given, is [length, length].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(Rows z, Rows q, Rows k, Rows v, int length, float* pattern)
    {
        var keysAcross = scratch;
        var values = keysAcross + ((long)keyWidth * paddedLength);
        var weights = values + ((long)paddedLength * paddedValue);
        var results = weights + (ForwardQueries * paddedLength);
        Panels.Transpose(keysAcross, paddedLength, k.First, k.Stride, length, keyWidth);
        Panels.CopyRows(values, paddedValue, v.First, v.Stride, length, valueWidth);

        for (var first = 0; first < length; first += ForwardQueries)
        {
            var queries = Math.Min(ForwardQueries, length - first);
            Weigh(weights, keysAcross, q.From(first), first, queries);
            new PanelProduct(weights, paddedLength, 1, values, paddedValue, paddedValue, first + queries, accumulate: false).Store(results, paddedValue, queries);
            Panels.StoreRows(z.From(first).First, z.Stride, results, paddedValue, queries, valueWidth);
            if (pattern is not null)
            {
                StorePattern(pattern + ((long)first * length), weights, first, queries, length);
            }
        }
    }

    /// <summary>
    /// With P the pattern and dS = P ⊙ (dP − rowsum(P ⊙ dP))/√dh, dP = dz·vᵀ: dq = dS·k, dk = dSᵀ·q, dv = Pᵀ·dz.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(Rows dq, Rows dk, Rows dv, Rows dz, Rows q, Rows k, Rows v, int length)
    {
        var keysAcross = scratch;
        var valuesAcross = keysAcross + ((long)keyWidth * paddedLength);
        var keys = valuesAcross + ((long)valueWidth * paddedLength);
        var keyGradients = keys + ((long)paddedLength * paddedKey);
        var valueGradients = keyGradients + ((long)paddedLength * paddedKey);
        var weights = valueGradients + ((long)paddedLength * paddedValue);
        var gradients = weights + (BackwardQueries * paddedLength);
        var queryPanel = gradients + (BackwardQueries * paddedLength);
        var queryGradients = queryPanel + (BackwardQueries * paddedKey);
        var resultGradients = queryGradients + (BackwardQueries * paddedKey);
        Panels.Transpose(keysAcross, paddedLength, k.First, k.Stride, length, keyWidth);
        Panels.Transpose(valuesAcross, paddedLength, v.First, v.Stride, length, valueWidth);
        Panels.CopyRows(keys, paddedKey, k.First, k.Stride, length, keyWidth);
        new Span<float>(keyGradients, length * paddedKey).Clear();
        new Span<float>(valueGradients, length * paddedValue).Clear();

        for (var first = 0; first < length; first += BackwardQueries)
        {
            var queries = Math.Min(BackwardQueries, length - first);
            var seen = first + queries;
            var columns = Lanes.RoundUp(seen);
            Panels.CopyRows(queryPanel, paddedKey, q.From(first).First, q.Stride, queries, keyWidth);
            Panels.CopyRows(resultGradients, paddedValue, dz.From(first).First, dz.Stride, queries, valueWidth);
            Weigh(weights, keysAcross, q.From(first), first, queries);
            new PanelProduct(resultGradients, paddedValue, 1, valuesAcross, paddedLength, columns, valueWidth, accumulate: false).Store(gradients, paddedLength, queries);
            for (var t = 0; t < queries; t++)
            {
                SoftmaxBackward(gradients + (t * paddedLength), weights + (t * paddedLength), columns, scale);
            }

            new PanelProduct(gradients, paddedLength, 1, keys, paddedKey, paddedKey, seen, accumulate: false).Store(queryGradients, paddedKey, queries);
            new PanelProduct(gradients, 1, paddedLength, queryPanel, paddedKey, paddedKey, queries, accumulate: true).Store(keyGradients, paddedKey, seen);
            new PanelProduct(weights, 1, paddedLength, resultGradients, paddedValue, paddedValue, queries, accumulate: true).Store(valueGradients, paddedValue, seen);
            Panels.StoreRows(dq.From(first).First, dq.Stride, queryGradients, paddedKey, queries, keyWidth);
        }

        Panels.StoreRows(dk.First, dk.Stride, keyGradients, paddedKey, length, keyWidth);
        Panels.StoreRows(dv.First, dv.Stride, valueGradients, paddedValue, length, valueWidth);
    }

    /// <summary>Attention weights of some queries: [queries, …], exactly zero beyond the diagonal up to the next multiple of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Weigh(float* weights, float* keysAcross, Rows q, int first, int queries)
    {
        var columns = Lanes.RoundUp(first + queries);
        new PanelProduct(q.First, q.Stride, 1, keysAcross, paddedLength, columns, keyWidth, accumulate: false).Store(weights, paddedLength, queries);
        for (var t = 0; t < queries; t++)
        {
            Softmax.ShortRow(weights + (t * paddedLength), first + t + 1, columns, scale);
        }
    }

    /// <summary>dp becomes scale·p ⊙ (dp − Σ p ⊙ dp).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SoftmaxBackward(float* dp, float* p, int columns, float scale)
    {
        var products = Vector512<float>.Zero;
        for (var u = 0; u < columns; u += Lanes.Count)
        {
            products = Vector512.FusedMultiplyAdd(Vector512.Load(p + u), Vector512.Load(dp + u), products);
        }

        var mean = Vector512.Create(Lanes.Sum(products));
        for (var u = 0; u < columns; u += Lanes.Count)
        {
            var weight = Vector512.Load(p + u) * scale;
            Vector512.Store(weight * (Vector512.Load(dp + u) - mean), dp + u);
        }
    }

    private void StorePattern(float* pattern, float* weights, int first, int queries, int length)
    {
        for (var t = 0; t < queries; t++)
        {
            var row = new Span<float>(pattern + ((long)t * length), length);
            new ReadOnlySpan<float>(weights + (t * paddedLength), first + t + 1).CopyTo(row);
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
