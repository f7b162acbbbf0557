using System.Collections.Immutable;

namespace CircuitGrid.Compute.Reference;

/// <summary>A window of a managed array. Elements are kept as float64 whatever the element type, so that only the kernels' mathematics shows.</summary>
internal sealed class ReferenceTensor : Tensor
{
    private readonly ReferenceDevice? owner;
    private readonly double[] elements;
    private readonly int offset;
    private bool isDisposed;

    public ReferenceTensor(ReferenceDevice owner, ReadOnlySpan<int> shape, ElementType elementType)
        : base(KernelShapes.Shape(shape), elementType)
    {
        elements = new double[Length];
        this.owner = owner;
        owner.Track(Bytes);
    }

    private ReferenceTensor(ReferenceTensor parent, int offset, ImmutableArray<int> shape)
        : base(shape, parent.ElementType)
    {
        elements = parent.elements;
        this.offset = offset;
    }

    public Span<double> Elements => elements.AsSpan(offset, (int)Length);

    private long Bytes => Length * sizeof(double);

    public override Tensor Slice(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Shape[0] - start);
        var entry = Shape[0] == 0 ? 0 : (int)(Length / Shape[0]);
        return new ReferenceTensor(this, offset + (start * entry), Shape.SetItem(0, count));
    }

    public override Tensor Reshape(params ReadOnlySpan<int> shape)
    {
        var reshaped = new ReferenceTensor(this, offset, KernelShapes.Shape(shape));
        return reshaped.Length == Length ? reshaped : throw new ArgumentException($"{this} doesn't have the elements of {reshaped}.", nameof(shape));
    }

    protected override void Dispose(bool disposing)
    {
        if (!isDisposed)
        {
            isDisposed = true;
            owner?.Track(-Bytes);
        }
    }
}

/// <summary>A matrix as it was read: [outputs, inputs].</summary>
internal sealed class ReferenceWeight : Weight
{
    private readonly ReferenceDevice owner;
    private readonly double[] elements;
    private bool isDisposed;

    public ReferenceWeight(ReferenceDevice owner, IMatrixSource source)
        : base(source.Rows, source.Columns)
    {
        var values = new float[checked(source.Rows * source.Columns)];
        source.CopyRows(0, values);
        elements = Array.ConvertAll(values, x => (double)x);
        this.owner = owner;
        owner.Track(elements.Length * sizeof(double));
    }

    public double this[int output, int input] => elements[(output * Inputs) + input];

    protected override void Dispose(bool disposing)
    {
        if (!isDisposed)
        {
            isDisposed = true;
            owner.Track(-elements.Length * sizeof(double));
        }
    }
}
