using System.Globalization;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <content>Where a run leaves the numbers that float32 has.</content>
public sealed partial class Transformer
{
    /// <summary>
    /// The first norm of a plain run whose input is too large for it, and by how much, as the rest of a sentence about it. Runs the model and downloads
    /// every stream: for the message of an error, not for the way there.
    /// </summary>
    /// <returns><see langword="null"/> where every norm of the plain run has a variance that float32 can hold.</returns>
    internal string? FindOverflow(TokenBatch batch)
    {
        using var embedding = Embed(batch);
        var residual = EnterResidual(embedding, batch.Sequences);
        try
        {
            for (var l = 0; l < Config.Layers; l++)
            {
                if (Config.Norms.IsBefore && DescribeOverflow(residual, string.Create(CultureInfo.InvariantCulture, $"the {NormName} of layer {l}")) is { } heads)
                {
                    return heads;
                }

                using var qkv = ProjectHeads(l, residual);
                using var z = AttendHeads(l, qkv, batch.Sequences);
                if (!Parallel && DescribeAttended(l, residual, z) is { } mlp)
                {
                    return mlp;
                }

                var next = FinishLayer(l, residual, z);
                residual.Dispose();
                residual = next;
            }

            return DescribeOverflow(residual, $"the final {NormName}");
        }
        finally
        {
            residual.Dispose();
        }
    }

    private string NormName => Config.Norms.Centres ? "LayerNorm" : "RMSNorm";

    private string? DescribeAttended(int layer, Tensor residual, Tensor z)
    {
        using var attended = AddAttention(layer, residual, z, out var passed);
        passed?.Dispose();
        return Config.Norms.IsBefore ? DescribeOverflow(attended, string.Create(CultureInfo.InvariantCulture, $"the {NormName} of layer {layer}'s MLP")) : null;
    }

    private string? DescribeOverflow(Tensor residual, string norm)
    {
        var values = new float[residual.Length];
        Device.Download(residual, values);
        for (var start = 0; start < values.Length; start += Config.Width)
        {
            var row = values.AsSpan(start, Config.Width);
            var (sum, squares) = (0.0, 0.0);
            foreach (var value in Config.Norms.Centres ? row : [])
            {
                sum += value;
            }

            foreach (var value in row)
            {
                squares += (value - (sum / row.Length)) * (value - (sum / row.Length));
            }

            if (!double.IsFinite(squares))
            {
                return $"{norm} reads numbers that aren't finite";
            }

            if (squares > float.MaxValue || Math.Abs(sum) > float.MaxValue)
            {
                return string.Create(
                    CultureInfo.InvariantCulture, $"{norm} reads numbers of variance {squares / row.Length:G3}, whose sum of {row.Length} squares overflows float32 (at most {float.MaxValue:G3})");
            }
        }

        return null;
    }
}
