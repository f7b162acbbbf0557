using System.Collections.Immutable;

namespace CircuitGrid.Models.Checkpoints.Prints;

/// <summary>
/// Whether a model's checkpoints follow each other: along training the distance between two of them grows with what lies between. The measures and rules are
/// CircuitGrid's own; docs/method.md has them under "Continuity of checkpoints". Checkpoints of zeros and those without a finite matrix aren't judged.
/// </summary>
public sealed class Continuity
{
    /// <summary>How many standard deviations of chance neighbours' weights must have in common, and how many others'.</summary>
    private const double RelatedNeighbours = 3;

    private const double RelatedOthers = 6;

    private const int NeighbourReach = 2;

    private readonly ImmutableArray<PlacedPrint> _run;
    private readonly List<int> _judged;
    private readonly Trend _trend;

    /// <param name="run">A model's checkpoints in the order of their training. Indices of findings are those of this list.</param>
    public Continuity(IEnumerable<PlacedPrint> run)
        : this(run, _ => true)
    {
    }

    /// <summary>As the other, by some of the matrices alone.</summary>
    internal Continuity(IEnumerable<PlacedPrint> run, Func<TensorPrint, bool> counts)
    {
        _run = [.. run];
        _judged = [.. Enumerable.Range(0, _run.Length).Where(i => _run[i].Print.Tensors.Any(tensor => tensor is { IsMatrix: true, NonFinite: 0, IsZero: false } && counts(tensor)))];
        var distances = new double[_run.Length, _run.Length];
        for (var i = 0; i < _run.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                distances[i, j] = distances[j, i] = Distance(_run[i].Print, _run[j].Print, counts);
            }
        }

