using System.Collections.Immutable;
using CircuitGrid.Compute.Cpu.Simd;

namespace CircuitGrid.Compute.Cpu;

/// <content>Answers.</content>
public sealed unsafe partial class CpuDevice
{
    /// <summary>What a logit costs beside an element of an addition: largest, exponential, sum, gradient.</summary>
    private const int SoftmaxCost = 8;

    public void Measure(Tensor metric, Tensor? dlogits, Tensor logits, Answers answers)
    {
        var (examples, vocabulary) = KernelShapes.Measure(metric, dlogits, logits, answers);
        var to = Pointer(metric);
        var gradients = dlogits is null ? null : Pointer(dlogits);
        var from = Pointer(logits);
        var kind = answers.Metric;
        if (kind == MetricKind.Divergence)
        {
            Diverge(metric, dlogits, logits, answers.CleanLogits!);
            return;
        }

        var exponentiates = kind != MetricKind.LogitDifference;
        ParallelRanges(examples, vocabulary * (exponentiates ? SoftmaxCost : 1L), (first, last) =>
        {
            using var scratch = exponentiates && gradients is null ? Rent((long)vocabulary * sizeof(float)) : null;
            for (var e = (int)first; e < last; e++)
            {
                var row = from + ((long)e * vocabulary);
                var gradient = gradients is null ? null : gradients + ((long)e * vocabulary);
                var exponentials = gradient is null && exponentiates ? (float*)scratch!.Pointer : gradient;
                var (correct, incorrect) = (answers.Correct[e], answers.Incorrect[e]);
                to[e] = kind switch
                {
                    MetricKind.LogitDifference => LogitDifference(gradient, row, vocabulary, correct, incorrect),
                    MetricKind.ProbabilityDifference => ProbabilityDifference(gradient, exponentials, row, vocabulary, correct, incorrect),
                    _ => LogProbability(gradient, exponentials, row, vocabulary, correct, kind == MetricKind.LogProbability ? [] : incorrect),
                };
            }
        });
    }

    private static float LogitDifference(float* gradient, float* logits, int vocabulary, ImmutableArray<int> correct, ImmutableArray<int> incorrect)
    {
        var difference = Mean(logits, correct) - Mean(logits, incorrect);
        if (gradient is not null)
        {
            new Span<float>(gradient, vocabulary).Clear();
            foreach (var token in correct)
            {
                gradient[token] -= 1f / correct.Length;
            }

            foreach (var token in incorrect)
            {
                gradient[token] += 1f / incorrect.Length;
            }
        }

        return (float)difference;
    }

    /// <summary>
    /// With p the probabilities and m[j] how often token j is correct less how often incorrect: metric P = Σ m[j]·p[j],
    /// gradient of −P: p[j]·(P − m[j]). <paramref name="exponentials"/> may be <paramref name="gradient"/> and may be overwritten.
    /// </summary>
    private static float ProbabilityDifference(
        float* gradient, float* exponentials, float* logits, int vocabulary, ImmutableArray<int> correct, ImmutableArray<int> incorrect)
    {
        var largest = Softmax.Largest(logits, vocabulary);
        Span<float> members = stackalloc float[Math.Min(correct.Length + incorrect.Length, 1024)];
        members = correct.Length + incorrect.Length > members.Length ? new float[correct.Length + incorrect.Length] : members;
        for (var i = 0; i < members.Length; i++)
        {
            members[i] = Softmax.Exponential(logits[i < correct.Length ? correct[i] : incorrect[i - correct.Length]], largest);
        }

        Softmax.Exponentials(exponentials, logits, vocabulary, largest, 1f);
        var sum = Softmax.LongSum(exponentials, vocabulary);
        var difference = 0.0;
        for (var i = 0; i < members.Length; i++)
        {
            difference += (i < correct.Length ? members[i] : -members[i]) / sum;
        }

        if (gradient is not null)
        {
            Elementwise.Scale(gradient, (float)(difference / sum), vocabulary);
            for (var i = 0; i < members.Length; i++)
            {
                var probability = (float)(members[i] / sum);
                if (i < correct.Length)
                {
                    gradient[correct[i]] -= probability;
                }
                else
                {
                    gradient[incorrect[i - correct.Length]] += probability;
                }
            }
        }

        return (float)difference;
    }

