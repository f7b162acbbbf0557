namespace CircuitGrid.Models.Checkpoints.Prints;

/// <summary>
/// The distances between a model's checkpoints, and what of a sequence of them breaks the rule that they grow with what lies between. The strain of three
/// consecutive ones a, b, c is max(d(a,b), d(b,c)) / d(a,c): below 1 where they follow each other.
/// </summary>
/// <param name="distances">Between all checkpoints.</param>
/// <param name="positions">Where in training each is said to be.</param>
internal sealed class Trend(double[,] distances, double[] positions)
{
    /// <summary>A difference of scores below which two explanations are as good.</summary>
    public const double Undecided = 0.1;

    /// <summary>A ratio that is 1 at most in a sequence that stands still and only jitters has to be above this.</summary>
    private const double Limit = 1.1;

    /// <summary>How many times as far as before the last checkpoint may lie from the one before it, in equal time.</summary>
    private const double LongestLastStep = 3;

    /// <summary>How far it must lie in any case: half of what unrelated weights are apart. In a warm-up small steps grow fast.</summary>
    private const double ShortestJump = 0.7;

    /// <summary>How many times as near as its neighbours another checkpoint has to be, for one of the two to be out of place.</summary>
    private const double NearerElsewhere = 2;

    private const double LeastStrain = 0.5;
    private const double MostStrain = 10;

    public double Distance(int a, int b) => distances[a, b];

    /// <summary>Which of some checkpoints is the nearest to one, itself left out.</summary>
    public int Nearest(int index, IEnumerable<int> among) => among.Where(other => other != index).MinBy(other => Finite(distances[index, other]));

    /// <summary>How badly a sequence that is complete but for one checkpoint follows with it in its place.</summary>
    public double ScoreWith(IEnumerable<int> others, int index) => Score([.. others.Append(index).Order()]);

    /// <summary>
    /// Puts neighbours that are in each other's place into their order, and says which they were. Both triples that have one of the two in their middle must be
    /// strained, and exchanging the two must leave no strain; so the first two and the last two can't be told.
    /// </summary>
    public List<(int First, int Second)> TakeSwapped(List<int> s)
    {
        var swapped = new List<(int First, int Second)>();
        for (var p = 1; p + 2 < s.Count; p++)
        {
            if (Strain(s, p) > Limit && Strain(s, p + 1) > Limit)
            {
                List<int> exchanged = [.. s];
                (exchanged[p], exchanged[p + 1]) = (exchanged[p + 1], exchanged[p]);
                if (Enumerable.Range(p - 1, 4).Where(middle => middle > 0 && middle + 1 < s.Count).All(middle => Strain(exchanged, middle) <= 1 / Limit))
                {
                    swapped.Add((s[p], s[p + 1]));
                    (s[p], s[p + 1]) = (s[p + 1], s[p]);
                }
            }
        }

        return swapped;
    }

    /// <summary>Takes out of a sequence the checkpoint without which the rest follows best, where anything is wrong.</summary>
    /// <returns>It, or <see langword="null"/> where nothing is wrong, or which it is can't be told.</returns>
    public int? TakeOff(List<int> s)
    {
        var faults = Faults(s);
        var candidates = faults.SelectMany(fault => fault).Distinct().Select(index => Without(s, index)).OrderBy(candidate => candidate.Faults).ThenBy(candidate => candidate.Score).ToList();
        foreach (var candidate in candidates)
        {
            var rivals = candidates.Where(other => other != candidate && faults.Exists(fault => fault.Contains(candidate.Index) && fault.Contains(other.Index))).ToList();
            if (rivals.TrueForAll(candidate.IsBetterThan)
                || (faults.Exists(fault => fault.Length == 3 && fault[1] == candidate.Index) && !rivals.Exists(other => other.IsBetterThan(candidate))))
            {
                s.Remove(candidate.Index);
                return candidate.Index;
            }
        }

        return null;
    }

    private static double Finite(double distance) => double.IsNaN(distance) ? double.PositiveInfinity : distance;

    private Removal Without(List<int> s, int index)
    {
        List<int> rest = [.. s.Where(other => other != index)];
        return new(index, Faults(rest).Count, Score(rest));
    }

    /// <summary>The checkpoints that each thing that is wrong may come from; of three consecutive ones the middle is the nearest at hand.</summary>
    private List<int[]> Faults(List<int> s)
    {
        var faults = new List<int[]>();
        for (var p = 1; p + 1 < s.Count; p++)
        {
            if (Math.Min(distances[s[p - 1], s[p]], distances[s[p], s[p + 1]]) > Limit * distances[s[p - 1], s[p + 1]])
            {
                faults.Add([s[p - 1], s[p], s[p + 1]]);
            }
        }

        if (LastStep(s) > 1)
        {
            faults.Add([s[^2], s[^1]]);
        }

        for (var p = 0; p < s.Count && s.Count > 3; p++)
        {
            var neighbours = Math.Min(p > 0 ? distances[s[p], s[p - 1]] : double.PositiveInfinity, p + 1 < s.Count ? distances[s[p], s[p + 1]] : double.PositiveInfinity);
            var elsewhere = Nearest(s[p], s.Where((_, q) => Math.Abs(p - q) > 1));
            if (distances[s[p], elsewhere] * NearerElsewhere < neighbours)
            {
                faults.Add([s[p], elsewhere]);
            }
        }

        return faults;
    }

    /// <summary>The logarithms of all strains, summed, and that of a last step that is too long.</summary>
    private double Score(List<int> s)
    {
        var score = Math.Log(Math.Clamp(LastStep(s), 1, MostStrain));
        for (var p = 1; p + 1 < s.Count; p++)
        {
            score += Math.Log(Math.Clamp(Strain(s, p), LeastStrain, MostStrain));
        }

        return score;
    }

    private double Strain(List<int> s, int middle)
    {
        var longer = Math.Max(distances[s[middle - 1], s[middle]], distances[s[middle], s[middle + 1]]);
        return longer > 0 ? longer / distances[s[middle - 1], s[middle + 1]] : LeastStrain;
    }

    /// <summary>The last distance over the longest that the one before it allows; with the time between, a distance grows as the time does at most.</summary>
    private double LastStep(List<int> s)
    {
        if (s.Count < 3)
        {
            return 0;
        }

        var (time, timeBefore) = (positions[s[^1]] - positions[s[^2]], positions[s[^2]] - positions[s[^3]]);
        var longer = time > timeBefore && timeBefore > 0 ? time / timeBefore : 1;
        var (last, before) = (distances[s[^2], s[^1]], distances[s[^3], s[^2]]);
        return last > ShortestJump && before > 0 ? last / (LongestLastStep * longer * before) : 0;
    }

    /// <summary>What is left of a sequence without one checkpoint.</summary>
    private sealed record Removal(int Index, int Faults, double Score)
    {
        public bool IsBetterThan(Removal other) => Faults < other.Faults || (Faults == other.Faults && Score < other.Score - Undecided);
    }
}
