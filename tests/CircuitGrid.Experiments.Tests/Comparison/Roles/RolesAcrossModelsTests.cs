using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Comparison.Roles;

namespace CircuitGrid.Experiments.Tests.Comparison.Roles;

public sealed class RolesAcrossModelsTests
{
    [Fact]
    public void DistanceTo_RandomProfiles_IsTheAreaBetweenTheirCumulativeShares()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var random = new Random(seed);
            var (a, b) = (Profile(random), Profile(random));

            // All depths are multiples of 1/12 for 1 to 5 layers.
            double Below(RoleProfile p, int twelfth) => p.Shares.Where((_, l) => p.Shares.Length == 1 || l * 12 <= twelfth * (p.Shares.Length - 1)).Sum();
            var area = Enumerable.Range(0, 12).Sum(t => Math.Abs(Below(a, t) - Below(b, t)) / 12);
            Assert.Equal(area, a.DistanceTo(b), 1e-12);
            Assert.Equal(a.DistanceTo(b), b.DistanceTo(a), 1e-12);
        }

        static RoleProfile Profile(Random random) =>
            RoleProfile.Of(HeadRole.Induction, HeadTable.Of(random.Next(1, 6), 3, (_, _) => Math.Max(0, random.NextDouble() - 0.3)));
    }

    [Fact]
    public void Profile_OfScores_IsTheLayersShareOfPositiveOnes()
    {
        var profile = RoleProfile.Of(HeadRole.Induction, new HeadTable(2, [0.2, -1, 0, 0, 0.1, 0.5]));
        Assert.Equal([0.25, 0, 0.75], profile.Shares.Select(s => Math.Round(s, 12)));
        Assert.Equal(0.75, profile.MeanDepth, 1e-12);
        var empty = RoleProfile.Of(HeadRole.Induction, new HeadTable(1, [0, -1]));
        Assert.True(double.IsNaN(empty.MeanDepth) && double.IsNaN(profile.DistanceTo(empty)) && double.IsNaN(empty.DistanceTo(profile)));
    }

    [Fact]
    public void ProfileIntervals_AreThoseOfSharesOverUnits()
    {
        // two layers of a head, in whose units the first has 0.7, 0.6, 0.7 and 0.6 of all: s = 0.05·√(4/3/4), and t with 3 degrees of freedom is 3.182446
        var half = 3.182446 * 0.05 / Math.Sqrt(3);
        var scores = new HeadTable(1, [0.65, 0.35]) { Samples = new(4, [0.7, 0.6, 0.7, 0.6, 0.3, 0.4, 0.3, 0.4], [1, 1, 1, 1]) };
        var intervals = RoleProfile.Intervals(HeadRole.Induction, scores);
        Assert.Equal([0.65 - half, 0.65 + half, 0.35 - half, 0.35 + half], intervals.SelectMany(i => new[] { i.Low, i.High }).Select(x => Math.Round(x, 6)), (a, b) => Math.Abs(a - b) < 2e-6);

        // heads that weigh their units differently, of which one is negative and counts for nothing; all units say the same
        var same = new HeadTable(1, [0.25, 0.75, -1]) { Samples = new(2, [0.25, 0.5, 3, 0.75, -1, -1], [1, 2, 4, 1, 1, 1]) };
        Assert.Equal([new Interval(0.25, 0.25), new Interval(0.75, 0.75), new Interval(0, 0)], RoleProfile.Intervals(HeadRole.Induction, same));
        Assert.Empty(RoleProfile.Intervals(HeadRole.Induction, new HeadTable(1, [1, 2])));
        Assert.Empty(RoleProfile.Intervals(HeadRole.Induction, new HeadTable(1, [-1, -1]) { Samples = new(2, [-1, -1, -1, -1], [1, 1]) }));
    }

    [Fact]
    public void Match_HeadsOfAModelAmongShuffledOnesOfALarger_FindsThem()
    {
        var small = Scores(2, 2, (HeadRole.Induction, [0.9, 0.1, 0, 0]), (HeadRole.Copying, [0, 0, 0.3, 0.6]), (HeadRole.Successor, [1, 0, 0, 1]));
        var large = Scores(2, 3, (HeadRole.Induction, [0, 0.5, 0.1, 0.9, 0, 0.5]), (HeadRole.Copying, [0.6, 0, 0, 0, 0.3, 0.6]), (HeadRole.PreviousToken, [1, 1, 1, 0, 0, 1]));
        var matched = MatchedHeads.Of(small, large);
        Assert.Equal([(0, 0, 1, 0), (0, 1, 0, 2), (1, 0, 1, 1), (1, 1, 0, 0)], matched.Select(m => (m.First.Layer, m.First.Head, m.Second.Layer, m.Second.Head)));
        Assert.All(matched, m => Assert.Equal(0, m.Distance));
        Assert.Equal(matched.Select(m => (m.First, m.Second)).ToHashSet(), MatchedHeads.Of(large, small).Select(m => (m.Second, m.First)).ToHashSet());
    }

    [Fact]
    public void Match_RolesOfUnlikeSize_CountAlike()
    {
        var one = Scores(1, 2, (HeadRole.Induction, [1, 0.5]), (HeadRole.Copying, [0.01, 0]));
        var other = Scores(1, 2, (HeadRole.Induction, [1, 0.5]), (HeadRole.Copying, [0, 0.01]));

        // Swapping costs half an induction score twice, not swapping a whole copying score twice.
        Assert.Equal([(1, 0.5), (0, 0.5)], MatchedHeads.Of(one, other).Select(m => (m.Second.Head, m.Distance)));
    }

    [Fact]
    public void HeadsOf_EdgesOnOneSideOnly_DoNotPutAHeadIntoTheCircuit()
    {
        var graph = new CircuitGraph(new(2, 2, Parallel: true, 8));
        var edges = BitMask.FromIndices(
            graph.Edges,
            [
                graph.Edge(0, graph.HeadSlot(0, 1, 1)),
                graph.Edge(graph.HeadNode(0, 1), graph.HeadSlot(1, 0, 2)),
                graph.Edge(graph.HeadNode(0, 0), graph.LogitsSlot),
            ]);
        Assert.Equal([1], ModelRoles.HeadsOf(graph, edges).Indices());
    }

    private static HeadScores Scores(int layers, int heads, params (HeadRole Role, double[] Values)[] roles)
    {
        Assert.All(roles, r => Assert.Equal(layers * heads, r.Values.Length));
        return new() { Roles = roles.ToImmutableSortedDictionary(r => r.Role, r => new HeadTable(heads, [.. r.Values])), Ioi = null, Notes = [] };
    }
}