    /// <summary>
    /// log Σ p over the correct answers less the same over the incorrect ones, a side without answers left out. With s the difference of the sides' numbers, 1, 0 or −1,
    /// and w[j] token j's share of its side, the gradient of the opposite is s·p[j] − (±w[j]); where both sides are there nothing but the answers counts.
    /// <paramref name="exponentials"/> may be <paramref name="gradient"/>.
    /// </summary>
    private static float LogProbability(
        float* gradient, float* exponentials, float* logits, int vocabulary, ImmutableArray<int> correct, ImmutableArray<int> incorrect)
    {
        var sides = (correct.IsEmpty ? 0 : 1) - (incorrect.IsEmpty ? 0 : 1);
        var (right, wrong) = (LogSum(logits, correct), LogSum(logits, incorrect));
        var value = right.Largest + Math.Log(right.Sum) - (wrong.Largest + Math.Log(wrong.Sum));
        if (sides != 0)
        {
            var largest = Softmax.Largest(logits, vocabulary);
            Softmax.Exponentials(exponentials, logits, vocabulary, largest, 1f);
            var sum = Softmax.LongSum(exponentials, vocabulary);
            value -= sides * (largest + Math.Log(sum));
            if (gradient is not null)
            {
                Elementwise.Scale(gradient, (float)(sides / sum), vocabulary);
            }
        }
        else if (gradient is not null)
        {
            new Span<float>(gradient, vocabulary).Clear();
        }

        if (gradient is not null)
        {
            // each token once, so that equal ones are rounded together
            foreach (var (token, times) in correct.CountBy(t => t))
            {
                gradient[token] -= (float)(times * Softmax.Exponential(logits[token], (float)right.Largest) / right.Sum);
            }

            foreach (var (token, times) in incorrect.CountBy(t => t))
            {
                gradient[token] += (float)(times * Softmax.Exponential(logits[token], (float)wrong.Largest) / wrong.Sum);
            }
        }

        return (float)value;
    }

    /// <summary>The largest logit of some tokens and Σ e^(logit − largest); (0, 1) for none.</summary>
    private static (double Largest, double Sum) LogSum(float* logits, ImmutableArray<int> tokens)
    {
        if (tokens.IsEmpty)
        {
            return (0, 1);
        }

        var (largest, sum) = (float.NegativeInfinity, 0.0);
        foreach (var token in tokens)
        {
            largest = logits[token] > largest ? logits[token] : largest;
        }

        foreach (var token in tokens)
        {
            sum += Softmax.Exponential(logits[token], largest);
        }

        return (largest, sum);
    }

    private void Diverge(Tensor metric, Tensor? dlogits, Tensor logits, Tensor cleanLogits)
    {
        var to = Pointer(metric);
        var gradients = dlogits is null ? null : Pointer(dlogits);
        var from = Pointer(logits);
        var clean = Pointer(cleanLogits);
        var (vocabulary, cleanRows) = (logits.Columns, cleanLogits.Rows);
        ParallelRanges(logits.Rows, vocabulary * 3L * SoftmaxCost, (first, last) =>
        {
            var padded = Lanes.RoundUp(vocabulary);
            using var scratch = Rent((gradients is null ? 2L : 1L) * padded * sizeof(float));
            var cleanExponentials = (float*)scratch.Pointer;
            for (var r = first; r < last; r++)
            {
                var gradient = gradients is null ? null : gradients + (r * vocabulary);
                var exponentials = gradient is null ? cleanExponentials + padded : gradient;
                to[r] = Divergence(gradient, exponentials, cleanExponentials, from + (r * vocabulary), clean + (r % cleanRows * vocabulary), vocabulary);
            }
        });
    }

    /// <summary>
    /// With a the clean logits, b these, p and q their softmaxes: Σ p·(a − b) − (log Σ eᵃ − log Σ eᵇ), and its gradient q − p. Equal rows give exact zeros.
    /// <paramref name="exponentials"/> may be <paramref name="gradient"/>.
    /// </summary>
    private static float Divergence(float* gradient, float* exponentials, float* cleanExponentials, float* logits, float* clean, int vocabulary)
    {
        var (largest, cleanLargest) = (Softmax.Largest(logits, vocabulary), Softmax.Largest(clean, vocabulary));
        Softmax.Exponentials(cleanExponentials, clean, vocabulary, cleanLargest, 1f);
        var (cleanSum, moved) = (Softmax.LongSum(cleanExponentials, vocabulary), Softmax.LongWeightedDifference(cleanExponentials, clean, logits, vocabulary));
        Softmax.Exponentials(exponentials, logits, vocabulary, largest, 1f);
        var sum = Softmax.LongSum(exponentials, vocabulary);
        if (gradient is not null)
        {
            Softmax.Difference(gradient, cleanExponentials, vocabulary, (float)(1 / sum), (float)(1 / cleanSum));
        }

        var divergence = (moved / cleanSum) - (cleanLargest + Math.Log(cleanSum) - (largest + Math.Log(sum)));
        return (float)Math.Max(0, divergence);
    }

    private static double Mean(float* logits, ImmutableArray<int> tokens)
    {
        var sum = 0.0;
        foreach (var token in tokens)
        {
            sum += logits[token];
        }

        return sum / tokens.Length;
    }
}
