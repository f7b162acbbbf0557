using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <content>The pieces of a layer: what its slots read, and what its nodes write.</content>
public sealed partial class Transformer
{
    /// <summary>What a layer's heads read of the residual stream [R, D].</summary>
    private SlotReading ReadHeads(int layer, Tensor residual)
    {
        var (xhat, inverseScale) = ReadStream(residual);
        return new SlotReading(xhat, inverseScale, ProjectQueriesKeysValues(layer, xhat));
    }

    /// <summary>What a layer's MLP reads of the residual stream [R, D].</summary>
    private SlotReading ReadMlp(int layer, Tensor residual)
    {
        var (xhat, inverseScale) = ReadStream(residual);
        return new SlotReading(xhat, inverseScale, ProjectMlp(layer, xhat));
    }

    /// <summary>What a layer's MLP reads of the stream that its heads read.</summary>
    private SlotReading ShareReading(int layer, SlotReading attention) => attention with { Projection = ProjectMlp(layer, attention.Xhat) };

    private Tensor ProjectQueriesKeysValues(int layer, Tensor xhat)
    {
        var qkv = Device.Allocate([xhat.Rows, Config.ProjectionWidth]);
        Device.Linear(qkv, xhat, weights.Layers[layer].QueryKeyValue, weights.Layers[layer].QueryKeyValueBias);
        return qkv;
    }

    private Tensor ProjectMlp(int layer, Tensor xhat)
    {
        var hidden = Device.Allocate([xhat.Rows, Config.HiddenWidth]);
        Device.Linear(hidden, xhat, weights.Layers[layer].MlpIn, weights.Layers[layer].MlpInBias);
        return hidden;
    }

    /// <summary>z of all heads, [T, H·dh]; without <paramref name="keep"/> their projection is overwritten.</summary>
    private Tensor AttendReading(int layer, SlotReading attention, Sequences sequences, bool keep)
    {
        if (!keep)
        {
            return AttendHeads(layer, attention.Projection, sequences);
        }

        using var copy = Copied(attention.Projection);
        return AttendHeads(layer, copy, sequences);
    }

    /// <summary>A = Σ_h z_h·W_O,h + b_O, a new tensor [R, D].</summary>
    private Tensor AttentionOutput(int layer, Tensor z)
    {
        var output = Device.Allocate([z.Rows, Config.Width]);
        Device.LinearTransposed(output, z, weights.Layers[layer].Output, weights.Layers[layer].OutputBias);
        return output;
    }

    /// <summary>The residual stream behind attention: A, through its norm where it has one, added to the stream before it. A new tensor.</summary>
    /// <param name="layer">Zero-based.</param>
    /// <param name="residual">The stream before, [R, D].</param>
    /// <param name="z">z of all heads, [R, H·dh].</param>
    /// <param name="passed">A and what its norm made of it, where there is one.</param>
    private Tensor AddAttention(int layer, Tensor residual, Tensor z, out PassedNorm? passed)
    {
        var sum = AttentionOutput(layer, z);
        passed = null;
        if (weights.Layers[layer].AttentionNorm is { } scale)
        {
            passed = new PassedNorm(sum, PassNorm(sum, scale, out var normed));
            sum = normed;
        }

        Device.Add(sum, residual, sum);
        return sum;
    }

    private Tensor MlpOutput(int layer, Tensor xhat)
    {
        using var hidden = ProjectMlp(layer, xhat);
        var output = WriteMlp(layer, hidden, keep: false, out var passed);
        passed?.Dispose();
        return output;
    }

    /// <summary>A layer's MLP output [R, D] from its hidden layer [R, F] or [R, 2·F]; without <paramref name="keep"/> that may be overwritten.</summary>
    private Tensor WriteMlp(int layer, Tensor hidden, bool keep, out PassedNorm? passed)
    {
        var w = weights.Layers[layer];
        using var activated = ActivateHidden(layer, hidden, keep);
        var output = Device.Allocate([hidden.Rows, Config.Width]);
        Device.Linear(output, activated, w.MlpOut, w.MlpOutBias);
        passed = null;
        if (w.MlpNorm is { } scale)
        {
            passed = new PassedNorm(output, PassNorm(output, scale, out var normed));
            output = normed;
        }

        return output;
    }

    /// <summary>The hidden layer behind the activation, [R, F]; to be disposed, whether it is a view or a new tensor.</summary>
    private Tensor ActivateHidden(int layer, Tensor hidden, bool keep)
    {
        if (Config.IsGated)
        {
            var gated = Device.Allocate([hidden.Rows, Config.MlpWidth]);
            Device.Gate(gated, hidden, weights.Layers[layer].Activation);
            return gated;
        }

        var activated = keep ? Device.Allocate(hidden.Shape.AsSpan()) : hidden.Slice(0, hidden.Rows);
        Device.Activate(activated, hidden, weights.Layers[layer].Activation);
        return activated;
    }

    /// <summary>scale ⊙ x/σ of rows x [R, D], a new tensor, and 1/σ [R].</summary>
    private Tensor PassNorm(Tensor x, Tensor scale, out Tensor normed)
    {
        normed = Device.Allocate(x.Shape.AsSpan());
        var inverseScale = Device.Allocate([x.Rows]);
        Device.NormalizeBlocks(normed, inverseScale, x, WholeRows(x), scale, Config.Norms.Epsilon);
        return inverseScale;
    }

    /// <summary>What a slot reads of a stream: x̂ and 1/σ, or the stream as it is and 1 where nothing stands before it. New tensors.</summary>
    private (Tensor Xhat, Tensor InverseScale) ReadStream(Tensor x)
    {
        if (Config.Norms.IsBefore)
        {
            return Normalize(x);
        }

        var ones = Device.Allocate([x.Rows]);
        Device.Fill(ones, 1);
        return (Copied(x), ones);
    }

    /// <summary>x̂ of a stream, or the stream as it is where nothing stands before what reads it; to be disposed, whether it is a view or a new tensor.</summary>
    private Tensor Read(Tensor x) => Config.Norms.IsBefore ? Normalized(x) : x.Slice(0, x.Shape[0]);

    private Tensor Normalized(Tensor x)
    {
        var (xhat, inverseScale) = Normalize(x);
        inverseScale.Dispose();
        return xhat;
    }

    private (Tensor Xhat, Tensor InverseScale) Normalize(Tensor x)
    {
        var xhat = Device.Allocate(x.Shape.AsSpan());
        var inverseScale = Device.Allocate([x.Rows]);
        Device.Normalize(xhat, inverseScale, x, Config.Norms.Epsilon, Config.Norms.Centres);
        return (xhat, inverseScale);
    }

    private Tensor Copied(Tensor x)
    {
        var copy = Device.Allocate(x.Shape.AsSpan());
        Device.Copy(copy, x);
        return copy;
    }

    /// <summary>The rows of a tensor [R, D] as one block.</summary>
    private static BlockLayout WholeRows(Tensor x) => BlockLayout.Columns(1, x.Rows, x.Columns, x.Columns);
}
