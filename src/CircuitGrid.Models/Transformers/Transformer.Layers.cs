using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <content>The pieces of a layer: what its slots read, and what its nodes write.</content>
public sealed partial class Transformer
{
    /// <summary>What a layer's heads read of the residual stream [R, D].</summary>
    private SlotReading ReadHeads(int layer, Tensor residual)
    {
        var (xhat, inverseScale) = Normalize(residual);
        return new SlotReading(xhat, inverseScale, ProjectQueriesKeysValues(layer, xhat));
    }

    /// <summary>What a layer's MLP reads of the residual stream [R, D].</summary>
    private SlotReading ReadMlp(int layer, Tensor residual)
    {
        var (xhat, inverseScale) = Normalize(residual);
        return new SlotReading(xhat, inverseScale, ProjectMlp(layer, xhat));
    }

    /// <summary>What a layer's MLP reads of the stream that its heads read.</summary>
    private SlotReading ShareReading(int layer, SlotReading attention) => attention with { Projection = ProjectMlp(layer, attention.Xhat) };

    private Tensor ProjectQueriesKeysValues(int layer, Tensor xhat)
    {
        var qkv = Device.Allocate([xhat.Rows, 3 * Config.Width]);
        Device.Linear(qkv, xhat, weights.Layers[layer].QueryKeyValue, weights.Layers[layer].QueryKeyValueBias);
        return qkv;
    }

    private Tensor ProjectMlp(int layer, Tensor xhat)
    {
        var hidden = Device.Allocate([xhat.Rows, Config.MlpWidth]);
        Device.Linear(hidden, xhat, weights.Layers[layer].MlpIn, weights.Layers[layer].MlpInBias);
        return hidden;
    }

    /// <summary>z of all heads, [T, H·dh]; without <paramref name="keep"/> their projection is overwritten.</summary>
    private Tensor AttendReading(SlotReading attention, Sequences sequences, bool keep)
    {
        if (!keep)
        {
            return AttendHeads(attention.Projection, sequences);
        }

        using var copy = Device.Allocate(attention.Projection.Shape.AsSpan());
        Device.Copy(copy, attention.Projection);
        return AttendHeads(copy, sequences);
    }

    /// <summary>residual + Σ_h z_h·W_O,h + b_O, a new tensor.</summary>
    private Tensor AddAttention(int layer, Tensor residual, Tensor z)
    {
        var sum = Device.Allocate(residual.Shape.AsSpan());
        Device.LinearTransposed(sum, z, weights.Layers[layer].Output, weights.Layers[layer].OutputBias);
        Device.Add(sum, residual, sum);
        return sum;
    }

    private Tensor MlpOutput(int layer, Tensor xhat)
    {
        using var hidden = ProjectMlp(layer, xhat);
        return WriteMlp(layer, hidden, keep: false);
    }

    /// <summary>A layer's MLP output [R, D] from its hidden layer [R, F]; without <paramref name="keep"/> that is overwritten.</summary>
    private Tensor WriteMlp(int layer, Tensor hidden, bool keep)
    {
        var w = weights.Layers[layer];
        using var activated = keep ? Device.Allocate(hidden.Shape.AsSpan()) : hidden.Slice(0, hidden.Rows);
        Device.Activate(activated, hidden, Config.Activation);
        var output = Device.Allocate([hidden.Rows, Config.Width]);
        Device.Linear(output, activated, w.MlpOut, w.MlpOutBias);
        return output;
    }

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
        Device.Normalize(xhat, inverseScale, x, Config.Norms.Epsilon);
        return (xhat, inverseScale);
    }
}
