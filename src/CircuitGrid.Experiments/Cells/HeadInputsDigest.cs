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
    public const int CurrentAlgorithm = 4;

    private const string CircuitOption = ";ioi=";

    /// <summary>The options in canonical form, less those that only decide which tokens are drawn, and the cell that has the circuit.</summary>
    /// <param name="options">The options.</param>
    /// <param name="circuit">The cell whose circuit the IOI algorithm is followed in; <see langword="null"/> where there is none.</param>
    public static string Analysis(HeadScoreOptions options, CellKey? circuit = null) => string.Create(
        CultureInfo.InvariantCulture,
        $"heads;top={options.TopTokens};copy-threshold={options.CopyThreshold:R};mean-texts={options.MeanTexts};texts={options.Texts};source-share={options.SourceShare:R};first-layer={options.FirstLayer}{(circuit is { } key ? CircuitOption + key : "")}");

    /// <summary>An analysis without its circuit: what is the same for all checkpoints of a model. Any other analysis stays as it is.</summary>
    /// <param name="analysis">In canonical form.</param>
    /// <param name="circuit">Key of the cell that has the circuit; <see langword="null"/> where there is none.</param>
    public static string WithoutCircuit(string analysis, out string? circuit)
    {
        var at = analysis.IndexOf(CircuitOption, StringComparison.Ordinal);
        circuit = at < 0 ? null : analysis[(at + CircuitOption.Length)..];
        return at < 0 ? analysis : analysis[..at];
    }

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
