using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CircuitGrid.Models.Training;

/// <summary>
/// Documents packed whole into rows of equal length, each document followed by a separator. Every other row also begins with one, so that
/// a model knows texts with and without a token before them. What is left at a row's end is filled with separators that aren't predicted.
/// </summary>
public sealed class PackedRows
{
    private readonly int[] tokens;
    private readonly int[] targets;

    private PackedRows(int count, int length)
    {
        Count = count;
        Length = length;
        tokens = new int[checked(count * length)];
        targets = new int[tokens.Length];
    }

    /// <summary>Number of rows.</summary>
    public int Count { get; }

    /// <summary>Tokens of a row.</summary>
    public int Length { get; }

    /// <summary>SHA-256 of everything that training reads, in hexadecimal.</summary>
    public string Digest
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(MemoryMarshal.AsBytes<int>(tokens));
            hash.AppendData(MemoryMarshal.AsBytes<int>(targets));
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>The tokens of <paramref name="count"/> rows from <paramref name="first"/> on, one row after the other.</summary>
    public ReadOnlySpan<int> Tokens(int first, int count) => tokens.AsSpan(first * Length, count * Length);

    /// <summary>The token that follows each of <see cref="Tokens"/>, −1 where none is to be predicted.</summary>
    public ReadOnlySpan<int> Targets(int first, int count) => targets.AsSpan(first * Length, count * Length);

    /// <summary>Packs documents in their order, except that one which doesn't fit waits for the next row.</summary>
    /// <param name="documents">Enough of them to fill the rows, none longer than a row less two.</param>
    /// <param name="count">Number of rows.</param>
    /// <param name="length">Tokens of a row.</param>
    /// <param name="separator">The token after each document.</param>
    /// <exception cref="ArgumentException">A document is too long, or there are too few.</exception>
    public static PackedRows Pack(IEnumerable<int[]> documents, int count, int length, int separator)
    {
        const int Waiting = 16;
        var rows = new PackedRows(count, length);
        using var source = documents.GetEnumerator();
        var waiting = new List<int[]>(Waiting);
        for (var row = 0; row < count; row++)
        {
            var used = 0;
            if (row % 2 == 0)
            {
                rows.tokens[row * length] = separator;
                used = 1;
            }

            while (true)
            {
                while (waiting.Count < Waiting)
                {
                    waiting.Add(Next(source, length));
                }

                var fitting = waiting.FindIndex(d => used + d.Length + 1 <= length);
                if (fitting < 0)
                {
                    break;
                }

                waiting[fitting].CopyTo(rows.tokens.AsSpan((row * length) + used));
                used += waiting[fitting].Length;
                rows.tokens[(row * length) + used++] = separator;
                waiting.RemoveAt(fitting);
            }

            rows.Finish(row, used, separator);
        }

        return rows;
    }

    private static int[] Next(IEnumerator<int[]> source, int length)
    {
        if (!source.MoveNext())
        {
            throw new ArgumentException("There are too few documents to fill the rows.", nameof(source));
        }

        return source.Current.Length <= length - 2
            ? source.Current
            : throw new ArgumentException($"A document of {source.Current.Length} tokens doesn't fit a row of {length} with its separators.", nameof(source));
    }

    private void Finish(int row, int used, int separator)
    {
        var rowTokens = tokens.AsSpan(row * Length, Length);
        var rowTargets = targets.AsSpan(row * Length, Length);
        rowTokens[used..].Fill(separator);
        rowTokens[1..used].CopyTo(rowTargets);
        rowTargets[(used - 1)..].Fill(-1);
    }
}
