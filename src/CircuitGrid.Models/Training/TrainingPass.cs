using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Models.Training;

/// <summary>
/// Forward and backward of a parallel-residual GPT-NeoX model over a batch of sequences of fixed lengths, with the gradients of all its
/// parameters. Weights change with every step, so products are of plain matrices; preparing them would cost as much as it saves.
/// R: rows (positions of all sequences), D: width, V: vocabulary.
/// </summary>
public sealed class TrainingPass : IDisposable
{
    private readonly IDevice device;
    private readonly ModelConfig config;
    private readonly ParameterStore parameters;
    private readonly Sequences sequences;
    private readonly List<Tensor> owned = [];
    private readonly Tensor[] residuals;
    private readonly LayerActivations[] layers;
    private readonly Tensor finalNormalized;
    private readonly Tensor finalScale;
    private readonly Tensor finalInput;
    private readonly Tensor logits;
    private readonly Tensor losses;
    private readonly Tensor gradient;
    private readonly Tensor widthA;
    private readonly Tensor widthB;
    private readonly Tensor fusedGradient;
    private readonly Tensor hiddenGradient;
    private readonly BlockLayout query;
    private readonly BlockLayout key;
    private readonly BlockLayout value;
    private readonly BlockLayout heads;

    /// <param name="device">Holds everything.</param>
    /// <param name="config">A GPT-NeoX model with parallel residual, plain rotary positions, all biases and an unembedding of its own.</param>
    /// <param name="parameters">Read by the forward pass; its gradients are written by the backward pass.</param>
    /// <param name="sequences">Lengths of the batch's sequences.</param>
    /// <exception cref="ArgumentException">The model is of another kind.</exception>
    public TrainingPass(IDevice device, ModelConfig config, ParameterStore parameters, Sequences sequences)
    {
        if (config.Family != Families.GptNeoX || config is not { ParallelResidual: true, TiedUnembedding: false, Rotary: { Scaling: null }, Biases: Biases.All })
        {
            throw new ArgumentException("Only GPT-NeoX models with parallel residual, plain rotary positions, all biases and untied unembedding are trained.", nameof(config));
        }

        this.device = device;
        this.config = config;
        this.parameters = parameters;
        this.sequences = sequences;
        var rows = sequences.Rows;
        residuals = [.. Enumerable.Range(0, config.Layers + 1).Select(_ => Own(rows, config.Width))];
        layers = [.. Enumerable.Range(0, config.Layers).Select(_ => new LayerActivations(
            Own(rows, config.Width), Own(rows), Own(rows, config.Width), Own(rows, config.Width),
            Own(rows, 3 * config.Width), Own(rows, config.Width), Own(rows, config.MlpWidth), Own(rows, config.MlpWidth)))];
        finalNormalized = Own(rows, config.Width);
        finalScale = Own(rows);
        finalInput = Own(rows, config.Width);
        logits = Own(rows, config.Vocabulary);
        losses = Own(rows);
        gradient = Own(rows, config.Width);
        widthA = Own(rows, config.Width);
        widthB = Own(rows, config.Width);
        fusedGradient = Own(rows, 3 * config.Width);
        hiddenGradient = Own(rows, config.MlpWidth);

        var stride = 3 * config.HeadWidth;
        query = new BlockLayout(config.Heads, rows, config.HeadWidth, 0, stride, 3 * config.Width);
        key = query with { Offset = config.HeadWidth };
        value = query with { Offset = 2 * config.HeadWidth };
        heads = BlockLayout.Columns(config.Heads, rows, config.HeadWidth, config.Width);
    }

    /// <summary>The logits of the last forward pass, [R,V]; overwritten by <see cref="LossAndGradients"/>.</summary>
    public Tensor Logits => logits;

    /// <summary>Fills <see cref="Logits"/> for <paramref name="tokens"/>[R].</summary>
    public void Forward(ReadOnlySpan<int> tokens)
    {
        device.GatherRows(residuals[0], parameters.Value(GptNeoXNames.Embedding), tokens);
        for (var l = 0; l < config.Layers; l++)
        {
            ForwardLayer(l);
        }

        device.Normalize(finalNormalized, finalScale, residuals[^1], config.Norms.Epsilon);
        Affine(finalInput, finalNormalized, GptNeoXNames.FinalNorm);
        device.MatrixProduct(logits, finalInput, false, parameters.Value(GptNeoXNames.Unembedding), true);
    }

    /// <summary>Mean cross-entropy in nats over the rows whose target isn't negative.</summary>
    /// <param name="tokens">[R].</param>
    /// <param name="targets">The token to predict at each row, or negative, [R].</param>
    public double Loss(ReadOnlySpan<int> tokens, ReadOnlySpan<int> targets)
    {
        Forward(tokens);
        device.CrossEntropy(losses, null, logits, targets, 1);
        return MeanLoss(targets);
    }

    /// <summary>As <see cref="Loss"/>; and overwrites the parameters' gradients with that of the mean.</summary>
    public double LossAndGradients(ReadOnlySpan<int> tokens, ReadOnlySpan<int> targets)
    {
        Forward(tokens);
        var counted = CountTargets(targets);
        device.CrossEntropy(losses, logits, logits, targets, 1f / Math.Max(1, counted));
        Backward(tokens);
        return MeanLoss(targets);
    }

    public void Dispose() => owned.ForEach(t => t.Dispose());

    private static int CountTargets(ReadOnlySpan<int> targets)
    {
        var counted = 0;
        foreach (var target in targets)
        {
            counted += target >= 0 ? 1 : 0;
        }

        return counted;
    }

