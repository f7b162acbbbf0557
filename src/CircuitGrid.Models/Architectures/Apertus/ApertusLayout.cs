using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures.LlamaLike;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Models.Architectures.Apertus;

/// <summary>Apertus: what is stored of xIELU's slopes is their inverse softplus, of the negative side's what it has beyond β.</summary>
internal sealed class ApertusLayout(ITensorSource source, bool fold, BlockNorms norms) : LlamaLikeLayout(source, fold, norms)
{
    protected override ActivationFunction ActivationOf(string mlp) => ActivationFunction.XIelu(
        Softplus(Vector($"{mlp}.act_fn.alpha_p", 1)[0]),
        ApertusFamily.Beta + Softplus(Vector($"{mlp}.act_fn.alpha_n", 1)[0]),
        ApertusFamily.Beta,
        ApertusFamily.Epsilon);

    /// <summary>ln(1 + eˣ) = max(x, 0) + ln(1 + y) with y = e^−|x|, and ln(1 + y) = 2·artanh(y/(2 + y)), which small y don't get lost in.</summary>
    private static double Softplus(double x)
    {
        var y = Math.Exp(-Math.Abs(x));
        return Math.Max(x, 0) + (2 * Math.Atanh(y / (2 + y)));
    }
}
