using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Attribution;

/// <summary>Blocks of neighbouring examples none of which holds two templates, for data sets that are sorted by template.</summary>
public static class TemplateBlocks
{
    /// <summary>
    /// Cuts N examples into about B blocks. A template with n of the examples gets k = 2·max(1, round(B·n/2N)) blocks: an even number, so that blocks taken in turn
    /// halve every template. Where n is smaller, it gets the largest even number of blocks that n examples fill; one example is one block. Example i of the n is in
    /// the template's block ⌊i·k/n⌋, so that sizes within a template differ by one at most.
    /// </summary>
    /// <param name="templates">The template of every example, [examples], those of a template side by side.</param>
    /// <param name="blocks">How many blocks are wanted, at least 1; a data set of many templates has more, at least one a template.</param>
    /// <returns>How many examples every block has, [blocks], and the number of its template in order of appearance, [blocks].</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="blocks"/> is less than 1.</exception>
    /// <exception cref="ArgumentException">A template comes up again after another.</exception>
    public static (ImmutableArray<int> Sizes, ImmutableArray<int> Templates) Cut(IReadOnlyList<string> templates, int blocks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        var sizes = ImmutableArray.CreateBuilder<int>();
        var numbers = ImmutableArray.CreateBuilder<int>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int start = 0, end; start < templates.Count; start = end)
        {
            end = start + 1;
            while (end < templates.Count && string.Equals(templates[end], templates[start], StringComparison.Ordinal))
            {
                end++;
            }

            if (!seen.Add(templates[start]))
            {
                throw new ArgumentException("the examples aren't sorted by template", nameof(templates));
            }

            var count = end - start;
            var share = BlocksOf(count, templates.Count, blocks);
            foreach (var block in Enumerable.Range(0, count).GroupBy(i => BlockScores.BlockOf(i, count, share)))
            {
                sizes.Add(block.Count());
                numbers.Add(seen.Count - 1);
            }
        }

        return (sizes.DrainToImmutable(), numbers.DrainToImmutable());
    }

    /// <summary>The number of blocks for <paramref name="count"/> of <paramref name="all"/> examples.</summary>
    private static int BlocksOf(int count, int all, int blocks)
    {
        // round(blocks · count / (2 · all)), halves upwards
        var pairs = (((long)blocks * count) + all) / (2L * all);
        return count == 1 ? 1 : (int)Math.Min(2 * Math.Max(1, pairs), count - (count % 2));
    }
}
