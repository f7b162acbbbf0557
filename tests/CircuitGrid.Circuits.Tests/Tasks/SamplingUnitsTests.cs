using System.Collections.Immutable;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Tests.Tasks;

public sealed class SamplingUnitsTests
{
    [Fact]
    public void Of_BlocksOfTemplates_AreAUnitATemplate()
    {
        // six templates of one, two or three examples
        var dataset = Dataset([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], ["a", "a", "b", "b", "b", "c", "d", "d", "e", "e", "f", "f"]);
        Assert.Equal([0, 0, 1, 1, 2, 3, 4, 5], SamplingUnits.Of(dataset, [1, 1, 2, 1, 1, 2, 2, 2], SamplingRule.Templates).OfBlock);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], SamplingUnits.Of(dataset, [1, 1, 2, 1, 1, 2, 2, 2], SamplingRule.Examples).OfBlock);
    }

    [Fact]
    public void Of_BlocksThatShareAPrompt_AreOneUnit_AndSoAreBlocksBetweenThem()
    {
        // blocks 0 and 2 share prompt 1, blocks 2 and 4 prompt 5; blocks 1 and 3 share nothing
        var dataset = Dataset([0, 1, 2, 3, 1, 5, 6, 7, 5, 9], []);
        var units = SamplingUnits.Of(dataset, [2, 2, 2, 2, 2], SamplingRule.Examples);
        Assert.Equal([0, 1, 0, 2, 0], units.OfBlock);
        Assert.Equal(3, units.Count);
        Assert.Equal(["0 2 4", "1", "3"], units.Groups(Enumerable.Range(0, 5)).Select(g => string.Join(' ', g)));
        Assert.Equal(["4", "3"], units.Groups([3, 4]).Select(g => string.Join(' ', g)));
    }

    /// <summary>A prompt of two templates joins these, though no block of them is the same.</summary>
    [Fact]
    public void Of_TemplatesThatShareAPrompt_AreOneUnit()
    {
        var dataset = Dataset([0, 1, 2, 3, 4, 5, 0, 7], ["a", "a", "b", "c", "d", "d", "e", "f"]);
        Assert.Equal([0, 0, 1, 2, 3, 3, 0, 4], SamplingUnits.Of(dataset, [1, 1, 1, 1, 1, 1, 1, 1], SamplingRule.Templates).OfBlock);
    }

    /// <summary>Any prompts, templates and blocks, against a flood fill over examples.</summary>
    [Fact]
    public void Of_AnyDataset_IsWhatAFloodFillFinds()
    {
        var random = new Random(6);
        for (var round = 0; round < 300; round++)
        {
            var rule = (SamplingRule)(round % 2);
            var sizes = Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.Next(1, 4)).ToImmutableArray();
            int[] blockOf = [.. sizes.SelectMany((size, b) => Enumerable.Repeat(b, size))];
            int[] prompts = [.. blockOf.Select(_ => random.Next(40))];
            ImmutableArray<string> templates = [.. blockOf.Select(b => $"template {b / 2}")];

            var expected = new int[sizes.Length];
            Array.Fill(expected, -1);
            var units = 0;
            for (var b = 0; b < sizes.Length; b++)
            {
                if (expected[b] >= 0)
                {
                    continue;
                }

                var reached = new HashSet<int> { b };
                for (var before = 0; before != reached.Count;)
                {
                    before = reached.Count;
                    for (var i = 0; i < blockOf.Length; i++)
                    {
                        for (var j = 0; j < blockOf.Length; j++)
                        {
                            if (reached.Contains(blockOf[i]) && (prompts[i] == prompts[j] || (rule == SamplingRule.Templates && templates[i] == templates[j])))
                            {
                                reached.Add(blockOf[j]);
                            }
                        }
                    }
                }

                foreach (var block in reached)
                {
                    expected[block] = units;
                }

                units++;
            }

            var found = SamplingUnits.Of(Dataset(prompts, templates), sizes, rule);
            Assert.Equal(expected, found.OfBlock);
            Assert.Equal(units, found.Count);
        }
    }

    /// <summary>The same clean prompt with another corruption is another example of what could have been drawn.</summary>
    [Fact]
    public void OfExamples_ComparesCleanAndCorruptedTokenByToken()
    {
        Example[] examples = [Example([1, 2], [1, 3]), Example([1, 2], [1, 4]), Example([1, 2], [1, 3]), Example([5, 2], [1, 3]), Example([1, 2, 1], [3, 1, 3]), Example([1, 2], [1, 4])];
        Assert.Equal([0, 1, 0, 2, 3, 1], SamplingUnits.OfExamples(examples));
        Assert.Empty(SamplingUnits.OfExamples([]));
        Assert.Equal(
            [0, 1, 0, 2, 3, 1],
            SamplingUnits.Of(new("pairs", MetricKind.LogitDifference, [.. examples], []), [1, 1, 1, 1, 1, 1], SamplingRule.Examples).OfBlock);
    }

    [Theory]
    [InlineData(0, SamplingRule.Templates, SamplingRule.Examples)]
    [InlineData(1, SamplingRule.Templates, SamplingRule.Examples)]
    [InlineData(5, SamplingRule.Templates, SamplingRule.Examples)]
    [InlineData(6, SamplingRule.Templates, SamplingRule.Templates)]
    [InlineData(6, SamplingRule.Examples, SamplingRule.Examples)]
    public void RuleOf_FewerThanSixTemplates_IsExamples(int templates, SamplingRule wanted, SamplingRule expected)
    {
        var dataset = Dataset([.. Enumerable.Range(0, 24)], templates == 0 ? [] : [.. Enumerable.Range(0, 24).Select(i => $"template {i % templates}")]);
        Assert.Equal(expected, SamplingUnits.RuleOf(dataset, wanted));
    }

    /// <summary>What the number of templates is chosen by: fewer pairs can't come out at 2.5 %, six can.</summary>
    [Fact]
    public void FewestTemplates_IsTheFirstNumberThatCanShowADifference()
    {
        Assert.InRange(ExchangeTest.LeastPValue(SamplingUnits.FewestTemplates, SamplingUnits.FewestTemplates, isPaired: false), 0, CircuitDifference.Level);
        Assert.True(ExchangeTest.LeastPValue(SamplingUnits.FewestTemplates - 1, SamplingUnits.FewestTemplates - 1, isPaired: true) > CircuitDifference.Level);
    }

    [Fact]
    public void Each_Blocks_AreUnitsOfTheirOwn()
    {
        Assert.Equal([0, 1, 2], BlockUnits.Each(3).OfBlock);
        Assert.Equal((3, 0), (BlockUnits.Each(3).Count, BlockUnits.Each(0).Count));
    }

    private static TaskDataset Dataset(IEnumerable<int> prompts, ImmutableArray<string> templates) =>
        new("pairs", MetricKind.LogitDifference, [.. prompts.Select(p => Example([0, p, 3], [0, p, 4]))], []) { Templates = templates };

    private static Example Example(ImmutableArray<int> clean, ImmutableArray<int> corrupted) => new(clean, corrupted, [1], [2]);
}
