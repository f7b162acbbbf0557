namespace CircuitGrid.Compute.Reference;

/// <content>Layer norm.</content>
public sealed partial class ReferenceDevice
{
    // x[R,D] → xhat[R,D], inverseScale[R]
    public void Normalize(Tensor xhat, Tensor inverseScale, Tensor x, double epsilon)
    {
        var (rows, columns) = KernelShapes.Normalize(xhat, inverseScale, x);
        for (var r = 0; r < rows; r++)
        {
            var from = Elements(x).Slice(r * columns, columns);
            var (mean, variance) = (0.0, 0.0);
            foreach (var value in from)
            {
                mean += value / columns;
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
    public void NormalizeBackward(Tensor dx, Tensor dxhat, Tensor xhat, Tensor inverseScale, bool accumulate)
    {
        var (rows, columns) = KernelShapes.NormalizeBackward(dx, dxhat, xhat, inverseScale);
        for (var r = 0; r < rows; r++)
        {
            var gradient = Elements(dxhat).Slice(r * columns, columns);
            var normal = Elements(xhat).Slice(r * columns, columns);
            var (mean, projection) = (0.0, 0.0);
            for (var d = 0; d < columns; d++)
            {
                mean += gradient[d] / columns;
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
    public void CentreBackward(Tensor dx, Tensor dxhat, Tensor inverseScale, bool accumulate)
    {
        var (rows, columns) = KernelShapes.CentreBackward(dx, dxhat, inverseScale);
        for (var r = 0; r < rows; r++)
        {
            var gradient = Elements(dxhat).Slice(r * columns, columns);
            var mean = 0.0;
            for (var d = 0; d < columns; d++)
            {
                mean += gradient[d] / columns;
            }

            var to = Elements(dx).Slice(r * columns, columns);
            for (var d = 0; d < columns; d++)
            {
                Store(ref to[d], (gradient[d] - mean) * Elements(inverseScale)[r], accumulate);
            }
        }
    }
}
