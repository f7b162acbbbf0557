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
        var probabilities = answers.Metric == MetricKind.ProbabilityDifference;
        ParallelRanges(examples, vocabulary * (probabilities ? SoftmaxCost : 1L), (first, last) =>
        {
            using var scratch = probabilities && gradients is null ? Rent((long)vocabulary * sizeof(float)) : null;
            for (var e = (int)first; e < last; e++)
            {
                var row = from + ((long)e * vocabulary);
                var gradient = gradients is null ? null : gradients + ((long)e * vocabulary);
                to[e] = probabilities
                    ? ProbabilityDifference(gradient, gradient is null ? (float*)scratch!.Pointer : gradient, row, vocabulary, answers.Correct[e], answers.Incorrect[e])
                    : LogitDifference(gradient, row, vocabulary, answers.Correct[e], answers.Incorrect[e]);
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
