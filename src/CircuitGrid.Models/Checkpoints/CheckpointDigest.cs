using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints.Formats;

namespace CircuitGrid.Models.Checkpoints;

/// <summary>The digest of a model's configuration and tensors.</summary>
internal static class CheckpointDigest
{
    // Part of what is hashed, so that another definition can never give an old digest a new meaning.
    private const string Definition = "circuitgrid model 1";

    private const int ChunkBytes = 1 << 20;

    /// <exception cref="UnwrittenWeightsException">Every byte of every tensor is zero.</exception>
    /// <exception cref="InvalidInputException">A file can't be read.</exception>
    public static string Compute(ModelConfig config, IReadOnlyCollection<TensorSource> tensors, CancellationToken cancellationToken)
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
            isWritten |= AppendElements(hash, tensor, cancellationToken);
        }

        if (!isWritten)
        {
            throw new UnwrittenWeightsException(tensors.Select(t => t.Path).Order(StringComparer.Ordinal).First(), UnwrittenWeightsException.Zeros);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <returns>Whether any byte isn't zero.</returns>
    private static bool AppendElements(IncrementalHash hash, TensorSource tensor, CancellationToken cancellationToken)
    {
        var isWritten = false;
        var rowsPerChunk = Math.Max(1, ChunkBytes / tensor.RowBytes);
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(rowsPerChunk, tensor.Rows) * tensor.RowBytes);
        try
        {
            for (var row = 0; row < tensor.Rows; row += rowsPerChunk)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var bytes = buffer.AsSpan(0, Math.Min(rowsPerChunk, tensor.Rows - row) * tensor.RowBytes);
                tensor.ReadRows(row, bytes);
                hash.AppendData(bytes);
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
