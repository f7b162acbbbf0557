using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Tests.Fakes;
using FsCheck;
using FsCheck.Fluent;

namespace CircuitGrid.Experiments.Tests.Comparison;

public sealed class TrajectoryTests
{
    private static readonly GraphShape shape = new(2, 2, Parallel: true, 8);

    private static readonly Gen<ComparisonOptions> optionSets =
        from notReached in Gen.Elements(true, false)
        from noTask in Gen.Elements(true, false)
        from step in Gen.Elements(0, 3)
        select new ComparisonOptions { IncludeNotReached = notReached, IncludeNoTask = noTask, MinimumStep = step };

    /// <summary>Results in any order of arrival, some steps more than once: the last result of a step counts.</summary>
    private static readonly Gen<(int Step, int Seed)[]> arrivals =
        (from step in Gen.Choose(0, 12) from seed in Gen.Choose(0, 40) select (step, seed)).ArrayOf();

    [Fact]
    public void Add_InAnyOrder_EqualsFromScratchToTheLastBit() =>
        Prop.ForAll(arrivals.ToArbitrary(), optionSets.ToArbitrary(), (order, options) =>
        {
            var arrived = new Trajectory(options);
            foreach (var (step, seed) in order)
            {
                arrived.Add(Point(step, seed));
            }

            var scratch = new Trajectory(options);
            foreach (var (step, seed) in order.GroupBy(a => a.Step).Select(g => g.Last()).OrderBy(a => a.Step))
            {
                scratch.Add(Point(step, seed));
            }

            return Describe(arrived) == Describe(scratch) && Describe(arrived) == DescribeByDefinition(order, options);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Scale_InAnyOrder_EqualsFromScratchToTheLastBit() =>
        Prop.ForAll(arrivals.ToArbitrary(), optionSets.ToArbitrary(), (order, options) =>
        {
            var arrived = new ExperimentComparisons(options);
            foreach (var (step, seed) in order)
            {
                Add(arrived, step, seed);
            }

            var scratch = new ExperimentComparisons(options);
            foreach (var (step, seed) in order.GroupBy(a => (a.Seed % 3, a.Step)).Select(g => g.Last()).OrderBy(a => a.Seed % 3).ThenBy(a => a.Step))
            {
                Add(scratch, step, seed);
            }

            return Describe(arrived) == Describe(scratch);

            static void Add(ExperimentComparisons to, int step, int seed) => to.Add(
                new ScaleModel($"model {seed % 3}", 1000 << (seed % 3), 4 + (seed % 3)),
                new CellId("suite", $"model {seed % 3}", step, "task"),
                step,
                FakeResults.Make(shape, seed));

            static string Describe(ExperimentComparisons of) => of.Read((_, scales) => !scales.TryGetValue("task", out var scale) ? "" : string.Join(
                '\n',
                [
                    .. scale.Points.Select(p => p.ToString()),
                    Bits(scale.PearsonParameters),
                    Bits(scale.SpearmanParameters),
                    Bits(scale.PearsonHeads),
                ]));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Add_LaterCheckpoint_LeavesEarlierPairsAndAsksOnlyTheNeighbourForScores()
    {
        var asked = new List<int>();
        var trajectory = new Trajectory(new ComparisonOptions { IncludeNotReached = true });
        foreach (var step in (int[])[10, 20, 30, 40])
        {
            trajectory.Add(Point(step, step, asked));
        }

        var before = trajectory.Pairs.ToArray();
        asked.Clear();
        trajectory.Add(Point(50, 50, asked));
        Assert.Equal(before, trajectory.Pairs.Take(3));
        Assert.Equal([40, 50], asked.Order());

        asked.Clear();
        trajectory.Add(Point(25, 25, asked));
        Assert.Equal(before[..1], trajectory.Pairs.Take(1));
        Assert.Equal([20, 25, 25, 30], asked.Order());
        Assert.Equal([(10, 20), (20, 25), (25, 30), (30, 40), (40, 50)], trajectory.Pairs.Select(p => (p.From, p.To)));
    }

    [Fact]
    public void Pairs_AcrossCellsThatAreLeftOut_JoinTheNextIncluded()
    {
        var (reached, notReached, noTask) = (Seed(CellStatus.Reached), Seed(CellStatus.NotReached), Seed(CellStatus.NoTask));
        (int Step, int Seed)[] cells = [(0, noTask), (1, reached), (2, notReached), (3, reached + 1000), (4, noTask)];
        Assert.Equal([(1, 3)], PairsOf(new()));
        Assert.Equal([(1, 2), (2, 3)], PairsOf(new() { IncludeNotReached = true }));
        Assert.Equal([(0, 1), (1, 3), (3, 4)], PairsOf(new() { IncludeNoTask = true }));

        (int, int)[] PairsOf(ComparisonOptions options)
        {
            var trajectory = new Trajectory(options);
            foreach (var (step, seed) in cells)
            {
                trajectory.Add(seed >= 1000 ? Point(step, seed - 1000) : Point(step, seed));
            }

            return [.. trajectory.Pairs.Select(p => (p.From, p.To))];
        }
    }

    [Fact]
    public void Scale_MeansAndCorrelations_AreAsByHand()
    {
        var comparisons = new ExperimentComparisons(new ComparisonOptions { IncludeNotReached = true, MinimumStep = 1 });
        var results = Enumerable.Range(0, 6).Select(i => FakeResults.Make(shape, 100 + i)).ToArray();
        var models = new[] { new ScaleModel("small", 10, 2), new ScaleModel("large", 1000, 8) };
        for (var i = 0; i < 6; i++)
        {
            comparisons.Add(models[i % 2], new CellId("s", models[i % 2].Name, i / 2, "t"), i, results[i]);
        }

        comparisons.Read((_, scales) =>
        {
            var scale = scales["t"];
            Assert.Equal(["small", "large"], scale.Points.Select(p => p.Model.Name));
            Assert.Equal((results[2].Nodes.Count + results[4].Nodes.Count) / 2.0, scale.Points[0].MeanNodes);
            Assert.Equal((results[3].Edges.Count + results[5].Edges.Count) / 2.0, scale.Points[1].MeanEdges);
            Assert.All(scale.Points, p => Assert.Equal(2, p.Checkpoints));
            Assert.True(double.IsNaN(scale.PearsonParameters) && double.IsNaN(scale.SpearmanParameters) && double.IsNaN(scale.PearsonHeads));
            Assert.Equal("2 model sizes; a correlation needs 6 or more", scale.NoCorrelation);
            return 0;
        });
    }

    [Fact]
    public void Add_CircuitOfAnotherGraph_IsRefused()
    {
        var trajectory = new Trajectory(new());
        trajectory.Add(Point(1, 1));
        Assert.Throws<ArgumentException>(() => trajectory.Add(TrajectoryPoint.Of(2, 2, FakeResults.Make(new GraphShape(3, 2, Parallel: true, 8), 1))));
    }

    private static int Seed(CellStatus status) => Enumerable.Range(0, 100).First(seed => Result(seed).Status == status);

    private static CellResult Result(int seed) => FakeResults.Make(shape, seed, skill: seed % 7 == 0 ? 0 : 3);

    private static TrajectoryPoint Point(int step, int seed, List<int>? asked = null)
    {
        var result = Result(seed);
        return TrajectoryPoint.Of(step, step * 1000L, result, () =>
        {
            asked?.Add(step);
            return result.Scores;
        });
    }

    private static string Describe(Trajectory trajectory) => Write(
        trajectory.Points.Select(p => (p.Step, p.Edges)),
        trajectory.Pairs,
        (i, j) => trajectory.EdgeOverlap(i, j),
        (i, j) => trajectory.NodeOverlap(i, j));

    /// <summary>The definitions of method §8.1, written down plainly.</summary>
    private static string DescribeByDefinition((int Step, int Seed)[] order, ComparisonOptions options)
    {
        var results = order.GroupBy(a => a.Step).Select(g => g.Last()).OrderBy(a => a.Step).Select(a => (a.Step, Result: Result(a.Seed))).ToArray();
        var included = results.Where(r => r.Result.Status == CellStatus.Reached
            || (r.Result.Status == CellStatus.NotReached && options.IncludeNotReached)
            || (r.Result.Status == CellStatus.NoTask && options.IncludeNoTask)).ToArray();
        var pairs = new List<TrajectoryPair>();
        foreach (var (a, b) in included.Zip(included.Skip(1)))
        {
            var edges = Jaccard(a.Result.Edges, b.Result.Edges);
            var nodes = Jaccard(a.Result.Nodes, b.Result.Nodes);
            pairs.Add(new(
                a.Step,
                b.Step,
                edges,
                nodes,
                WeightedJaccard.Of(a.Result.Scores.AsSpan(), b.Result.Scores.AsSpan()),
                pairs.Count == 0 ? edges : (0.5 * edges) + (0.5 * pairs[^1].EdgeAverage),
                pairs.Count == 0 ? nodes : (0.5 * nodes) + (0.5 * pairs[^1].NodeAverage),
                WeightedJaccard.InCircuits(a.Result.Scores.AsSpan(), a.Result.Edges, b.Result.Scores.AsSpan(), b.Result.Edges)));
        }

        return Write(
            results.Select(r => (r.Step, r.Result.Edges)),
            pairs,
            (i, j) => OverlapOf(results[i].Result.Edges, results[j].Result.Edges),
            (i, j) => OverlapOf(results[i].Result.Nodes, results[j].Result.Nodes));
    }

    private static Overlap OverlapOf(BitMask a, BitMask b) => new(a.Indices().Intersect(b.Indices()).Count(), a.Count, b.Count);

    private static double Jaccard(BitMask a, BitMask b)
    {
        var union = a.Indices().Union(b.Indices()).Count();
        return union == 0 ? 0 : (double)a.Indices().Intersect(b.Indices()).Count() / union;
    }

    private static string Write(IEnumerable<(int Step, BitMask Edges)> points, IEnumerable<TrajectoryPair> pairs, Func<int, int, Overlap> edges, Func<int, int, Overlap> nodes)
    {
        var all = points.ToArray();
        var matrix = from i in Enumerable.Range(0, all.Length) from j in Enumerable.Range(0, all.Length) select $"{edges(i, j)} {nodes(i, j)}";
        var pairLines = pairs.Select(p => $"{p.From} {p.To} {Bits(p.Edges)} {Bits(p.Nodes)} {Bits(p.Weighted)} {Bits(p.EdgeAverage)} {Bits(p.NodeAverage)} {Bits(p.WeightedInCircuits)}");
        return string.Join('\n', [.. all.Select(p => $"{p.Step}: {string.Join(',', p.Edges.Indices())}"), .. pairLines, .. matrix]);
    }

    private static string Bits(double value) => BitConverter.DoubleToInt64Bits(value).ToString("x16");
}
