using System.Numerics;
using System.Runtime.CompilerServices;

namespace CircuitGrid.Compute.Cpu.Simd;

/// <summary>One element of a result from one element of two tensors.</summary>
internal interface IElementOperation
{
    Vector<float> Apply(Vector<float> a, Vector<float> b);
}

/// <summary>One element of the gradient at a gated layer's halves a and b: da, and db.</summary>
internal interface IGateOperation
{
    Vector<float> Apply(Vector<float> dy, Vector<float> a, Vector<float> b, out Vector<float> db);
}

/// <summary>Loops over elements that don't know of each other, in vectors of whatever width the hardware likes.</summary>
internal static unsafe class Elementwise
{
    /// <summary>y = f(a, b); any of them may be the same memory. Reads, but doesn't write, up to a vector beyond <paramref name="count"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map<TOperation>(TOperation operation, float* y, float* a, float* b, long count)
        where TOperation : struct, IElementOperation
    {
        var i = 0L;
        for (; i + Vector<float>.Count <= count; i += Vector<float>.Count)
        {
            operation.Apply(Vector.Load(a + i), Vector.Load(b + i)).Store(y + i);
        }

        if (i < count)
        {
            StoreFirst(y + i, operation.Apply(Vector.Load(a + i), Vector.Load(b + i)), (int)(count - i));
        }
    }

    /// <summary>dx = da | db of one row x = a | b, each half of <paramref name="width"/> elements. Reads up to a vector beyond every half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MapGate<TOperation>(TOperation operation, float* dx, float* dy, float* x, long width)
        where TOperation : struct, IGateOperation
    {
        var i = 0L;
        for (; i + Vector<float>.Count <= width; i += Vector<float>.Count)
        {
            operation.Apply(Vector.Load(dy + i), Vector.Load(x + i), Vector.Load(x + width + i), out var db).Store(dx + i);
            db.Store(dx + width + i);
        }

        if (i < width)
        {
            var da = operation.Apply(Vector.Load(dy + i), Vector.Load(x + i), Vector.Load(x + width + i), out var db);
            StoreFirst(dx + i, da, (int)(width - i));
            StoreFirst(dx + width + i, db, (int)(width - i));
        }
    }

    /// <summary>x *= factor; reads up to a vector beyond <paramref name="count"/>.</summary>
    public static void Scale(float* x, float factor, long count) => Map(new ScaleBy(factor), x, x, x, count);

    /// <summary>Writes the first <paramref name="count"/> lanes and nothing beyond.</summary>
    public static void StoreFirst<T>(T* to, Vector<T> value, int count)
        where T : unmanaged
    {
        if (count == Vector<T>.Count)
        {
            value.Store(to);
            return;
        }

        for (var lane = 0; lane < count; lane++)
        {
            to[lane] = value[lane];
        }
    }

    private readonly struct ScaleBy(float factor) : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) => a * Vector.Create(factor);
    }
}
