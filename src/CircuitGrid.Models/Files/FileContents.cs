using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

/// <summary>Whether files are the same byte for byte.</summary>
public static class FileContents
{
    private const int ChunkBytes = 1 << 16;

    /// <summary>Compares two plain files.</summary>
    /// <exception cref="InvalidInputException">One can't be read.</exception>
    public static bool AreEqual(string first, string second)
    {
        using var a = SourceFile.Open(first);
        using var b = SourceFile.Open(second);
        if (a.Length != b.Length)
        {
            return false;
        }

        var (left, right) = (new byte[ChunkBytes], new byte[ChunkBytes]);
        for (var at = 0L; at < a.Length; at += ChunkBytes)
        {
            var length = (int)Math.Min(ChunkBytes, a.Length - at);
            a.ReadExactly(at, left.AsSpan(0, length));
            b.ReadExactly(at, right.AsSpan(0, length));
            if (!left.AsSpan(0, length).SequenceEqual(right.AsSpan(0, length)))
            {
                return false;
            }
        }

        return true;
    }
}
