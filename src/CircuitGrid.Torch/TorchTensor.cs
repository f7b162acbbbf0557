using System.Collections.Immutable;
using CircuitGrid.Compute;
using Native = TorchSharp.torch.Tensor;

namespace CircuitGrid.Torch;

/// <summary>
/// A window of a flat libtorch tensor. Slices and reshaped tensors share their parent's and make no native object of their own: kernels make
/// the views they need and drop them when they return, so nothing is left to a finalizer.
/// </summary>
internal sealed class TorchTensor : Tensor
{
    private readonly TorchDevice? owner;
    private readonly long bytes;
    private bool isDisposed;

    public TorchTensor(TorchDevice owner, Native flat, ImmutableArray<int> shape, ElementType elementType, long bytes)
        : base(shape, elementType)
    {
        this.owner = owner;
        this.bytes = bytes;
        Flat = flat;
    }

    private TorchTensor(TorchTensor parent, long offset, ImmutableArray<int> shape)
        : base(shape, parent.ElementType)
    {
        Flat = parent.Flat;
        Offset = offset;
    }

    /// <summary>All elements of the tensor this one is a window of.</summary>
    public Native Flat { get; }

    /// <summary>First element of the window.</summary>
    public long Offset { get; }

    public override Tensor Slice(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Shape[0] - start);
        var entry = Shape[0] == 0 ? 0 : Length / Shape[0];
        return new TorchTensor(this, Offset + (start * entry), Shape.SetItem(0, count));
    }

    public override Tensor Reshape(params ReadOnlySpan<int> shape)
    {
        var reshaped = new TorchTensor(this, Offset, KernelShapes.Shape(shape));
        return reshaped.Length == Length ? reshaped : throw new ArgumentException($"{this} doesn't have the elements of {reshaped}.", nameof(shape));
    }

    protected override void Dispose(bool disposing)
    {
        if (owner is not null && !isDisposed)
        {
            isDisposed = true;
            Flat.Dispose();
            owner.Track(-bytes);
        }
    }
}

/// <summary>A constant matrix [outputs, inputs] in the precision of its device.</summary>
internal sealed class TorchWeight(TorchDevice owner, Native matrix, int outputs, int inputs, long bytes) : Weight(outputs, inputs)
{
    private bool isDisposed;

    public Native Matrix => matrix;

    protected override void Dispose(bool disposing)
    {
        if (!isDisposed)
        {
            isDisposed = true;
            matrix.Dispose();
            owner.Track(-bytes);
        }
    }
}
