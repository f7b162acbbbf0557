using CircuitGrid.Compute;
using static TorchSharp.torch;
using Native = TorchSharp.torch.Tensor;
using Tensor = CircuitGrid.Compute.Tensor;

namespace CircuitGrid.Torch;

/// <content>Elementwise kernels, rows and LayerNorm.</content>
public sealed partial class TorchDevice
{
    private static readonly double SquareRootOfTwoOverPi = Math.Sqrt(2 / Math.PI);

    public void Add(Tensor y, Tensor a, Tensor b)
    {
        KernelShapes.Elementwise(y, a, b);
        Run(() => Flat(y).copy_(Flat(a).add(Flat(b))));
    }

    public void Subtract(Tensor y, Tensor a, Tensor b)
    {
        KernelShapes.Elementwise(y, a, b);
        Run(() => Flat(y).copy_(Flat(a).sub(Flat(b))));
    }

    public void AddBias(Tensor y, Tensor x, Tensor bias)
    {
        KernelShapes.RowVector(y, x, bias);
        Run(() => Matrix(y).copy_(Matrix(x).add(Flat(bias))));
    }

    public void Interpolate(Tensor y, Tensor a, Tensor b, ReadOnlySpan<float> fractions)
    {
        var length = KernelShapes.Interpolate(y, a, b, fractions);
        var steps = fractions.ToArray();
        Run(() =>
        {
            var (start, end) = (Flat(a), Flat(b));
            var difference = end.sub(start);
            var all = View(y, steps.Length, length);
            for (var k = 0; k < steps.Length; k++)
            {
                all.select(0, k).copy_(start.add(difference, steps[k]));
            }
        });
    }

    public void Activate(Tensor y, Tensor x, Activation activation)
    {
        KernelShapes.Elementwise(y, x);
        Require(activation);
        Run(() =>
        {
            var from = Flat(x);
            Flat(y).copy_(activation switch
            {
                Activation.Gelu => Cumulative(from).mul_(from),
                Activation.GeluTanh => Logistic(from).mul_(from),
                _ => from.relu(),
            });
        });
    }

    public void ActivateBackward(Tensor dx, Tensor dy, Tensor x, Activation activation)
    {
        KernelShapes.Elementwise(dx, dy, x);
        Require(activation);
        Run(() =>
        {
            var from = Flat(x);
            Flat(dx).copy_(Derivative(from, activation).mul_(Flat(dy)));
        });
    }

    public void ActivateSecant(Tensor dx, Tensor dy, Tensor x, Activation activation)
    {
        KernelShapes.Elementwise(dx, dy, x);
        Require(activation);
        Run(() =>
        {
            var from = Flat(x);
            var secant = activation switch
            {
                Activation.Gelu => Cumulative(from),
                Activation.GeluTanh => Logistic(from),
                _ => from.gt(0).to(ScalarType.Float32),
            };
            Flat(dx).copy_(secant.mul_(Flat(dy)));
        });
    }

    public void GatherRows(Tensor y, Tensor x, ReadOnlySpan<int> rows)
    {
        KernelShapes.GatherRows(y, x, rows);
        var index = rows.ToArray();
        Run(() => Matrix(y).copy_(Matrix(x).index_select(0, Indices(index))));
    }

    /// <summary>Rows that occur several times are added in turn: every call adds to each row at most once, so that GPUs have no order to choose.</summary>
    public void ScatterAddRows(Tensor y, Tensor x, ReadOnlySpan<int> rows)
    {
        KernelShapes.ScatterAddRows(y, x, rows);
        var seen = new Dictionary<int, int>();
        var rounds = new List<(List<int> From, List<int> To)>();
        for (var i = 0; i < rows.Length; i++)
        {
            var round = seen[rows[i]] = seen.GetValueOrDefault(rows[i], -1) + 1;
            if (round == rounds.Count)
            {
                rounds.Add(([], []));
            }

            rounds[round].From.Add(i);
            rounds[round].To.Add(rows[i]);
        }

        Run(() =>
        {
            var (to, from) = (Matrix(y), Matrix(x));
            foreach (var (sources, targets) in rounds)
            {
                to.index_add_(0, Indices([.. targets]), from.index_select(0, Indices([.. sources])), 1);
            }
        });
    }

