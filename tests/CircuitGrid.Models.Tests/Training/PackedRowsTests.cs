using CircuitGrid.Models.Training;
using FsCheck;
using FsCheck.Fluent;

namespace CircuitGrid.Models.Tests.Training;

public sealed class PackedRowsTests
{
    [Fact]
    public void Pack_PutsWholeDocumentsIntoRows()
    {
        int[][] documents = [[1, 2, 3], [4, 5, 6, 7], [8], .. Enumerable.Repeat<int[]>([9, 9], 40)];
        var rows = PackedRows.Pack(documents, 2, 8, separator: 0);

        Assert.Equal([0, 1, 2, 3, 0, 8, 0, 0], rows.Tokens(0, 1));
        Assert.Equal([1, 2, 3, 0, 8, 0, -1, -1], rows.Targets(0, 1));
        Assert.Equal([4, 5, 6, 7, 0, 9, 9, 0], rows.Tokens(1, 1));
        Assert.Equal([5, 6, 7, 0, 9, 9, 0, -1], rows.Targets(1, 1));
    }

    [Fact]
    public void Pack_OfAnyDocuments_PredictsEachOnceAndWhole()
    {
        var documents = Gen.Choose(1, 9).ArrayOf().Where(d => d.Length is > 0 and <= 10).ListOf(80);
        Prop.ForAll(documents.ToArbitrary(), list =>
        {
            var rows = PackedRows.Pack(list.Select((d, i) => d.Prepend(100 + i).ToArray()), 4, 16, separator: 0);
            var seen = new List<int[]>();
            for (var row = 0; row < 4; row++)
            {
                var tokens = rows.Tokens(row, 1).ToArray();
                var targets = rows.Targets(row, 1).ToArray();
                var predicted = Array.FindLastIndex(targets, t => t >= 0) + 1;
                Assert.Equal(tokens[1..(predicted + 1)], targets[..predicted]);
                Assert.All(targets[predicted..], t => Assert.Equal(-1, t));
                seen.AddRange(Split(tokens));
            }

            foreach (var document in seen)
            {
                Assert.Equal(list[document[0] - 100], document[1..]);
            }

            Assert.Distinct(seen.Select(d => d[0]));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Pack_OfADocumentLongerThanARow_IsRefused() =>
        Assert.Throws<ArgumentException>(() => PackedRows.Pack(Enumerable.Repeat(new int[15], 20), 1, 16, 0));

    [Fact]
    public void Digest_ChangesWithAnyToken()
    {
        int[][] documents = [[1, 2, 3], .. Enumerable.Repeat<int[]>([9, 9], 40)];
        int[][] others = [[1, 2, 4], .. Enumerable.Repeat<int[]>([9, 9], 40)];
        Assert.Equal(PackedRows.Pack(documents, 2, 8, 0).Digest, PackedRows.Pack(documents, 2, 8, 0).Digest);
        Assert.NotEqual(PackedRows.Pack(documents, 2, 8, 0).Digest, PackedRows.Pack(others, 2, 8, 0).Digest);
    }

    private static IEnumerable<int[]> Split(int[] tokens)
    {
        var document = new List<int>();
        foreach (var token in tokens)
        {
            if (token != 0)
            {
                document.Add(token);
            }
            else if (document.Count > 0)
            {
                yield return [.. document];
                document.Clear();
            }
        }

        Assert.Empty(document);
    }
}
