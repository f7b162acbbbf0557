namespace CircuitGrid.Models.Tokenization.Patterns;

/// <summary>A set of Unicode code points, held as pages of 256 bits; pages without a member, and full ones, are shared.</summary>
internal sealed class CharacterSet
{
    private const int PageBits = 8, PageWords = 4, Pages = 0x110000 >> PageBits;

    private static readonly ulong[] s_emptyPage = new ulong[PageWords];
    private static readonly ulong[] s_fullPage = [ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue];

    private readonly ulong[][] _pages;

    private CharacterSet(ulong[][] pages) => _pages = pages;

    /// <summary>No code point.</summary>
    public static CharacterSet Empty { get; } = new([.. Enumerable.Repeat(s_emptyPage, Pages)]);

    /// <summary>Every code point.</summary>
    public static CharacterSet All { get; } = new([.. Enumerable.Repeat(s_fullPage, Pages)]);

    /// <summary>The code points from the first to the last one given.</summary>
    public static CharacterSet Range(int first, int last) => Where(first, last, static _ => true);

    /// <summary>The code points that are given.</summary>
    public static CharacterSet Of(params ReadOnlySpan<int> codePoints)
    {
        var set = Empty;
        foreach (var codePoint in codePoints)
        {
            set = set.Union(Range(codePoint, codePoint));
        }

        return set;
    }

    /// <summary>The code points that have a property.</summary>
    public static CharacterSet Where(Func<int, bool> holds) => Where(0, 0x10FFFF, holds);

    public bool Contains(int codePoint) => (_pages[codePoint >> PageBits][(codePoint >> 6) & (PageWords - 1)] >> (codePoint & 63) & 1) != 0;

    public CharacterSet Union(CharacterSet other) => Combine(other, static (a, b) => a | b);

    public CharacterSet Intersect(CharacterSet other) => Combine(other, static (a, b) => a & b);

    public CharacterSet Negate() => Combine(this, static (a, _) => ~a);

    public bool IsEmpty => Array.TrueForAll(_pages, page => page == s_emptyPage);

    private static CharacterSet Where(int first, int last, Func<int, bool> holds)
    {
        var pages = (ulong[][])Empty._pages.Clone();
        for (var page = first >> PageBits; page <= last >> PageBits; page++)
        {
            var words = new ulong[PageWords];
            for (var codePoint = Math.Max(first, page << PageBits); codePoint <= last && codePoint >> PageBits == page; codePoint++)
            {
                words[(codePoint >> 6) & (PageWords - 1)] |= holds(codePoint) ? 1UL << (codePoint & 63) : 0;
            }

            pages[page] = Share(words);
        }

        return new(pages);
    }

    private static ulong[] Share(ulong[] page) =>
        page.AsSpan().SequenceEqual(s_emptyPage) ? s_emptyPage
        : page.AsSpan().SequenceEqual(s_fullPage) ? s_fullPage
        : page;

    private CharacterSet Combine(CharacterSet other, Func<ulong, ulong, ulong> combine)
    {
        var pages = new ulong[Pages][];
        for (var p = 0; p < Pages; p++)
        {
            var words = new ulong[PageWords];
            for (var w = 0; w < PageWords; w++)
            {
                words[w] = combine(_pages[p][w], other._pages[p][w]);
            }

            pages[p] = Share(words);
        }

        return new(pages);
    }
}
