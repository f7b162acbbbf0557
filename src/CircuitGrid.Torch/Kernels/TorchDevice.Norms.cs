using CircuitGrid.Compute;
using Native = TorchSharp.torch.Tensor;
using Tensor = CircuitGrid.Compute.Tensor;

namespace CircuitGrid.Torch;

/// <content>LayerNorm and RMSNorm.</content>
public sealed partial class TorchDevice
{
    public void Normalize(Tensor xhat, Tensor inverseScale, Tensor x, double epsilon, bool centre = true)
    {
        KernelShapes.Normalize(xhat, inverseScale, x);
        Run(() =>
        {
            var from = Matrix(x);
            var centred = centre ? from.sub(from.mean([1], keepdim: true)) : from;
            var inverse = InverseScale(centred, epsilon);
            Matrix(xhat).copy_(centre ? centred.mul_(inverse) : centred.mul(inverse));
            Flat(inverseScale).copy_(inverse.flatten());
        });
    }

    public void NormalizeBackward(Tensor dx, Tensor dxhat, Tensor xhat, Tensor inverseScale, bool accumulate, bool centre = true)
    {
        KernelShapes.NormalizeBackward(dx, dxhat, xhat, inverseScale);
        Run(() =>
        {
            var (gradient, normal) = (Matrix(dxhat), Matrix(xhat));
            var projection = gradient.mul(normal).mean([1], keepdim: true);
            var result = centre
                ? gradient.sub(gradient.mean([1], keepdim: true)).addcmul_(normal, projection, -1)
                : gradient.addcmul(normal, projection, -1);
            Write(Matrix(dx), result.mul_(View(inverseScale, inverseScale.Length, 1)), accumulate);
        });
    }

    public void HeldScaleBackward(Tensor dx, Tensor dxhat, Tensor inverseScale, bool accumulate, bool centre = true)
    {
        KernelShapes.HeldScaleBackward(dx, dxhat, inverseScale);
        Run(() =>
        {
            var (gradient, inverse) = (Matrix(dxhat), View(inverseScale, inverseScale.Length, 1));
            Write(Matrix(dx), centre ? gradient.sub(gradient.mean([1], keepdim: true)).mul_(inverse) : gradient.mul(inverse), accumulate);
        });
    }

    public void NormalizeBlocks(Tensor y, Tensor inverseScale, Tensor x, BlockLayout layout, Tensor w, double epsilon)
    {
        KernelShapes.NormalizeBlocks(y, inverseScale, x, layout, w);
        Run(() =>
        {
            var from = Blocks(x, layout);
            var inverse = InverseScale(from, epsilon);
            Blocks(y, layout).copy_(from).mul_(inverse).mul_(Flat(w));
            View(inverseScale, layout.Rows, layout.Blocks).copy_(inverse.squeeze(2).t());
        });
    }

    public void NormalizeBlocksBackward(Tensor dx, Tensor dy, BlockLayout dyLayout, Tensor x, BlockLayout xLayout, Tensor inverseScale, Tensor w, bool held)
    {
        KernelShapes.NormalizeBlocksBackward(dx, dy, dyLayout, x, xLayout, inverseScale, w);
        Run(() =>
        {
            var inverse = View(inverseScale, xLayout.Rows, xLayout.Blocks).t().unsqueeze(1).unsqueeze(3);
            var result = Groups(dx, dyLayout, xLayout.Blocks).copy_(Groups(dy, dyLayout, xLayout.Blocks)).mul_(Flat(w));
            if (!held)
            {
                var normal = Blocks(x, xLayout).unsqueeze(1).mul(inverse);
                result.addcmul_(normal, result.mul(normal).mean([3], keepdim: true), -1);
            }

            result.mul_(inverse);
        });
    }

    /// <summary>1/√(mean(x²) + ε) over the last axis, which stays.</summary>
    private static Native InverseScale(Native x, double epsilon)
    {
        var inverse = x.square().mean([x.dim() - 1], keepdim: true).add_(epsilon).rsqrt_();

        // Where the mean overflows, 1/∞ is 0: see the CPU device.
        return inverse.masked_fill_(inverse.eq(0), double.NaN);
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
}
