using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Compute.Reference;
using CircuitGrid.Models.Training;

namespace CircuitGrid.Models.Tests.Training;

public sealed class TrainingPassTests
{
    public static TheoryData<string> ParameterNames()
    {
        using var device = new ReferenceDevice();
        using var parameters = new ParameterStore(device, TinyModel.Config);
        return [.. parameters.Parameters.Select(p => p.Name)];
    }

    [Theory]
    [MemberData(nameof(ParameterNames))]
    public void LossAndGradients_OfEachParameterTensor_AgreesWithFiniteDifferences(string name)
    {
        using var device = new ReferenceDevice();
        using var parameters = new ParameterStore(device, TinyModel.Config);
        int[] tokens = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 10, 7];
        int[] targets = [1, 4, 1, 5, -1, 2, 6, 5, 3, 5, 8, 9, 7, -1];
        using var pass = new TrainingPass(device, TinyModel.Config, parameters, new Sequences([5, 2, 7]));
        var values = TinyModel.Randomize(device, parameters, seed: 21);
        pass.LossAndGradients(tokens, targets);
        var parameter = parameters.Parameters.Single(p => p.Name == name);
        var gradient = new float[parameter.Length];
        device.Download(parameters.Gradient(name), gradient);
        var norm = Math.Sqrt(gradient.Sum(g => (double)g * g));
        Assert.True(norm > 1e-3, $"the gradient of {name} is too small to be judged");

        var random = new SeededRandom(22);
        for (var trial = 0; trial < 4; trial++)
        {
            // Along the gradient a derivative is largest; the random half makes every element count. Multiples of 2⁻⁸ keep the moved
            // values free of rounding.
            var direction = gradient
                .Select(g => Math.Round(256 * ((g / norm) + (0.5 * random.NextNormal() / Math.Sqrt(gradient.Length)))) / 256).ToArray();
            var expected = direction.Zip(gradient, (d, g) => d * g).Sum();
            var actual = Derivative(1.0 / 256);
            Assert.True(Math.Abs(actual - expected) <= 1e-5 * norm, $"{name}: {actual} along a direction where the gradient says {expected}");

            // Richardson's extrapolation of two central differences: the error falls with the fourth power of the step.
            double Derivative(double step) => ((4 * Central(step)) - Central(2 * step)) / 3;

            double Central(double step) => (LossAt(step) - LossAt(-step)) / (2 * step);

            double LossAt(double step)
            {
                var moved = (float[])values.Clone();
                for (var i = 0; i < direction.Length; i++)
                {
                    moved[parameter.Offset + i] = (float)(values[parameter.Offset + i] + (step * direction[i]));
                }

                device.Upload(parameters.Values, moved);
                return pass.Loss(tokens, targets);
            }
        }
    }

    /// <summary>A LayerNorm whose variance overflows made every row 0, and the loss a number that a training would have gone on from.</summary>
    [Theory]
    [InlineData("gpt_neox.embed_in.weight")]
    [InlineData("gpt_neox.layers.1.mlp.dense_4h_to_h.weight")]
    public void LossAndGradients_OfNumbersThatOverflow_IsNotANumber(string name)
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        using var parameters = new ParameterStore(device, TinyModel.Config);
        var values = TinyModel.Randomize(device, parameters, seed: 21);
        var parameter = parameters.Parameters.Single(p => p.Name == name);
        foreach (ref var value in values.AsSpan(parameter.Offset, parameter.Length))
        {
            value *= 1e20f;
        }

        device.Upload(parameters.Values, values);
        using var pass = new TrainingPass(device, TinyModel.Config, parameters, new Sequences([4]));
        Assert.False(double.IsFinite(pass.LossAndGradients([1, 2, 3, 4], [2, 3, 4, 5])));
    }

    [Fact]
    public void LossAndGradients_WithNegativeTargets_LeavesThoseRowsOut()
    {
        using var device = new ReferenceDevice();
        using var parameters = new ParameterStore(device, TinyModel.Config);
        TinyModel.Randomize(device, parameters, seed: 3);
        using var alone = new TrainingPass(device, TinyModel.Config, parameters, new Sequences([4]));
        var expectedLoss = alone.LossAndGradients([1, 2, 3, 4], [2, 3, 4, 5]);
        var expected = Gradients(device, parameters);

        using var joined = new TrainingPass(device, TinyModel.Config, parameters, new Sequences([4, 3]));
        var loss = joined.LossAndGradients([1, 2, 3, 4, 7, 8, 9], [2, 3, 4, 5, -1, -1, -1]);

        Assert.Equal(expectedLoss, loss, 1e-6);
        Assert.All(expected.Zip(Gradients(device, parameters)), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        Assert.Contains(expected, g => Math.Abs(g) > 0.01);
    }

    [Fact]
    public void Constructor_SequentialResidual_IsRefused()
    {
        using var device = new ReferenceDevice();
        using var parameters = new ParameterStore(device, TinyModel.Config);
        Assert.Throws<ArgumentException>(() => new TrainingPass(device, TinyModel.Config with { ParallelResidual = false }, parameters, new Sequences([4])));
    }

    private static float[] Gradients(ReferenceDevice device, ParameterStore parameters)
    {
        var gradients = new float[parameters.Length];
        device.Download(parameters.Gradients, gradients);
        return gradients;
    }
}
