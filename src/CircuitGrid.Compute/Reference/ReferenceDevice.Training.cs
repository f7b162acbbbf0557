namespace CircuitGrid.Compute.Reference;

/// <content>Training.</content>
public sealed partial class ReferenceDevice
{
    // y[R,D] = x[R,D] ⊙ scale[D] + bias[D]
    public void Affine(Tensor y, Tensor x, Tensor scale, Tensor bias)
    {
        var (rows, columns) = KernelShapes.RowVector(y, x, scale, bias);
        var to = Elements(y);
        var from = Elements(x);
        var slope = Elements(scale);
        var shift = Elements(bias);
        for (var i = 0; i < rows * columns; i++)
        {
            to[i] = (from[i] * slope[i % columns]) + shift[i % columns];
        }
    }

    // y[R,D] = x[R,D] ⊙ scale[D]
    public void ScaleColumns(Tensor y, Tensor x, Tensor scale)
    {
        var (rows, columns) = KernelShapes.RowVector(y, x, scale);
        var to = Elements(y);
        var from = Elements(x);
        var slope = Elements(scale);
        for (var i = 0; i < rows * columns; i++)
        {
            to[i] = from[i] * slope[i % columns];
        }
    }

    // x[R,D], y[R,D] → sums[D]
    public void SumRows(Tensor sums, Tensor x, Tensor? y = null)
    {
        var (rows, columns) = KernelShapes.SumRows(sums, x, y);
        for (var i = 0; i < rows * columns; i++)
        {
            Elements(sums)[i % columns] += Elements(x)[i] * (y is null ? 1 : Elements(y)[i]);
        }
    }

    // logits[R,V] → loss[R], dlogits[R,V]
    public void CrossEntropy(Tensor loss, Tensor? dlogits, Tensor logits, ReadOnlySpan<int> targets, float scale)
    {
        var (rows, vocabulary) = KernelShapes.CrossEntropy(loss, dlogits, logits, targets);
        var probabilities = new double[vocabulary];
        for (var r = 0; r < rows; r++)
        {
            var row = Elements(logits).Slice(r * vocabulary, vocabulary);
            var target = targets[r];
            var largest = double.NegativeInfinity;
            foreach (var logit in row)
            {
                largest = Math.Max(largest, logit);
            }

            var sum = 0.0;
            foreach (var logit in row)
            {
                sum += Math.Exp(logit - largest);
            }

            Elements(loss)[r] = target < 0 ? 0 : Math.Log(sum) + largest - row[target];
            Softmax(probabilities, row);
            for (var j = 0; dlogits is not null && j < vocabulary; j++)
            {
                Elements(dlogits)[(r * vocabulary) + j] = target < 0 ? 0 : scale * (probabilities[j] - (j == target ? 1 : 0));
            }
        }
    }

    public double SquaredNorm(Tensor x)
    {
        var sum = 0.0;
        foreach (var value in Elements(x))
        {
            sum += value * value;
        }

        return sum;
    }

    public void AdamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, in AdamWStep step)
    {
        KernelShapes.AdamW(parameter, gradient, firstMoment, secondMoment, step);
        var values = Elements(parameter);
        var gradients = Elements(gradient);
        var first = Elements(firstMoment);
        var second = Elements(secondMoment);
        for (var i = 0; i < values.Length; i++)
        {
            var g = gradients[i] * step.GradientScale;
            first[i] = (step.Beta1 * first[i]) + ((1 - step.Beta1) * g);
            second[i] = (step.Beta2 * second[i]) + ((1 - step.Beta2) * g * g);
            var unbiasedFirst = first[i] / (1 - Math.Pow(step.Beta1, step.Step));
            var unbiasedSecond = second[i] / (1 - Math.Pow(step.Beta2, step.Step));
            values[i] -= step.LearningRate * ((unbiasedFirst / (Math.Sqrt(unbiasedSecond) + step.Epsilon)) + (step.WeightDecay * values[i]));
        }
    }
}
