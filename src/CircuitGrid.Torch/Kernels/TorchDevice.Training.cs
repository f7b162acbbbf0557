using CircuitGrid.Compute;
using CircuitGrid.Torch.Memory;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = CircuitGrid.Compute.Tensor;

namespace CircuitGrid.Torch;

/// <content>Training.</content>
public sealed partial class TorchDevice
{
    public void Affine(Tensor y, Tensor x, Tensor scale, Tensor bias)
    {
        KernelShapes.RowVector(y, x, scale, bias);
        Run(() => Matrix(y).copy_(Matrix(x).mul(Flat(scale)).add_(Flat(bias))));
    }

    public void ScaleColumns(Tensor y, Tensor x, Tensor scale)
    {
        KernelShapes.RowVector(y, x, scale);
        Run(() => Matrix(y).copy_(Matrix(x).mul(Flat(scale))));
    }

    public void SumRows(Tensor sums, Tensor x, Tensor? y = null)
    {
        KernelShapes.SumRows(sums, x, y);
        Run(() => Flat(sums).add_((y is null ? Matrix(x) : Matrix(x).mul(Matrix(y))).sum(dim: 0)));
    }

    public void CrossEntropy(Tensor loss, Tensor? dlogits, Tensor logits, ReadOnlySpan<int> targets, float scale)
    {
        KernelShapes.CrossEntropy(loss, dlogits, logits, targets);
        var target = Array.ConvertAll(targets.ToArray(), t => (long)Math.Max(t, 0));
        var counts = Array.ConvertAll(targets.ToArray(), t => t < 0 ? 0f : 1f);
        Run(() =>
        {
            var index = HostNumbers.Send(target, [target.Length, 1], device);
            var counted = HostNumbers.Send(counts, [counts.Length, 1], device);
            var logarithms = Matrix(logits).log_softmax(1);
            Flat(loss).copy_(logarithms.gather(1, index).mul(counted).neg_().flatten());
            if (dlogits is not null)
            {
                var gradient = logarithms.exp_();
                gradient.scatter_add_(1, index, torch.ones([target.Length, 1], ScalarType.Float32, device).neg_());
                Matrix(dlogits).copy_(gradient.mul_(counted).mul_(scale));
            }
        });
    }

    public double SquaredNorm(Tensor x)
    {
        KernelShapes.Elementwise(x, x);
        var sum = 0.0;
        Run(() => sum = Flat(x).to(ScalarType.Float64).square().sum().cpu().ToDouble());
        return sum;
    }

    public void AdamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, in AdamWStep step)
    {
        KernelShapes.AdamW(parameter, gradient, firstMoment, secondMoment, step);
        var numbers = step;
        Run(() =>
        {
            var (value, first, second) = (Flat(parameter), Flat(firstMoment), Flat(secondMoment));
            var scaled = Flat(gradient).mul(numbers.GradientScale);
            first.mul_(numbers.Beta1).add_(scaled, 1 - numbers.Beta1);
            second.mul_(numbers.Beta2).addcmul_(scaled, scaled, 1 - numbers.Beta2);
            var denominator = second.div(1 - Math.Pow(numbers.Beta2, numbers.Step)).sqrt_().add_(numbers.Epsilon);
            var update = first.div(denominator).div_(1 - Math.Pow(numbers.Beta1, numbers.Step)).add_(value, numbers.WeightDecay);
            value.sub_(update.mul_(numbers.LearningRate));
        });
    }
}
