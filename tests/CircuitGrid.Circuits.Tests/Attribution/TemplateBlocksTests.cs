using System.Globalization;
using CircuitGrid.Circuits.Attribution;
using FsCheck;
using FsCheck.Fluent;

namespace CircuitGrid.Circuits.Tests.Attribution;

public sealed class TemplateBlocksTests
{
    /// <summary>Any numbers of examples per template and any number of blocks, against the rule written out for one example after the other.</summary>
    [Fact]
    public void Cut_OfAnyTemplates_GivesEachItsShareOfWholeBlocks()
    {
        var counts = Gen.OneOf(Gen.Choose(1, 4), Gen.Choose(1, 60), Gen.Choose(200, 300)).NonEmptyListOf();
        Prop.ForAll(counts.ToArbitrary(), Gen.OneOf(Gen.Choose(1, 40), Gen.Choose(100, 5000)).ToArbitrary(), (list, wanted) =>
        {
            var all = list.Sum();
            string[] templates = [.. list.SelectMany((n, t) => Enumerable.Repeat(Name(t), n))];

            var (sizes, numbers) = TemplateBlocks.Cut(templates, wanted);

            var expected = new List<(int Template, int Size)>();
            for (var t = 0; t < list.Count; t++)
            {
                var n = list[t];
                var share = 2 * Math.Max(1, (int)Math.Round((decimal)wanted * n / (2 * all), MidpointRounding.AwayFromZero));
                while (share > n)
                {
                    share -= share == 2 ? 1 : 2;
                }

                var inBlock = new int[share];
                for (var i = 0; i < n; i++)
                {
                    inBlock[(int)Math.Floor((decimal)i * share / n)]++;
                }

                expected.AddRange(inBlock.Select(size => (t, size)));
            }

            Assert.Equal(expected, numbers.Zip(sizes));
            Assert.Equal(all, sizes.Sum());
            foreach (var blocks in expected.GroupBy(x => x.Template))
            {
                Assert.InRange(blocks.Max(x => x.Size) - blocks.Min(x => x.Size), 0, 1);
                Assert.True(blocks.All(x => x.Size > 0));
                Assert.True(blocks.Count() % 2 == 0 || list[blocks.Key] == 1);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Cut_ByHand()
    {
        // 32 · 20 / 200 = 3.2, rounded to 3 pairs of blocks; 20 examples in 6 blocks
        var (sizes, numbers) = TemplateBlocks.Cut([.. Enumerable.Range(0, 5).SelectMany(t => Enumerable.Repeat(Name(t), 20))], 32);
        Assert.Equal([4, 3, 3, 4, 3, 3], sizes[..6]);
        Assert.Equal(Enumerable.Range(0, 5).SelectMany(t => Enumerable.Repeat(t, 6)), numbers);

        // one template alone has what is asked for
        Assert.Equal(Enumerable.Repeat(4, 32), TemplateBlocks.Cut([.. Enumerable.Repeat("t", 128)], 32).Sizes);

        // a half is rounded upwards: 6 · 1 · 10 / 20 = 3 → 1.5 pairs → 2 pairs
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1], TemplateBlocks.Cut([.. Enumerable.Repeat("a", 10), .. Enumerable.Repeat("b", 10)], 6).Templates);

        // one example is one block, three are two, and few wanted blocks are two a template all the same
        Assert.Equal([1, 2, 1, 1, 1], TemplateBlocks.Cut(["a", "b", "b", "b", "c", "c"], 1).Sizes);
        Assert.Empty(TemplateBlocks.Cut([], 4).Sizes);
    }

    [Fact]
    public void Cut_WhatIsNotSorted_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => TemplateBlocks.Cut(["a", "b", "a"], 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => TemplateBlocks.Cut(["a"], 0));
    }

    private static string Name(int template) => string.Create(CultureInfo.InvariantCulture, $"template {template}");
}
