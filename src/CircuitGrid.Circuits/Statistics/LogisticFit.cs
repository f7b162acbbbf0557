namespace CircuitGrid.Circuits.Statistics;

/// <summary>
/// The logistic of log x nearest to a series in the sum of squares: height/(1 + (midpoint/x)^steepness), with the midpoint from the first to the last positive x
/// and the steepness from 0.5 to 16.
/// </summary>
/// <param name="Outcome">Whether the other three are estimates. They are not numbers where it isn't <see cref="FitOutcome.Converged"/>.</param>
/// <param name="Height">What it rises to from 0.</param>
/// <param name="Midpoint">x at half the height.</param>
/// <param name="Steepness">Slope of the logit over log x.</param>
public readonly record struct LogisticFit(FitOutcome Outcome, double Height, double Midpoint, double Steepness)
{
    /// <summary>Middles on the grid: a steep curve has a minimum in each gap between points, and a grid that is too coarse misses the best.</summary>
    private const int Middles = 97;

    /// <summary>Steepnesses on the grid, half a factor of 2 apart.</summary>
    private const int Steepnesses = 11;

    /// <summary>Minima of the grid that are followed, the best of them.</summary>
    private const int MostStarts = 4;

    /// <summary>Halvings of the grid's steps after which minima are compared, and only the best is followed further.</summary>
    private const int FirstHalvings = 4;

    /// <summary>Halvings after which the sum of squares no longer tells points apart.</summary>
    private const int Halvings = 26;

    /// <summary>Far more rounds than a search takes that comes to an end; each that doesn't make the steps smaller makes the fit better.</summary>
    private const int MostRounds = 20_000;

    /// <summary>Share of the range searched within which a solution lies on its end.</summary>
    private const double OnBound = 1e-6;

    /// <summary>A rise over several powers of ten, as a logarithm.</summary>
    private static readonly double flattest = Math.Log(0.5);

    /// <summary>A rise between two checkpoints.</summary>
    private static readonly double steepest = Math.Log(16);

    /// <summary>
    /// Height follows from the other two by linear least squares; those are searched on a grid, then from its best local minima by compass search until
    /// its steps are too small to matter. Points at x ≤ 0 are left out: the curve is 0 there whatever it is elsewhere.
    /// </summary>
    /// <param name="x">Positions, ascending.</param>
    /// <param name="y">Values.</param>
    public static LogisticFit Of(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        var used = Enumerable.Range(0, x.Count).Where(i => x[i] > 0).ToArray();
        if (used.Length < 3)
        {
            return Without(FitOutcome.TooFewPoints);
        }

        var search = new Search([.. used.Select(i => Math.Log(x[i]))], [.. used.Select(i => y[i])]);
        var best = search.Starts().Select(s => search.Descend(s, 0, FirstHalvings)).DefaultIfEmpty().MinBy(p => p.Error);
        best = best.Height > 0 ? search.Descend(best, FirstHalvings, Halvings) : best;
        return best.Height <= 0 ? Without(FitOutcome.NoRise)
            : !best.IsSettled ? Without(FitOutcome.NotConverged)
            : search.OutcomeOf(best) is var outcome && outcome != FitOutcome.Converged ? Without(outcome)
            : new(FitOutcome.Converged, best.Height, Math.Exp(best.Middle), Math.Exp(best.LogSteepness));
    }

    private static LogisticFit Without(FitOutcome outcome) => new(outcome, double.NaN, double.NaN, double.NaN);

    /// <summary>A curve and how far it is from the points.</summary>
    private readonly record struct Place(double Middle, double LogSteepness, double Height, double Error, bool IsSettled);

    /// <param name="logs">log x, ascending.</param>
    /// <param name="values">y.</param>
    private sealed class Search(double[] logs, double[] values)
    {
        private static double Stretch => (steepest - flattest) / (Steepnesses - 1);

        private double Range => logs[^1] - logs[0];

        private double Step => Range / (Middles - 1);

        /// <summary>Points of a grid that none of their neighbours are better than, the best of them.</summary>
        public IEnumerable<Place> Starts()
        {
            var grid = Grid();
            var starts = new List<Place>();
            for (var m = 0; m < Middles; m++)
            {
                for (var s = 0; s < Steepnesses; s++)
                {
                    if (grid[m, s] < double.PositiveInfinity && IsLeast(grid, m, s))
                    {
                        starts.Add(At(logs[0] + (m * Step), flattest + (s * Stretch)));
                    }
                }
            }

            return starts.OrderBy(p => p.Error).Take(MostStarts);
        }

        /// <summary>
        /// Goes to the best of the eight points around. Where none is better it goes to the least of the parabola through all nine, if that is, and quarters the steps;
        /// until they have been halved so often.
        /// </summary>
        public Place Descend(Place start, int halved, int halvings)
        {
            var here = start with { IsSettled = false };
            Span<double> errors = stackalloc double[9];
            for (var round = 0; round < MostRounds; round++)
            {
                var (step, stretch) = (Step / (1 << halved), Stretch / (1 << halved));
                var next = here;
                for (var direction = 0; direction < 9; direction++)
                {
                    var tried = direction == 4 ? here : At(here.Middle + (((direction / 3) - 1) * step), here.LogSteepness + (((direction % 3) - 1) * stretch));
                    errors[direction] = tried.Error;
                    next = tried.Height > 0 && tried.Error < next.Error ? tried : next;
                }

                if (next == here)
                {
                    var (middle, steepness) = LeastOfParabola(errors);
                    var tried = At(here.Middle + (middle * step), here.LogSteepness + (steepness * stretch));
                    here = tried.Height > 0 && tried.Error < here.Error ? tried : here;
                    halved += 2;
                    if (halved > halvings)
                    {
                        return here with { IsSettled = true };
                    }
                }
                else
                {
                    here = next;
                }
            }

            return here;
        }

        /// <summary>Whether a place is inside the range searched, or at which of its ends.</summary>
        public FitOutcome OutcomeOf(Place place)
        {
            var (wide, tall) = (OnBound * Range, OnBound * (steepest - flattest));
            return place.Middle <= logs[0] + wide ? FitOutcome.MiddleAtStart
                : place.Middle >= logs[^1] - wide ? FitOutcome.MiddleAtEnd
                : place.LogSteepness <= flattest + tall ? FitOutcome.TooFlat
                : place.LogSteepness >= steepest - tall ? FitOutcome.TooSteep
                : FitOutcome.Converged;
        }

        /// <summary>Where the parabola of nine points, row by row, is least, in steps from the one in the middle; there itself where it opens downward.</summary>
        private static (double First, double Second) LeastOfParabola(ReadOnlySpan<double> e)
        {
            var (g1, g2) = ((e[7] - e[1]) / 2, (e[5] - e[3]) / 2);
            var (h11, h22, h12) = (e[7] + e[1] - (2 * e[4]), e[5] + e[3] - (2 * e[4]), (e[8] + e[0] - e[2] - e[6]) / 4);
            var determinant = (h11 * h22) - (h12 * h12);
            return determinant > 0 && h11 > 0
                ? (Math.Clamp(((h12 * g2) - (h22 * g1)) / determinant, -1, 1), Math.Clamp(((h12 * g1) - (h11 * g2)) / determinant, -1, 1))
                : (0, 0);
        }

        private static bool IsLeast(double[,] grid, int m, int s)
        {
            for (var a = Math.Max(0, m - 1); a <= Math.Min(Middles - 1, m + 1); a++)
            {
                for (var b = Math.Max(0, s - 1); b <= Math.Min(Steepnesses - 1, s + 1); b++)
                {
                    if (grid[a, b] < grid[m, s])
                    {
                        return false;
                    }
                }
            }

            return true;
        }

        /// <summary>
        /// Errors of the best curves on the grid, infinite without a positive height; (midpoint/x)^steepness is a product of what the two give, which spares an exponential a
        /// point.
        /// </summary>
        private double[,] Grid()
        {
            var grid = new double[Middles, Steepnesses];
            var total = values.Sum(v => v * v);
            for (var s = 0; s < Steepnesses; s++)
            {
                var steepness = Math.Exp(flattest + (s * Stretch));
                double[] below = [.. logs.Select(x => Math.Exp(steepness * (logs[0] - x)))];
                for (var m = 0; m < Middles; m++)
                {
                    var factor = Math.Exp(steepness * m * Step);
                    double cross = 0, square = 0;
                    for (var i = 0; i < below.Length; i++)
                    {
                        var rise = 1 / (1 + (factor * below[i]));
                        cross += rise * values[i];
                        square += rise * rise;
                    }

                    grid[m, s] = cross > 0 ? total - (cross * cross / square) : double.PositiveInfinity;
                }
            }

            return grid;
        }

        /// <summary>The best curve of a middle and a steepness, both brought into the range searched. The error is summed from what is left over, or small ones would be rounding.</summary>
        private Place At(double middle, double logSteepness)
        {
            (middle, logSteepness) = (Math.Clamp(middle, logs[0], logs[^1]), Math.Clamp(logSteepness, flattest, steepest));
            var steepness = Math.Exp(logSteepness);
            Span<double> rises = logs.Length <= 256 ? stackalloc double[logs.Length] : new double[logs.Length];
            double cross = 0, square = 0;
            for (var i = 0; i < logs.Length; i++)
            {
                rises[i] = 1 / (1 + Math.Exp(steepness * (middle - logs[i])));
                cross += rises[i] * values[i];
                square += rises[i] * rises[i];
            }

            var (height, error) = (cross / square, 0.0);
            for (var i = 0; i < logs.Length; i++)
            {
                var rest = values[i] - (height * rises[i]);
                error += rest * rest;
            }

            return new(middle, logSteepness, height, error, IsSettled: false);
        }
    }
}
