using System.Collections.Immutable;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Tests.Truths;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Tests.Attribution;

/// <summary>Blocks of given sizes, as those of templates are.</summary>
public sealed class BlockSizesTests
{
    /// <summary>Eleven examples in blocks of 1, 4, 4 and 2, against runs of one example each.</summary>
    [Theory]
    [InlineData(AttributionMethod.Eap)]
    [InlineData(AttributionMethod.EapIg)]
    [InlineData(AttributionMethod.Exact)]
    public void Run_BlocksOfGivenSizes_SumsTheirExamples(AttributionMethod method)
    {
        using var model = new TruthModel("neox");
        var examples = model.Examples(11);
        ImmutableArray<int> sizes = [1, 4, 4, 2];
        var options = new AttributionOptions { Method = method, Steps = 3 };
        var scores = EdgeAttribution.Run(model.Engine, examples, MetricKind.LogitDifference, options with { BlockSizes = sizes, Blocks = 7 });
        Assert.Equal(sizes, scores.Counts);

        var each = examples.Select(e => EdgeAttribution.Run(model.Engine, [e], MetricKind.LogitDifference, options).Sums(0).ToArray()).ToArray();
        var scale = each.SelectMany(s => s).Max(Math.Abs);
        int[][] members = [[0], [1, 2, 3, 4], [5, 6, 7, 8], [9, 10]];
        for (var b = 0; b < members.Length; b++)
        {
            for (var e = 0; e < model.Graph.Edges; e++)
            {
                Assert.Equal(members[b].Sum(i => each[i][e]), scores.Sums(b)[e], 1e-5 * scale);
            }
        }
    }

    /// <summary>A batch may end in the middle of a block: small budgets of memory give the same sums.</summary>
    [Fact]
    public void Run_InSmallBatches_GivesTheSameBlocks()
    {
        using var model = new TruthModel("neox");
        var examples = model.Examples(11);
        var options = new AttributionOptions { Steps = 2, BlockSizes = [5, 1, 5] };
        var whole = EdgeAttribution.Run(model.Engine, examples, MetricKind.LogitDifference, options);
        var parts = EdgeAttribution.Run(model.Engine, examples, MetricKind.LogitDifference, options, memoryBudget: 1);
        for (var b = 0; b < 3; b++)
        {
            var scale = whole.Sums(b).ToArray().Max(Math.Abs);
            Assert.All(whole.Sums(b).ToArray().Zip(parts.Sums(b).ToArray()), p => Assert.Equal(p.First, p.Second, 1e-5 * scale));
        }
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(5, 0)]
    [InlineData(6, -1)]
    public void Run_SizesThatDontHoldTheExamples_IsRefused(int first, int second)
    {
        using var model = new TruthModel("neox");
        var options = new AttributionOptions { Method = AttributionMethod.Eap, BlockSizes = [first, second] };
        Assert.Throws<ArgumentException>(() => EdgeAttribution.Run(model.Engine, model.Examples(5), MetricKind.LogitDifference, options));
    }

    [Fact]
    public void SizesOf_AnyExamplesAndBlocks_CountsWhatIsInEachBlock()
    {
        for (var examples = 1; examples <= 40; examples++)
        {
            for (var blocks = 1; blocks <= examples; blocks++)
            {
                var counts = new int[blocks];
                var blockOf = new int[examples];
                for (var i = 0; i < examples; i++)
                {
                    blockOf[i] = (int)Math.Floor((decimal)i * blocks / examples);
                    counts[blockOf[i]]++;
                }

                Assert.Equal(counts, BlockScores.SizesOf(examples, blocks));
                Assert.Equal(blockOf, BlockScores.BlocksOf([.. counts]));
            }
        }
    }
}
