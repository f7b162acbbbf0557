namespace CircuitGrid.Circuits.Tests.Statistics;

/// <summary>
/// The nearest logistic by dense lines, in plain float64: for every steepness of a line the best middle of another, each line then drawn closer around its best
/// point. It is slow, has nothing that could stop early, and follows narrow valleys.
/// </summary>
internal static class LogisticBruteForce
{
    /// <summary>The best midpoint and steepness, and whether they lie inside the range of x and of steepnesses from 0.5 to 16.</summary>
    public static (double Midpoint, double Steepness, bool IsInside) Of(double[] x, double[] y)
    {
        var used = Enumerable.Range(0, x.Length).Where(i => x[i] > 0).ToArray();
        double[] logs = [.. used.Select(i => Math.Log(x[i]))], values = [.. used.Select(i => y[i])];
        var (flat, steep) = (Math.Log(0.5), Math.Log(16));
        var logSteepness = Least(s => Best(s).Error, flat, steep, 200, 14);
        var middle = Best(logSteepness).Middle;
        return (
            Math.Exp(middle),
            Math.Exp(logSteepness),
            middle - logs[0] > 1e-5 && logs[^1] - middle > 1e-5 && logSteepness - flat > 1e-5 && steep - logSteepness > 1e-5);

        (double Middle, double Error) Best(double s)
        {
            var m = Least(at => Error(logs, values, at, Math.Exp(s)), logs[0], logs[^1], 300, 14);
            return (m, Error(logs, values, m, Math.Exp(s)));
        }
    }

    /// <summary>Where a function is least on a line of points, and then on shorter ones around it.</summary>
    private static double Least(Func<double, double> of, double from, double to, int points, int times)
    {
        var (low, high, best) = (from, to, from);
        for (var time = 0; time <= times; time++)
        {
            var (step, n) = time == 0 ? ((high - low) / points, points) : ((high - low) / 16, 16);
            best = Enumerable.Range(0, n + 1).Select(i => low + (i * step)).MinBy(of);
            (low, high) = (Math.Max(from, best - (2 * step)), Math.Min(to, best + (2 * step)));
        }

        return best;
    }

    private static double Error(double[] logs, double[] values, double middle, double steepness)
    {
        double[] rise = [.. logs.Select(x => 1 / (1 + Math.Exp(steepness * (middle - x))))];
        var height = rise.Zip(values, (a, b) => a * b).Sum() / rise.Sum(a => a * a);
        return height > 0 ? rise.Zip(values, (a, b) => (b - (height * a)) * (b - (height * a))).Sum() : double.PositiveInfinity;
    }
}