        _trend = new(distances, [.. _run.Select(placed => placed.Position)]);
    }

    /// <summary>
    /// Root mean square over matrices of the relative distance of their samples, ‖a − b‖ / √((‖a‖² + ‖b‖²)/2): 0 for equal weights, √2 for unrelated ones. Matrices
    /// of which either has values that aren't finite, or another shape, are left out.
    /// </summary>
    /// <returns>From 0 to 2; not a number where no matrix is left.</returns>
    public static double Distance(WeightPrint a, WeightPrint b) => Distance(a, b, _ => true);

    /// <summary>Finds the checkpoints that aren't where their places say.</summary>
    /// <returns>In the order of training, one a checkpoint at most. Fewer than three checkpoints have none.</returns>
    public ImmutableArray<ContinuityFinding> Find()
    {
        if (LargestFamily() is not { } family)
        {
            return [];
        }

        var findings = _judged.Except(family)
            .Select(index => new ContinuityFinding(index, ContinuityFault.Unrelated, Nearest: null, _trend.Distance(index, _trend.Nearest(index, _judged))))
            .ToList();
        var sequence = WithoutCopies(family, out var copies);
        foreach (var copy in copies)
        {
            AddOff(copy, family);
        }

        foreach (var (first, second) in _trend.TakeSwapped(sequence))
        {
            findings.Add(new(first, ContinuityFault.Swapped, second, _trend.Distance(first, second)));
            findings.Add(new(second, ContinuityFault.Swapped, first, _trend.Distance(first, second)));
        }

        while (_trend.TakeOff(sequence) is { } off)
        {
            findings.RemoveAll(finding => finding.Index == off);
            AddOff(off, family);
        }

        return [.. findings.OrderBy(finding => finding.Index)];

        void AddOff(int index, List<int> among)
        {
            var nearest = _trend.Nearest(index, among);
            findings.Add(new(index, ContinuityFault.OffTrend, nearest, _trend.Distance(index, nearest)));
        }
    }

    /// <summary>Which of two checkpoints with equal weights isn't where its place says.</summary>
    /// <param name="first">One of the two.</param>
    /// <param name="second">The other.</param>
    /// <returns>
    /// The one in whose place the weights follow the others worse, or <see langword="null"/> where that can't be told, as with neighbours. More checkpoints with
    /// the same weights count for neither.
    /// </returns>
    public int? FindOff(int first, int second)
    {
        if (!_judged.Contains(first) || !_judged.Contains(second))
        {
            return null;
        }

        var others = _judged.Where(index => _trend.Distance(index, first) > 0 && index != second).ToList();
        var difference = _trend.ScoreWith(others, first) - _trend.ScoreWith(others, second);
        return Math.Abs(difference) < Trend.Undecided ? null : difference > 0 ? first : second;
    }

    private static double Distance(WeightPrint a, WeightPrint b, Func<TensorPrint, bool> counts)
    {
        var (sum, matrices) = (0.0, 0);
        foreach (var (x, y) in Pairs(a, b).Where(pair => counts(pair.A)))
        {
            var (difference, squares) = (0.0, 0.0);
            for (var i = 0; i < x.Sample.Length; i++)
            {
                var (p, q) = ((double)x.Sample[i], (double)y.Sample[i]);
                difference += (p - q) * (p - q);
                squares += (p * p) + (q * q);
            }

            sum += difference == 0 ? 0 : difference / (squares / 2);
            matrices++;
        }

        return matrices == 0 ? double.NaN : Math.Sqrt(sum / matrices);
    }

    /// <summary>
    /// What two checkpoints' samples have in common, in standard deviations of what samples of independent signs would have: for each matrix
    /// Σ ab / √(Σ a²b²), summed over matrices and divided by the root of their number.
    /// </summary>
    private static double Relation(WeightPrint a, WeightPrint b)
    {
        var (sum, matrices) = (0.0, 0);
        foreach (var (x, y) in Pairs(a, b))
        {
            var (products, squares) = (0.0, 0.0);
            for (var i = 0; i < x.Sample.Length; i++)
            {
                var product = (double)x.Sample[i] * y.Sample[i];
                products += product;
                squares += product * product;
            }

            if (squares > 0)
            {
                sum += products / Math.Sqrt(squares);
                matrices++;
            }
        }

        return matrices == 0 ? 0 : sum / Math.Sqrt(matrices);
    }

    /// <summary>The matrices that both have, in one shape and finite. A print's tensors are in ordinal order.</summary>
    private static IEnumerable<(TensorPrint A, TensorPrint B)> Pairs(WeightPrint a, WeightPrint b)
    {
        for (var (i, j) = (0, 0); i < a.Tensors.Length && j < b.Tensors.Length;)
        {
            var (x, y) = (a.Tensors[i], b.Tensors[j]);
            var order = string.CompareOrdinal(x.Name, y.Name);
            if (order == 0 && x.IsMatrix && x.NonFinite == 0 && y.NonFinite == 0 && x.Shape.AsSpan().SequenceEqual(y.Shape.AsSpan()))
            {
                yield return (x, y);
            }

            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
    }

    /// <summary>
    /// The most checkpoints that have something in common, directly or through others between them, in the order of training; <see langword="null"/> where there
    /// are several families as large, so that none can be called the model's, or too few checkpoints.
    /// </summary>
    private List<int>? LargestFamily()
    {
        var family = Enumerable.Range(0, _judged.Count).ToArray();
        for (var i = 0; i < _judged.Count; i++)
        {
            for (var j = i - 1; j >= 0; j--)
            {
                if (family[i] != family[j]
                    && Relation(_run[_judged[i]].Print, _run[_judged[j]].Print) > (i - j <= NeighbourReach ? RelatedNeighbours : RelatedOthers))
                {
                    var (from, to) = (family[i], family[j]);
                    for (var k = 0; k < family.Length; k++)
                    {
                        family[k] = family[k] == from ? to : family[k];
                    }
                }
            }
        }

        var families = _judged.Zip(family).GroupBy(member => member.Second, member => member.First).Select(members => members.ToList()).OrderByDescending(members => members.Count).ToList();
        return _judged.Count < 3 || (families.Count > 1 && families[0].Count == families[1].Count) ? null : families[0];
    }

    /// <summary>A sequence in which every checkpoint stands once: where several have equal weights, the first of those in whose places they follow the others best.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="off">Those in whose places they follow them worse.</param>
    private List<int> WithoutCopies(List<int> sequence, out List<int> off)
    {
        off = [];
        var rest = new List<int>(sequence);
        foreach (var equal in sequence.GroupBy(index => _run[index].Print.Numbers, StringComparer.Ordinal).Select(group => group.ToList()).Where(group => group.Count > 1))
        {
            var others = sequence.Except(equal).ToList();
            var scores = equal.Select(index => _trend.ScoreWith(others, index)).ToList();
            var best = scores.Min();
            var inPlace = equal.Where((_, i) => scores[i] < best + Trend.Undecided).ToList();
            off.AddRange(equal.Except(inPlace));
            rest.RemoveAll(index => equal.Contains(index) && index != inPlace[0]);
        }

        return rest;
    }
}
