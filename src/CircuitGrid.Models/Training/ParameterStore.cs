using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Models.Training;

/// <summary>A parameter tensor's place in a <see cref="ParameterStore"/>.</summary>
/// <param name="Name">Its name in a Hugging Face checkpoint.</param>
/// <param name="Shape">Its shape there: matrices are [outputs, inputs].</param>
/// <param name="Offset">First element in the flat tensors.</param>
public sealed record ParameterInfo(string Name, ImmutableArray<int> Shape, int Offset)
{
    public int Length => Shape.Aggregate(1, (product, extent) => checked(product * extent));

    /// <summary>Weight decay is for matrices; a decayed bias or gain would pull towards a wrong origin.</summary>
    public bool IsMatrix => Shape.Length > 1;
}

/// <summary>
/// All parameters of a GPT-NeoX model, their gradients and AdamW's two moments, each as one flat tensor: the optimiser, the norm and the
/// state file treat them as a whole, the model through views. Matrices come first, so that each half takes one call of the optimiser.
/// </summary>
public sealed class ParameterStore : IDisposable
{
    private readonly IDevice device;
    private readonly Dictionary<string, Tensor> values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> gradients = new(StringComparer.Ordinal);
    private readonly int matrixLength;

    /// <summary>A store with undefined values and zero moments.</summary>
    public ParameterStore(IDevice device, ModelConfig config)
    {
        this.device = device;
        Parameters = Layout(config);
        Length = Parameters[^1].Offset + Parameters[^1].Length;
        matrixLength = Parameters.First(p => !p.IsMatrix).Offset;
        Values = device.Allocate([Length]);
        Gradients = device.Allocate([Length]);
        FirstMoments = device.Allocate([Length]);
        SecondMoments = device.Allocate([Length]);
        device.Fill(FirstMoments, 0);
        device.Fill(SecondMoments, 0);
        foreach (var parameter in Parameters)
        {
            values.Add(parameter.Name, View(Values, parameter));
            gradients.Add(parameter.Name, View(Gradients, parameter));
        }
    }

    /// <summary>In the order of the flat tensors.</summary>
    public ImmutableArray<ParameterInfo> Parameters { get; }

    /// <summary>Number of parameters.</summary>
    public int Length { get; }

    /// <summary>All values, [<see cref="Length"/>].</summary>
    public Tensor Values { get; }

    /// <summary>The gradient of the loss, [<see cref="Length"/>].</summary>
    public Tensor Gradients { get; }

    /// <summary>Running mean of the gradient, [<see cref="Length"/>].</summary>
    public Tensor FirstMoments { get; }

    /// <summary>Running mean of the squared gradient, [<see cref="Length"/>].</summary>
    public Tensor SecondMoments { get; }

    /// <summary>The parameter of that name under its own shape; a view of <see cref="Values"/>.</summary>
    public Tensor Value(string name) => values[name];

    /// <summary>The gradient of the parameter of that name; a view of <see cref="Gradients"/>.</summary>
    public Tensor Gradient(string name) => gradients[name];

    /// <summary>
    /// Draws the start: weights from N(0, 0.1), those that write to the residual stream smaller by √(2L) so that its variance doesn't grow
    /// with depth (GPT-2), biases 0, gains 1. 0.1 is about 1/√D at these widths; with the usual 0.02, made for wide models, attention begins
    /// so flat that heads which look back form thousands of steps later, if at all.
    /// </summary>
    public void Initialize(ModelConfig config, int seed)
    {
        const double Deviation = 0.1;
        var start = new float[Length];
        for (var i = 0; i < Parameters.Length; i++)
        {
            var parameter = Parameters[i];
            var part = start.AsSpan(parameter.Offset, parameter.Length);
            if (!parameter.IsMatrix)
            {
                part.Fill(IsGain(parameter.Name) ? 1 : 0);
                continue;
            }

            var random = SeededRandom.ForStream(seed, (ulong)i);
            var deviation = WritesToResidual(parameter.Name) ? Deviation / Math.Sqrt(2.0 * config.Layers) : Deviation;
            foreach (ref var value in part)
            {
                value = (float)(deviation * random.NextNormal());
            }
        }

        device.Upload(Values, start);
    }

    /// <summary>One AdamW step of every parameter; only matrices decay.</summary>
    public void Step(in AdamWStep step)
    {
        Update(0, matrixLength, step);
        Update(matrixLength, Length - matrixLength, step with { WeightDecay = 0 });
    }

    /// <summary>The values by name, as a checkpoint holds them.</summary>
    public IReadOnlyDictionary<string, float[]> Download()
    {
        var all = new float[Length];
        device.Download(Values, all);
        return Parameters.ToDictionary(p => p.Name, p => all.AsSpan(p.Offset, p.Length).ToArray(), StringComparer.Ordinal);
    }

    public void Dispose()
    {
        Values.Dispose();
        Gradients.Dispose();
        FirstMoments.Dispose();
        SecondMoments.Dispose();
    }

    private static bool IsGain(string name) => name.EndsWith("norm.weight", StringComparison.Ordinal);

    private static bool WritesToResidual(string name) =>
        name.EndsWith("attention.dense.weight", StringComparison.Ordinal) || name.EndsWith("dense_4h_to_h.weight", StringComparison.Ordinal);

    private static ImmutableArray<ParameterInfo> Layout(ModelConfig config)
    {
        var tensors = TensorLayout.Of(config).ToArray();
        var layout = ImmutableArray.CreateBuilder<ParameterInfo>(tensors.Length);
        var offset = 0;
        foreach (var tensor in tensors.Where(t => t.Shape.Length > 1).Concat(tensors.Where(t => t.Shape.Length == 1)))
        {
            var parameter = new ParameterInfo(tensor.Name, tensor.Shape, offset);
            layout.Add(parameter);
            offset = checked(offset + parameter.Length);
        }

        return layout.MoveToImmutable();
    }

    private static Tensor View(Tensor flat, ParameterInfo parameter) =>
        flat.Slice(parameter.Offset, parameter.Length).Reshape(parameter.Shape.AsSpan());

    private void Update(int start, int count, in AdamWStep step) => device.AdamW(
        Values.Slice(start, count), Gradients.Slice(start, count), FirstMoments.Slice(start, count), SecondMoments.Slice(start, count), step);
}