    private double MeanLoss(ReadOnlySpan<int> targets)
    {
        var rows = new double[targets.Length];
        device.Download(losses, rows);
        return rows.Sum() / Math.Max(1, CountTargets(targets));
    }

    private void ForwardLayer(int l)
    {
        var layer = layers[l];
        device.Normalize(layer.Normalized, layer.InverseScale, residuals[l], config.Norms.Epsilon);

        Affine(layer.AttentionInput, layer.Normalized, GptNeoXNames.AttentionNorm(l));
        Project(layer.Fused, layer.AttentionInput, GptNeoXNames.QueryKeyValue(l));
        device.Rotate(layer.Fused, query, sequences, config.Rotary!.Value, inverse: false);
        device.Rotate(layer.Fused, key, sequences, config.Rotary.Value, inverse: false);
        device.Attend(layer.Mixed, heads, layer.Fused, query, layer.Fused, key, layer.Fused, value, sequences, AttentionRule.Of(config.HeadWidth));

        Affine(layer.MlpInput, layer.Normalized, GptNeoXNames.MlpNorm(l));
        Project(layer.Hidden, layer.MlpInput, GptNeoXNames.MlpInput(l));
        device.Activate(layer.Activated, layer.Hidden, config.Activation);

        var next = residuals[l + 1];
        device.Copy(next, residuals[l]);
        Project(next, layer.Mixed, GptNeoXNames.AttentionOutput(l), accumulate: true);
        Project(next, layer.Activated, GptNeoXNames.MlpOutput(l), accumulate: true);
    }

    private void Backward(ReadOnlySpan<int> tokens)
    {
        device.Fill(parameters.Gradients, 0);
        device.MatrixProduct(parameters.Gradient(GptNeoXNames.Unembedding), logits, true, finalInput, false);
        device.MatrixProduct(widthA, logits, false, parameters.Value(GptNeoXNames.Unembedding), false);
        AffineBackward(widthA, finalNormalized, GptNeoXNames.FinalNorm);
        device.NormalizeBackward(gradient, widthA, finalNormalized, finalScale, accumulate: false);
        for (var l = config.Layers - 1; l >= 0; l--)
        {
            BackwardLayer(l);
        }

        device.ScatterAddRows(parameters.Gradient(GptNeoXNames.Embedding), gradient, tokens);
    }

    private void BackwardLayer(int l)
    {
        var layer = layers[l];
        ProjectBackward(widthA, gradient, layer.Mixed, GptNeoXNames.AttentionOutput(l));
        device.AttendBackward(fusedGradient, new(query, key, value), widthA, heads, layer.Fused, new(query, key, value), sequences, AttentionRule.Of(config.HeadWidth));
        device.Rotate(fusedGradient, query, sequences, config.Rotary!.Value, inverse: true);
        device.Rotate(fusedGradient, key, sequences, config.Rotary.Value, inverse: true);
        ProjectBackward(widthA, fusedGradient, layer.AttentionInput, GptNeoXNames.QueryKeyValue(l));
        AffineBackward(widthA, layer.Normalized, GptNeoXNames.AttentionNorm(l));

        ProjectBackward(hiddenGradient, gradient, layer.Activated, GptNeoXNames.MlpOutput(l));
        device.ActivateBackward(hiddenGradient, hiddenGradient, layer.Hidden, config.Activation);
        ProjectBackward(widthB, hiddenGradient, layer.MlpInput, GptNeoXNames.MlpInput(l));
        AffineBackward(widthB, layer.Normalized, GptNeoXNames.MlpNorm(l));

        // Both norms read the same residual stream, so their gradients join before the normalisation they share.
        device.Add(widthA, widthA, widthB);
        device.NormalizeBackward(gradient, widthA, layer.Normalized, layer.InverseScale, accumulate: true);
    }

    private void Affine(Tensor y, Tensor x, string norm) =>
        device.Affine(y, x, parameters.Value(norm + ".weight"), parameters.Value(norm + ".bias"));

    /// <summary>Turns the gradient of <see cref="Affine"/>'s result into that of its input, in place.</summary>
    private void AffineBackward(Tensor dy, Tensor x, string norm)
    {
        device.SumRows(parameters.Gradient(norm + ".weight"), dy, x);
        device.SumRows(parameters.Gradient(norm + ".bias"), dy);
        device.ScaleColumns(dy, dy, parameters.Value(norm + ".weight"));
    }

    private void Project(Tensor y, Tensor x, string module, bool accumulate = false)
    {
        device.MatrixProduct(y, x, false, parameters.Value(module + ".weight"), true, accumulate);
        device.AddBias(y, y, parameters.Value(module + ".bias"));
    }

    private void ProjectBackward(Tensor dx, Tensor dy, Tensor x, string module)
    {
        device.MatrixProduct(parameters.Gradient(module + ".weight"), dy, true, x, false);
        device.SumRows(parameters.Gradient(module + ".bias"), dy);
        device.MatrixProduct(dx, dy, false, parameters.Value(module + ".weight"), false);
    }

    private Tensor Own(params ReadOnlySpan<int> shape)
    {
        var tensor = device.Allocate(shape);
        owned.Add(tensor);
        return tensor;
    }

    /// <summary>What a layer's backward pass needs of its forward pass, besides the residual stream it reads.</summary>
    private sealed record LayerActivations(
        Tensor Normalized, Tensor InverseScale, Tensor AttentionInput, Tensor MlpInput,
        Tensor Fused, Tensor Mixed, Tensor Hidden, Tensor Activated);
}
