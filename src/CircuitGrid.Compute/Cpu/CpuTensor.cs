using System.Collections.Immutable;
using CircuitGrid.Compute.Cpu.Memory;

namespace CircuitGrid.Compute.Cpu;

/// <summary>A tensor in native memory, or a view of one. The address is a multiple of 64 bytes unless it is a slice's.</summary>
internal sealed unsafe class CpuTensor : Tensor
{
    private readonly NativeBlock block;
    private readonly long byteOffset;
    private readonly bool ownsBlock;

    public CpuTensor(NativePool pool, ReadOnlySpan<int> shape, ElementType elementType)
        : base(KernelShapes.Shape(shape), elementType)
    {
        block = pool.Rent(checked(Length * ElementSize));
        ownsBlock = true;
    }

    private CpuTensor(CpuTensor parent, long byteOffset, ImmutableArray<int> shape)
        : base(shape, parent.ElementType)
    {
        block = parent.block;
        this.byteOffset = byteOffset;
    }

    /// <summary>First element of a <see cref="ElementType.Float32"/> tensor. At least 64 bytes after the last element are readable.</summary>
    internal float* Pointer => (float*)(block.Pointer + byteOffset);

    /// <summary>First element of a <see cref="ElementType.Float64"/> tensor.</summary>
    internal double* Pointer64 => (double*)(block.Pointer + byteOffset);

    private int ElementSize => ElementType == ElementType.Float32 ? sizeof(float) : sizeof(double);

    public override Tensor Slice(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Shape[0] - start);
        var entry = Shape[0] == 0 ? 0 : Length / Shape[0];
        return new CpuTensor(this, byteOffset + (start * entry * ElementSize), Shape.SetItem(0, count));
    }

    public override Tensor Reshape(params ReadOnlySpan<int> shape)
    {
        var reshaped = new CpuTensor(this, byteOffset, KernelShapes.Shape(shape));
        return reshaped.Length == Length ? reshaped : throw new ArgumentException($"{this} doesn't have the elements of {reshaped}.", nameof(shape));
    }

    protected override void Dispose(bool disposing)
    {
        if (ownsBlock)
        {
            block.Dispose();
        }
    }
}
