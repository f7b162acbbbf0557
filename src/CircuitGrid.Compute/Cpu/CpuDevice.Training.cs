using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using CircuitGrid.Compute.Cpu.Simd;

namespace CircuitGrid.Compute.Cpu;

/// <content>Training.</content>
public sealed unsafe partial class CpuDevice
{
    /// <summary>Elements of one partial sum of <see cref="SquaredNorm"/>: fixed, so that the sum doesn't depend on the threads.</summary>
    private const int NormBlock = 1 << 14;

    public void Affine(Tensor y, Tensor x, Tensor scale, Tensor bias)
    {
        var (rows, columns) = KernelShapes.RowVector(y, x, scale, bias);
        var to = Pointer(y);
        var from = Pointer(x);
        var slopes = Pointer(scale);
        var shifts = Pointer(bias);
        ParallelRanges(rows, columns, (first, last) =>
        {
            for (var r = first; r < last; r++)
            {
                AffineRow(to + (r * columns), from + (r * columns), slopes, shifts, columns);
            }
        });
    }

    public void ScaleColumns(Tensor y, Tensor x, Tensor scale)
    {
        KernelShapes.RowVector(y, x, scale);
        MapRows(default(Times), y, x, scale);
    }

    // Threads share out the columns, so that each adds the rows up in their order.
    public void SumRows(Tensor sums, Tensor x, Tensor? y = null)
    {
        var (rows, columns) = KernelShapes.SumRows(sums, x, y);
        var to = Pointer(sums);
        var from = Pointer(x);
        var factors = y is null ? null : Pointer(y);
        ParallelColumns(columns, rows, (first, last) =>
        {
            for (var r = 0; r < rows; r++)
            {
                var at = ((long)r * columns) + first;
                if (factors is null)
                {
                    Elementwise.Map(default(Plus), to + first, to + first, from + at, last - first);
                }
                else
                {
                    AddProducts(to + first, from + at, factors + at, last - first);
                }
            }
        });
    }

    public void CrossEntropy(Tensor loss, Tensor? dlogits, Tensor logits, ReadOnlySpan<int> targets, float scale)
    {
        var (rows, vocabulary) = KernelShapes.CrossEntropy(loss, dlogits, logits, targets);
        var to = Pointer(loss);
        var gradients = dlogits is null ? null : Pointer(dlogits);
        var from = Pointer(logits);
        var target = targets.ToArray();
        ParallelRanges(rows, (long)vocabulary * SoftmaxCost, (first, last) =>
        {
            using var scratch = gradients is null ? Rent((long)vocabulary * sizeof(float)) : null;
            for (var r = first; r < last; r++)
            {
                var gradient = gradients is null ? null : gradients + (r * vocabulary);
                if (target[r] < 0)
                {
                    to[r] = 0;
                    new Span<float>(gradient, gradient is null ? 0 : vocabulary).Clear();
                    continue;
                }

                var exponentials = gradient is null ? (float*)scratch!.Pointer : gradient;
                to[r] = CrossEntropyRow(gradient, exponentials, from + (r * vocabulary), vocabulary, target[r], scale);
            }
        });
    }

    public double SquaredNorm(Tensor x)
    {
        var from = Pointer(x);
        var length = KernelShapes.Elementwise(x, x);
        var partial = new double[(length + NormBlock - 1) / NormBlock];
        ParallelRanges(partial.Length, NormBlock, (first, last) =>
        {
            for (var i = first; i < last; i++)
            {
                partial[i] = SumOfSquares(from + (i * NormBlock), (int)Math.Min(NormBlock, length - (i * NormBlock)));
            }
        });

        var sum = 0.0;
        foreach (var part in partial)
        {
            sum += part;
        }

        return sum;
    }

