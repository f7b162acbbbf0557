using System.Numerics;

namespace CircuitGrid.Compute.Cpu.Simd;

/// <summary>A nonlinearity f on vectors, with the products that its gradients are made of.</summary>
internal interface IActivation
{
    /// <summary>What an element costs beside one of an addition.</summary>
    static abstract int Cost { get; }

    /// <summary>f(x).</summary>
    Vector<float> Value(Vector<float> x);

    /// <summary>dy·f′(x), and f(x).</summary>
    Vector<float> Backward(Vector<float> dy, Vector<float> x, out Vector<float> value);

    /// <summary>dy·f(x)/x, with f′(0) where x is 0, and f(x).</summary>
    Vector<float> Secant(Vector<float> dy, Vector<float> x, out Vector<float> value);
}
