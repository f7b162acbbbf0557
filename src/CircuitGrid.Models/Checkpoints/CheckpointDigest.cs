using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints.Formats;
using CircuitGrid.Models.Checkpoints.Prints;

namespace CircuitGrid.Models.Checkpoints;

/// <summary>The digest of a model's configuration and tensors.</summary>
internal static class CheckpointDigest
{
    // Part of what is hashed, so that another definition can never give an old digest a new meaning.
    private const string Definition = "circuitgrid model 1";

    // Pieces of as many elements whatever these are stored as, for the print's sake.
    private const int ChunkElements = 1 << 18;

    /// <summary>Reads everything once.</summary>
    /// <param name="config">The model.</param>
    /// <param name="tensors">Its tensors, in any order.</param>
    /// <param name="printer">Shown the same elements, if there is one.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="UnwrittenWeightsException">Every byte of every tensor is zero.</exception>
    /// <exception cref="InvalidInputException">A file can't be read.</exception>
    public static string Compute(ModelConfig config, IReadOnlyCollection<TensorSource> tensors, WeightPrinter? printer, CancellationToken cancellationToken)
    {
        var isWritten = false;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AppendLine(hash, Definition);
        AppendLine(hash, config.ToCanonicalString());
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Spec.Name, StringComparer.Ordinal))
        {
            // Shape and type fix the number of bytes, so no two sets of tensors give the same stream.
            AppendLine(hash, $"{tensor.Spec.Name} {tensor.Kind} {string.Join('x', tensor.Spec.Shape)}");
            tensor.Verify();
            printer?.Begin(tensor);
            isWritten |= AppendElements(hash, tensor, printer, cancellationToken);
            printer?.End();
        }

        if (!isWritten)
        {
            throw new UnwrittenWeightsException(tensors.Select(t => t.Path).Order(StringComparer.Ordinal).First(), UnwrittenWeightsException.Zeros);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <returns>Whether any byte isn't zero.</returns>
    private static bool AppendElements(IncrementalHash hash, TensorSource tensor, WeightPrinter? printer, CancellationToken cancellationToken)
    {
        var isWritten = false;
        var rowsPerChunk = Math.Max(1, ChunkElements / tensor.Columns);
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(rowsPerChunk, tensor.Rows) * tensor.RowBytes);
        try
        {
            for (var row = 0; row < tensor.Rows; row += rowsPerChunk)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var bytes = buffer.AsSpan(0, Math.Min(rowsPerChunk, tensor.Rows - row) * tensor.RowBytes);
                tensor.ReadRows(row, bytes);
                hash.AppendData(bytes);
                printer?.Append(bytes);
                isWritten = isWritten || bytes.ContainsAnyExcept((byte)0);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return isWritten;
    }

    private static void AppendLine(IncrementalHash hash, string line) => hash.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
}