    public void AdamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, in AdamWStep step)
    {
        var length = KernelShapes.AdamW(parameter, gradient, firstMoment, secondMoment, step);
        var values = Pointer(parameter);
        var gradients = Pointer(gradient);
        var first = Pointer(firstMoment);
        var second = Pointer(secondMoment);
        var coefficients = new AdamWCoefficients(step);
        ParallelElements(length, 4, (start, end) =>
            coefficients.UpdateAll(values + start, gradients + start, first + start, second + start, end - start));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AffineRow(float* to, float* from, float* scale, float* bias, int columns)
    {
        for (var d = 0; d < columns; d += Vector<float>.Count)
        {
            var value = Vector.FusedMultiplyAdd(Vector.Load(from + d), Vector.Load(scale + d), Vector.Load(bias + d));
            Elementwise.StoreFirst(to + d, value, Math.Min(columns - d, Vector<float>.Count));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddProducts(float* to, float* x, float* y, int count)
    {
        for (var i = 0; i < count; i += Vector<float>.Count)
        {
            var sum = Vector.FusedMultiplyAdd(Vector.Load(x + i), Vector.Load(y + i), Vector.Load(to + i));
            Elementwise.StoreFirst(to + i, sum, Math.Min(Vector<float>.Count, count - i));
        }
    }

    private static float CrossEntropyRow(float* gradient, float* exponentials, float* logits, int vocabulary, int target, float scale)
    {
        // The gradient may overwrite the logits, so what is needed of them is read first.
        var largest = Softmax.Largest(logits, vocabulary);
        var logit = logits[target];
        Softmax.Exponentials(exponentials, logits, vocabulary, largest, 1f);
        var sum = Softmax.LongSum(exponentials, vocabulary);
        if (gradient is not null)
        {
            Elementwise.Scale(gradient, (float)(scale / sum), vocabulary);
            gradient[target] -= scale;
        }

        return (float)(Math.Log(sum) + ((double)largest - logit));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SumOfSquares(float* from, int count)
    {
        var lower = Vector512<double>.Zero;
        var upper = Vector512<double>.Zero;
        for (var i = 0; i < count; i += Lanes.Count)
        {
            var values = count - i >= Lanes.Count ? Vector512.Load(from + i) : Lanes.LoadFirst(from + i, count - i);
            var (low, high) = (Vector512.WidenLower(values), Vector512.WidenUpper(values));
            lower = Vector512.FusedMultiplyAdd(low, low, lower);
            upper = Vector512.FusedMultiplyAdd(high, high, upper);
        }

        return Lanes.Sum(lower, upper);
    }

    /// <summary>A step's numbers as the elements need them.</summary>
    private readonly struct AdamWCoefficients(in AdamWStep step)
    {
        private readonly float gradientScale = (float)step.GradientScale;
        private readonly float beta1 = (float)step.Beta1;
        private readonly float oneMinusBeta1 = (float)(1 - step.Beta1);
        private readonly float beta2 = (float)step.Beta2;
        private readonly float oneMinusBeta2 = (float)(1 - step.Beta2);
        private readonly float rate = (float)(step.LearningRate / (1 - Math.Pow(step.Beta1, step.Step)));
        private readonly float secondCorrection = (float)(1 / (1 - Math.Pow(step.Beta2, step.Step)));
        private readonly float epsilon = (float)step.Epsilon;
        private readonly float decay = (float)(step.LearningRate * step.WeightDecay);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void UpdateAll(float* values, float* gradients, float* firstMoments, float* secondMoments, long count)
        {
            for (var i = 0L; i < count; i += Vector<float>.Count)
            {
                Update(values + i, gradients + i, firstMoments + i, secondMoments + i, (int)Math.Min(Vector<float>.Count, count - i));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Update(float* value, float* gradient, float* firstMoment, float* secondMoment, int count)
        {
            var g = Vector.Load(gradient) * Vector.Create(gradientScale);
            var first = Vector.FusedMultiplyAdd(Vector.Load(firstMoment), Vector.Create(beta1), g * Vector.Create(oneMinusBeta1));
            var second = Vector.FusedMultiplyAdd(Vector.Load(secondMoment), Vector.Create(beta2), g * g * Vector.Create(oneMinusBeta2));
            var denominator = Vector.SquareRoot(second * Vector.Create(secondCorrection)) + Vector.Create(epsilon);
            var parameter = Vector.Load(value);
            parameter -= Vector.FusedMultiplyAdd(parameter, Vector.Create(decay), first / denominator * Vector.Create(rate));
            Elementwise.StoreFirst(firstMoment, first, count);
            Elementwise.StoreFirst(secondMoment, second, count);
            Elementwise.StoreFirst(value, parameter, count);
        }
    }
}
