namespace CircuitGrid.Compute;

/// <summary>An MLP's nonlinearity f.</summary>
public enum Activation
{
    /// <summary>½x(1 + erf(x/√2)).</summary>
    Gelu,

    /// <summary>½x(1 + tanh(√(2/π)(x + 0.044715x³))): GPT-2's <c>gelu_new</c>.</summary>
    GeluTanh,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x/(1 + e⁻ˣ).</summary>
    Silu,

    /// <summary>Two-sided, with learned slopes; see <see cref="ActivationFunction.XIelu"/>.</summary>
    XIelu,
}
