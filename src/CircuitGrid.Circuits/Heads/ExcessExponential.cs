using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CircuitGrid.Circuits.Heads;

/// <summary>
/// Σ p·(eˣ − 1 − x): what a softmax loses, to a distribution p, when its logits move by x. Every term is at least 0, so the smallest divergences keep
/// their digits, unlike a difference of logarithms. In four lanes of plain products and sums, so that hardware doesn't change a bit.
/// </summary>
internal static class ExcessExponential
{
    private const double Log2E = 1.4426950408889634;
    private const double Ln2High = 0.693147180369123816490;
    private const double Ln2Low = 1.90821492927058770002e-10;

    /// <summary>1.5·2⁵²: added to a whole number it leaves that number in the lowest bits, which is faster than a conversion.</summary>
    private const double WholeNumbers = 6755399441055744;

    /// <summary>Beyond these eˣ is 0 or no longer a double of use.</summary>
    private const double Lowest = -700;
    private const double Highest = 700;

    /// <summary>KL(p ‖ softmax(ln p + x)) = ln(1 + Σ p·(eʸ − 1 − y)) with y = x − Σ p·x.</summary>
    /// <param name="p">Probabilities that sum to 1.</param>
    /// <param name="shifts">Differences of logits.</param>
    /// <param name="scale">What shifts are multiplied by.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Divergence(ReadOnlySpan<double> p, ReadOnlySpan<float> shifts, double scale)
    {
        var whole = p.Length & ~3;
        var means = Vector256<double>.Zero;
        for (var i = 0; i < whole; i += 4)
        {
            means += Vector256.Create(p.Slice(i, 4)) * Four(shifts, i);
        }

        var mean = Folded(means);
        for (var i = whole; i < p.Length; i++)
        {
            mean += p[i] * shifts[i];
        }

        var sums = Vector256<double>.Zero;
        for (var i = 0; i < whole; i += 4)
        {
            sums += Vector256.Create(p.Slice(i, 4)) * Excess((Four(shifts, i) - Vector256.Create(mean)) * scale);
        }

        var sum = Folded(sums);
        for (var i = whole; i < p.Length; i++)
        {
            sum += p[i] * Excess(Vector256.Create((shifts[i] - mean) * scale))[0];
        }

        // ln(1 + sum) by ln(1 + s)·s/((1 + s) − 1), which keeps the digits of a small s (Kahan).
        var one = 1 + sum;
        return one == 1 ? sum : Math.Log(one) * sum / (one - 1);
    }

    private static Vector256<double> Four(ReadOnlySpan<float> values, int first)
    {
        var (low, high) = Vector128.Widen(Vector128.Create(values.Slice(first, 4)));
        return Vector256.Create(low, high);
    }

    private static double Folded(Vector256<double> lanes) => (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);

    /// <summary>eˣ − 1 − x in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<double> Excess(Vector256<double> x)
    {
        if (Vector256.LessThanAll(Vector256.Abs(x), Vector256.Create(Ln2High / 2)))
        {
            // n would be 0, with the same bits.
            return Series(x);
        }

        x = Vector256.Min(Vector256.Max(x, Vector256.Create(Lowest)), Vector256.Create(Highest));
        var n = Vector256.Floor((x * Log2E) + Vector256.Create(0.5));
        var r = (x - (n * Ln2High)) - (n * Ln2Low);
        var power = Vector256.ShiftLeft((n + Vector256.Create(WholeNumbers)).AsInt64() + Vector256.Create(1023L), 52).AsDouble();

        // With n = 0 the first two terms vanish and the series alone is left.
        return (power - Vector256<double>.One) + ((power * r) - x) + (power * Series(r));
    }

    /// <summary>x²·(1/2! + x·(1/3! + …)), exact to rounding for |x| up to ½·ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Series(Vector256<double> x)
    {
        var sum = Vector256.Create(1.0 / 87178291200);
        sum = (sum * x) + Vector256.Create(1.0 / 6227020800);
        sum = (sum * x) + Vector256.Create(1.0 / 479001600);
        sum = (sum * x) + Vector256.Create(1.0 / 39916800);
        sum = (sum * x) + Vector256.Create(1.0 / 3628800);
        sum = (sum * x) + Vector256.Create(1.0 / 362880);
        sum = (sum * x) + Vector256.Create(1.0 / 40320);
        sum = (sum * x) + Vector256.Create(1.0 / 5040);
        sum = (sum * x) + Vector256.Create(1.0 / 720);
        sum = (sum * x) + Vector256.Create(1.0 / 120);
        sum = (sum * x) + Vector256.Create(1.0 / 24);
        sum = (sum * x) + Vector256.Create(1.0 / 6);
        sum = (sum * x) + Vector256.Create(0.5);
        return sum * x * x;
    }
}
