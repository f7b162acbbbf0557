namespace CircuitGrid.Compute.Reference;

/// <content>Norms.</content>
public sealed partial class ReferenceDevice
{
    // x[R,D] → xhat[R,D], inverseScale[R]
    public void Normalize(Tensor xhat, Tensor inverseScale, Tensor x, double epsilon, bool centre = true)
    {
        var (rows, columns) = KernelShapes.Normalize(xhat, inverseScale, x);
        for (var r = 0; r < rows; r++)
        {
            var from = Elements(x).Slice(r * columns, columns);
            var (mean, variance) = (0.0, 0.0);
            foreach (var value in from)
            {
                mean += centre ? value / columns : 0;
            }

            foreach (var value in from)
            {
                variance += (value - mean) * (value - mean) / columns;
            }

            var scale = 1 / Math.Sqrt(variance + epsilon);
            scale = scale > 0 ? scale : double.NaN;
            var to = Elements(xhat).Slice(r * columns, columns);
            for (var d = 0; d < columns; d++)
            {
                to[d] = (from[d] - mean) * scale;
            }

            Elements(inverseScale)[r] = scale;
        }
    }

    // dxhat[R,D], xhat[R,D], inverseScale[R] → dx[R,D]
    public void NormalizeBackward(Tensor dx, Tensor dxhat, Tensor xhat, Tensor inverseScale, bool accumulate, bool centre = true)
    {
        var (rows, columns) = KernelShapes.NormalizeBackward(dx, dxhat, xhat, inverseScale);
        for (var r = 0; r < rows; r++)
        {
            var gradient = Elements(dxhat).Slice(r * columns, columns);
            var normal = Elements(xhat).Slice(r * columns, columns);
            var (mean, projection) = (0.0, 0.0);
            for (var d = 0; d < columns; d++)
            {
                mean += centre ? gradient[d] / columns : 0;
                projection += gradient[d] * normal[d] / columns;
            }

            var to = Elements(dx).Slice(r * columns, columns);
            for (var d = 0; d < columns; d++)
            {
                Store(ref to[d], (gradient[d] - mean - (normal[d] * projection)) * Elements(inverseScale)[r], accumulate);
            }
        }
    }

    // dxhat[R,D], inverseScale[R] → dx[R,D]
    public void HeldScaleBackward(Tensor dx, Tensor dxhat, Tensor inverseScale, bool accumulate, bool centre = true)
    {
        var (rows, columns) = KernelShapes.HeldScaleBackward(dx, dxhat, inverseScale);
        for (var r = 0; r < rows; r++)
        {
            var gradient = Elements(dxhat).Slice(r * columns, columns);
            var mean = 0.0;
            for (var d = 0; d < columns; d++)
            {
                mean += centre ? gradient[d] / columns : 0;
            }

            var to = Elements(dx).Slice(r * columns, columns);
            for (var d = 0; d < columns; d++)
            {
                Store(ref to[d], (gradient[d] - mean) * Elements(inverseScale)[r], accumulate);
            }
        }
    }

    // x[T,W], w[W] → y[T,W] of every block, inverseScale[T,G]
    public void NormalizeBlocks(Tensor y, Tensor inverseScale, Tensor x, BlockLayout layout, Tensor w, double epsilon)
    {
        KernelShapes.NormalizeBlocks(y, inverseScale, x, layout, w);
        for (var g = 0; g < layout.Blocks; g++)
        {
            for (var t = 0; t < layout.Rows; t++)
            {
                var from = Elements(x).Slice(At(layout, g, t), layout.Width);
                var to = Elements(y).Slice(At(layout, g, t), layout.Width);
                var square = 0.0;
                foreach (var value in from)
                {
                    square += value * value / layout.Width;
                }

                var scale = 1 / Math.Sqrt(square + epsilon);
                scale = scale > 0 ? scale : double.NaN;
                for (var j = 0; j < layout.Width; j++)
                {
                    to[j] = Elements(w)[j] * from[j] * scale;
                }

                Elements(inverseScale)[(t * layout.Blocks) + g] = scale;
            }
        }
    }

    // dy[T,W] of every block, x[T,W] of every block or of some neighbours together, w[W] → dx[T,W]
    public void NormalizeBlocksBackward(Tensor dx, Tensor dy, BlockLayout dyLayout, Tensor x, BlockLayout xLayout, Tensor inverseScale, Tensor w, bool held)
    {
        KernelShapes.NormalizeBlocksBackward(dx, dy, dyLayout, x, xLayout, inverseScale, w);
        for (var g = 0; g < dyLayout.Blocks; g++)
        {
            var shared = xLayout.SharedBlock(g, dyLayout.Blocks);
            for (var t = 0; t < dyLayout.Rows; t++)
            {
                var gradient = Elements(dy).Slice(At(dyLayout, g, t), dyLayout.Width);
                var from = Elements(x).Slice(At(xLayout, shared, t), xLayout.Width);
                var scale = Elements(inverseScale)[(t * xLayout.Blocks) + shared];
                var projection = 0.0;
                for (var j = 0; !held && j < xLayout.Width; j++)
                {
                    projection += from[j] * scale * Elements(w)[j] * gradient[j] / xLayout.Width;
                }

                var to = Elements(dx).Slice(At(dyLayout, g, t), dyLayout.Width);
                for (var j = 0; j < dyLayout.Width; j++)
                {
                    to[j] = ((Elements(w)[j] * gradient[j]) - (held ? 0 : from[j] * scale * projection)) * scale;
                }
            }
        }
    }
}
