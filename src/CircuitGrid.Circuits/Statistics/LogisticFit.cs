namespace CircuitGrid.Circuits.Statistics;

/// <summary>The logistic of log x nearest to a series in the sum of squares: height/(1 + (midpoint/x)^steepness).</summary>
/// <param name="Height">What it rises to from 0.</param>
/// <param name="Midpoint">x at half the height; not a number where no fit is possible.</param>
/// <param name="Steepness">Slope of the logit over log x.</param>
public readonly record struct LogisticFit(double Height, double Midpoint, double Steepness)
{
    private const int GridPoints = 24;
    private const int Halvings = 30;

    /// <summary>From a rise over several powers of ten to one between two checkpoints.</summary>
    private static readonly double[] steepnesses = [0.5, 1, 2, 4, 8, 16];

    /// <summary>
    /// Height follows from the other two by linear least squares; those are searched on a grid and then by compass search. Points at x ≤ 0
    /// are left out: the curve is 0 there whatever it is elsewhere.
    /// </summary>
    /// <param name="x">Positions, ascending.</param>
    /// <param name="y">Values.</param>
    public static LogisticFit Of(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        var used = Enumerable.Range(0, x.Count).Where(i => x[i] > 0).ToArray();
        if (used.Length < 3)
        {
            return new(double.NaN, double.NaN, double.NaN);
        }

        var logs = used.Select(i => Math.Log(x[i])).ToArray();
        var values = used.Select(i => y[i]).ToArray();
        var (from, to) = (logs[0], logs[^1]);
        var best = (Error: double.PositiveInfinity, Height: 0.0, Middle: from, LogSteepness: 0.0);
        for (var m = 0; m <= GridPoints; m++)
        {
            foreach (var steepness in steepnesses)
            {
                Try(from + ((to - from) * m / GridPoints), Math.Log(steepness));
            }
        }

        var (step, stretch) = ((to - from) / GridPoints, Math.Log(2));
        for (var i = 0; i < Halvings; i++)
        {
            var (middle, log) = (best.Middle, best.LogSteepness);
            Try(middle - step, log);
            Try(middle + step, log);
            Try(middle, log - stretch);
            Try(middle, log + stretch);
            if (best.Middle == middle && best.LogSteepness == log)
            {
                (step, stretch) = (step / 2, stretch / 2);
            }
        }

        return best.Height > 0 ? new(best.Height, Math.Exp(best.Middle), Math.Exp(best.LogSteepness)) : new(double.NaN, double.NaN, double.NaN);

        void Try(double middle, double logSteepness)
        {
            if (middle < from || middle > to || logSteepness < Math.Log(steepnesses[0]) || logSteepness > Math.Log(steepnesses[^1]))
            {
                return;
            }

            var steepness = Math.Exp(logSteepness);
            double cross = 0, square = 0, total = 0;
            for (var i = 0; i < logs.Length; i++)
            {
                var rise = 1 / (1 + Math.Exp(steepness * (middle - logs[i])));
                cross += rise * values[i];
                square += rise * rise;
                total += values[i] * values[i];
            }

            var error = total - (cross * cross / square);
            if (cross > 0 && error < best.Error)
            {
                best = (error, cross / square, middle, logSteepness);
            }
        }
    }
}
