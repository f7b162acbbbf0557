using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CircuitGrid.Experiments.Cells;

/// <summary>
/// Everything that determines a cell's result. Names of suites, models, steps and tasks are not in it, nor is anything about files,
/// threads or batches: those can change without changing a result.
/// </summary>
/// <param name="ModelDigest">Digest of the checkpoint's tensors and configuration, independent of file format.</param>
/// <param name="ExamplesDigest">Digest of the examples; see <see cref="Cells.ExamplesDigest"/>.</param>
/// <param name="Analysis">The analysis in canonical form.</param>
/// <param name="Numerics">How numbers are held and computed.</param>
/// <param name="AlgorithmVersion">Raised whenever the same inputs give other bytes.</param>
public sealed record CellFingerprint(string ModelDigest, string ExamplesDigest, string Analysis, string Numerics, int AlgorithmVersion)
{
    /// <summary>The address of the result.</summary>
    public CellKey Key => CellKey.Of(
        $"circuitgrid cell 1\nmodel {ModelDigest}\nexamples {ExamplesDigest}\nanalysis {Analysis}\nnumerics {Numerics}\nalgorithm {AlgorithmVersion.ToString(CultureInfo.InvariantCulture)}\n");
}

/// <summary>The address of a cell's result: the SHA-256 of everything that determines it, in 64 lower-case hex digits.</summary>
/// <param name="Value">The digits.</param>
public readonly record struct CellKey(string Value)
{
    /// <summary>The key of a text.</summary>
    public static CellKey Of(string text) => new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));

    public override string ToString() => Value;
}