    public void GatherBlocks(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout, ReadOnlySpan<int> blocks)
    {
        KernelShapes.GatherBlocks(y, yLayout, x, xLayout, blocks);
        var index = blocks.ToArray();
        Run(() => Blocks(y, yLayout).narrow(0, 0, index.Length).copy_(Blocks(x, xLayout).index_select(0, Indices(index))));
    }

    public void Normalize(Tensor xhat, Tensor inverseScale, Tensor x, double epsilon)
    {
        KernelShapes.Normalize(xhat, inverseScale, x);
        Run(() =>
        {
            var from = Matrix(x);
            var centred = from.sub(from.mean([1], keepdim: true));
            var inverse = centred.square().mean([1], keepdim: true).add_(epsilon).rsqrt_();

            // Where the variance overflows, 1/∞ is 0: see the CPU device.
            inverse.masked_fill_(inverse.eq(0), double.NaN);
            Matrix(xhat).copy_(centred.mul_(inverse));
            Flat(inverseScale).copy_(inverse.flatten());
        });
    }

    public void NormalizeBackward(Tensor dx, Tensor dxhat, Tensor xhat, Tensor inverseScale, bool accumulate)
    {
        KernelShapes.NormalizeBackward(dx, dxhat, xhat, inverseScale);
        Run(() =>
        {
            var (gradient, normal) = (Matrix(dxhat), Matrix(xhat));
            var projection = gradient.mul(normal).mean([1], keepdim: true);
            var result = gradient.sub(gradient.mean([1], keepdim: true)).addcmul_(normal, projection, -1).mul_(View(inverseScale, inverseScale.Length, 1));
            Write(Matrix(dx), result, accumulate);
        });
    }

    public void CentreBackward(Tensor dx, Tensor dxhat, Tensor inverseScale, bool accumulate)
    {
        KernelShapes.CentreBackward(dx, dxhat, inverseScale);
        Run(() =>
        {
            var gradient = Matrix(dxhat);
            Write(Matrix(dx), gradient.sub(gradient.mean([1], keepdim: true)).mul_(View(inverseScale, inverseScale.Length, 1)), accumulate);
        });
    }

    private static void Write(Native target, Native result, bool accumulate)
    {
        if (accumulate)
        {
            target.add_(result);
        }
        else
        {
            target.copy_(result);
        }
    }

    private static void Require(Activation activation)
    {
        if (!Enum.IsDefined(activation))
        {
            throw new ArgumentOutOfRangeException(nameof(activation), activation, "Unknown activation.");
        }
    }

    /// <summary>Φ(x) = ½·erfc(−x/√2): as accurate for negative x, where 1 + erf would cancel.</summary>
    private static Native Cumulative(Native x) => x.mul(-Math.Sqrt(0.5)).erfc_().mul_(0.5);

    /// <summary>½(1 + tanh w) = σ(2w) with w = √(2/π)(x + 0.044715x³).</summary>
    private static Native Logistic(Native x) => x.square().mul_(0.044715).add_(1).mul_(x).mul_(2 * SquareRootOfTwoOverPi).sigmoid();

    private static Native Derivative(Native x, Activation activation)
    {
        switch (activation)
        {
            case Activation.Gelu:
                var density = x.square().mul_(-0.5).exp_().mul_(1 / Math.Sqrt(2 * Math.PI));
                return Cumulative(x).addcmul_(x, density, 1);
            case Activation.GeluTanh:
                var logistic = Logistic(x);
                var slope = x.square().mul_(3 * 0.044715).add_(1).mul_(2 * SquareRootOfTwoOverPi);
                var bend = logistic.mul(logistic.neg().add_(1)).mul_(slope);
                return logistic.addcmul_(x, bend, 1);
            default:
                return x.gt(0).to(ScalarType.Float32);
        }
    }
}
