using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using CircuitGrid.Circuits.Heads;

namespace CircuitGrid.Experiments.Cells;

/// <summary>What determines the head scores of a checkpoint besides its weights, in the two parts of a <see cref="CellFingerprint"/>.</summary>
public static class HeadInputsDigest
{
    /// <summary>Raised whenever the same weights, tokens and options give other scores.</summary>
    public const int CurrentAlgorithm = 3;

    /// <summary>The options in canonical form, less those that only decide which tokens are drawn.</summary>
    public static string Analysis(HeadScoreOptions options) => string.Create(
        CultureInfo.InvariantCulture,
        $"heads;top={options.TopTokens};copy-threshold={options.CopyThreshold:R};mean-texts={options.MeanTexts};texts={options.Texts};source-share={options.SourceShare:R};first-layer={options.FirstLayer}");

    /// <summary>Digest of all tokens.</summary>
    /// <returns>64 lower-case hex digits.</returns>
    public static string Of(HeadScoreInputs inputs)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AddRows(inputs.RepeatedHalves);
        AddRows([.. inputs.SuccessorLists.Select(l => l.Pairs.SelectMany(p => new[] { p.Token, p.Successor }).ToImmutableArray())]);
        AddRows([.. inputs.Ioi.SelectMany(e => new[] { e.Clean, e.Corrupted, e.Correct, e.Incorrect })]);
        AddRows(inputs.Texts);
        AddRows([[.. inputs.FunctionTokens.Order()]]);
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void AddRows(ImmutableArray<ImmutableArray<int>> rows)
        {
            Add(rows.Length);
            foreach (var row in rows)
            {
                Add(row.Length);
                foreach (var id in row)
                {
                    Add(id);
                }
            }
        }

        void Add(int value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
            hash.AppendData(bytes);
        }
    }
}
