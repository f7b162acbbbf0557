namespace CircuitGrid.Compute.Reference;

/// <summary>
/// The oracle: every kernel as the plain loop its mathematics says, in float64 throughout, on one thread. It is what the fast devices
/// are tested against and is itself tested by finite differences; it is far too slow for anything else.
/// </summary>
public sealed partial class ReferenceDevice : IDevice
{
    private long allocatedBytes;

    public string Numerics => "reference-f64";

    public string Description => "scalar float64 reference";

    public long AllocatedBytes => Interlocked.Read(ref allocatedBytes);

    public void Dispose()
    {
        // Managed arrays need no release.
    }

    public Tensor Allocate(ReadOnlySpan<int> shape, ElementType elementType = ElementType.Float32)
    {
        var tensor = new ReferenceTensor(this, shape, elementType);
        tensor.Elements.Fill(double.NaN);
        return tensor;
    }

    public void Upload(Tensor destination, IMatrixSource source)
    {
        KernelShapes.Upload(destination, source);
        var values = new float[destination.Length];
        source.CopyRows(0, values);
        Upload(destination, values);
    }

    public void Upload(Tensor destination, ReadOnlySpan<float> values)
    {
        KernelShapes.Transfer(destination, values.Length);
        var elements = Elements(destination);
        for (var i = 0; i < elements.Length; i++)
        {
            elements[i] = values[i];
        }
    }

    public void Download(Tensor source, Span<float> values)
    {
        KernelShapes.Transfer(source, values.Length);
        var elements = Elements(source);
        for (var i = 0; i < elements.Length; i++)
        {
            values[i] = (float)elements[i];
        }
    }

    public void Download(Tensor source, Span<double> values)
    {
        KernelShapes.Transfer(source, values.Length);
        Elements(source).CopyTo(values);
    }

    public void Fill(Tensor destination, double value) => Elements(destination).Fill(value);

    public void Copy(Tensor destination, Tensor source)
    {
        KernelShapes.Copy(destination, source);
        Elements(source).CopyTo(Elements(destination));
    }

    public Weight Prepare(IMatrixSource source) => new ReferenceWeight(this, source);

    internal void Track(long bytes) => Interlocked.Add(ref allocatedBytes, bytes);

    private static Span<double> Elements(Tensor tensor) => tensor is ReferenceTensor reference
        ? reference.Elements
        : throw new ArgumentException($"{tensor} belongs to another device.", nameof(tensor));

    private static ReferenceWeight Elements(Weight weight) => weight as ReferenceWeight
        ?? throw new ArgumentException("The weight belongs to another device.", nameof(weight));

    /// <summary>Where element (block, row, 0) of a layout lies.</summary>
    private static int At(BlockLayout layout, int block, int row) => layout.Offset + (block * layout.BlockStride) + (row * layout.RowStride);
}
