namespace CircuitGrid.Compute;

/// <content>Norms.</content>
public static partial class KernelShapes
{
    /// <summary>R and D of <see cref="IDevice.Normalize"/>.</summary>
    public static (int Rows, int Columns) Normalize(Tensor xhat, Tensor inverseScale, Tensor x)
    {
        Float32(xhat, x);
        Require(xhat.Rows == x.Rows && xhat.Columns == x.Columns, "shapes differ", xhat, x);
        Vector(inverseScale, x.Rows, nameof(inverseScale));
        return (x.Rows, x.Columns);
    }

    /// <summary>R and D of <see cref="IDevice.HeldScaleBackward"/>.</summary>
    public static (int Rows, int Columns) HeldScaleBackward(Tensor dx, Tensor dxhat, Tensor inverseScale) => Normalize(dx, inverseScale, dxhat);

    /// <summary>R and D of <see cref="IDevice.NormalizeBackward"/>.</summary>
    public static (int Rows, int Columns) NormalizeBackward(Tensor dx, Tensor dxhat, Tensor xhat, Tensor inverseScale)
    {
        Float32(dx);
        Require(dx.Rows == xhat.Rows && dx.Columns == xhat.Columns, "shapes differ", dx, xhat);
        return Normalize(dxhat, inverseScale, xhat);
    }

    /// <summary>Checks <see cref="IDevice.NormalizeBlocks"/>.</summary>
    public static void NormalizeBlocks(Tensor y, Tensor inverseScale, Tensor x, BlockLayout layout, Tensor w)
    {
        Float32(y, x);
        Layout(y, layout, nameof(layout));
        Layout(x, layout, nameof(layout));
        Vector(inverseScale, checked(layout.Rows * layout.Blocks), nameof(inverseScale));
        Vector(w, layout.Width, nameof(w));
    }

    /// <summary>Checks <see cref="IDevice.NormalizeBlocksBackward"/>.</summary>
    public static void NormalizeBlocksBackward(Tensor dx, Tensor dy, BlockLayout dyLayout, Tensor x, BlockLayout xLayout, Tensor inverseScale, Tensor w)
    {
        SharedBlocks(dx, dy, dyLayout, x, xLayout);
        Vector(inverseScale, checked(xLayout.Rows * xLayout.Blocks), nameof(inverseScale));
        Vector(w, xLayout.Width, nameof(w));
    }
}
