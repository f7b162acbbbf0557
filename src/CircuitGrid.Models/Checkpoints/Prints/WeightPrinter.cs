using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Checkpoints.Formats;

namespace CircuitGrid.Models.Checkpoints.Prints;

/// <summary>
/// Makes a print from a model's tensors, shown one after the other in ordinal order of their names, each in pieces that don't depend on how elements are
/// stored, so that norms of the same numbers are the same to the last bit.
/// </summary>
internal sealed class WeightPrinter : IDisposable
{
    // Part of what is hashed, so that another definition can never give an old print a new meaning.
    private const string Definition = "circuitgrid numbers 1";

    private const int DigestBytes = 16;

    private const uint MinusZero = 0x80000000;

    private readonly IncrementalHash _numbers = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _tensorHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ImmutableArray<TensorPrint>.Builder _tensors = ImmutableArray.CreateBuilder<TensorPrint>();
    private readonly int _sampleCount;
    private float[] _values = [];
    private TensorSource? _tensor;
    private long[] _places = [];
    private float[] _sample = [];
    private int _sampled;
    private long _seen;
    private double _sumOfSquares;
    private long _nonFinite;

    public WeightPrinter(ModelConfig config)
    {
        _sampleCount = SamplePlaces.CountOf(config);
        AppendLine(Definition);
        AppendLine(config.ToCanonicalString());
    }

    public void Begin(TensorSource tensor)
    {
        _tensor = tensor;
        _places = SamplePlaces.Of(tensor.Spec, _sampleCount);
        _sample = new float[_places.Length];
        (_sampled, _seen, _sumOfSquares, _nonFinite) = (0, 0, 0, 0);
    }

    /// <summary>Takes the next elements of the tensor, as they are stored.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var kind = _tensor!.Kind;
        var length = bytes.Length / kind.Size();
        if (_values.Length < length)
        {
            _values = new float[length];
        }

        var values = _values.AsSpan(0, length);
        var isFinite = TensorReader.Widen(kind, bytes, values);
        MemoryMarshal.Cast<float, uint>(values).Replace(MinusZero, 0u);
        _tensorHash.AppendData(MemoryMarshal.AsBytes(values));
        for (; _sampled < _places.Length && _places[_sampled] < _seen + length; _sampled++)
        {
            _sample[_sampled] = values[(int)(_places[_sampled] - _seen)];
        }

        if (!isFinite)
        {
            foreach (ref var value in values)
            {
                if (!float.IsFinite(value))
                {
                    value = 0;
                    _nonFinite++;
                }
            }
        }

        _sumOfSquares += SumOfSquares(values);
        _seen += length;
    }

    public void End()
    {
        var spec = _tensor!.Spec;
        var digest = Convert.ToHexStringLower(_tensorHash.GetHashAndReset());
        AppendLine($"{spec.Name} {string.Join('x', spec.Shape)} {digest}");
        _tensors.Add(new(
            spec.Name,
            spec.Shape,
            digest[..(2 * DigestBytes)],
            Path.GetFileName(_tensor.Path),
            Math.Sqrt(_sumOfSquares),
            _nonFinite,
            _nonFinite == 0 ? ImmutableCollectionsMarshal.AsImmutableArray(_sample) : []));
    }

    public WeightPrint Finish() => new(Convert.ToHexStringLower(_numbers.GetHashAndReset()), _tensors.ToImmutable());

    public void Dispose()
    {
        _numbers.Dispose();
        _tensorHash.Dispose();
    }

    /// <summary>In eight sums of every eighth element, then a last one of what is left over, on any processor.</summary>
    private static double SumOfSquares(ReadOnlySpan<float> values)
    {
        var (lower, upper) = (Vector256<double>.Zero, Vector256<double>.Zero);
        var i = 0;
        for (; i <= values.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var (first, second) = Vector256.Widen(Vector256.Create(values[i..]));
            lower += first * first;
            upper += second * second;
        }

        var rest = 0.0;
        for (; i < values.Length; i++)
        {
            rest += (double)values[i] * values[i];
        }

        var sums = lower + upper;
        return sums[0] + sums[1] + sums[2] + sums[3] + rest;
    }

    private void AppendLine(string line) => _numbers.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
}
