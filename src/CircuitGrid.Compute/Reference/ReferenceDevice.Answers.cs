namespace CircuitGrid.Compute.Reference;

/// <content>Answers.</content>
public sealed partial class ReferenceDevice
{
    // logits[N,V] → metric[N], dlogits[N,V]
    public void Measure(Tensor metric, Tensor? dlogits, Tensor logits, Answers answers)
    {
        var (examples, vocabulary) = KernelShapes.Measure(metric, dlogits, logits, answers);
        for (var e = 0; e < examples; e++)
        {
            if (answers.Metric is not (MetricKind.LogitDifference or MetricKind.ProbabilityDifference))
            {
                Elements(metric)[e] = MeasureLogarithms(e, dlogits, logits, answers);
                continue;
            }

            var row = Elements(logits).Slice(e * vocabulary, vocabulary);
            var (correct, incorrect) = (answers.Correct[e], answers.Incorrect[e]);
            var membership = new double[vocabulary];
            var mean = answers.Metric == MetricKind.LogitDifference;
            foreach (var token in correct)
            {
                membership[token] += mean ? 1.0 / correct.Length : 1;
            }

            foreach (var token in incorrect)
            {
                membership[token] -= mean ? 1.0 / incorrect.Length : 1;
            }

            var values = row.ToArray();
            if (!mean)
            {
                Softmax(values, row);
            }

            var value = 0.0;
            for (var j = 0; j < vocabulary; j++)
            {
                value += membership[j] * values[j];
            }

            Elements(metric)[e] = value;
            for (var j = 0; dlogits is not null && j < vocabulary; j++)
            {
                Elements(dlogits)[(e * vocabulary) + j] = mean ? -membership[j] : -values[j] * (membership[j] - value);
            }
        }
    }

    /// <summary>The metrics that are made of logarithms of probabilities, of one row.</summary>
    private static double MeasureLogarithms(int e, Tensor? dlogits, Tensor logits, Answers answers)
    {
        var vocabulary = logits.Columns;
        var row = Elements(logits).Slice(e * vocabulary, vocabulary);
        var (probabilities, shares) = (new double[vocabulary], new double[vocabulary]);
        Softmax(probabilities, row);
        if (answers.Metric == MetricKind.Divergence)
        {
            var clean = Elements(answers.CleanLogits!).Slice(e % answers.CleanLogits!.Rows * vocabulary, vocabulary);
            Softmax(shares, clean);
            var (divergence, shift) = (0.0, LogSum(row) - LogSum(clean));
            for (var j = 0; j < vocabulary; j++)
            {
                divergence += shares[j] * (clean[j] - row[j] + shift);
                if (dlogits is not null)
                {
                    Elements(dlogits)[(e * vocabulary) + j] = probabilities[j] - shares[j];
                }
            }

            return Math.Max(0, divergence);
        }

        // the gradient of log Σ p over a set: each member's share of the set, less p
        var (value, sides) = (0.0, 0);
        AddSide(row, answers.Correct[e].AsSpan(), 1);
        if (answers.Metric == MetricKind.LogProbabilityDifference)
        {
            AddSide(row, answers.Incorrect[e].AsSpan(), -1);
        }

        value -= sides * LogSum(row);
        for (var j = 0; dlogits is not null && j < vocabulary; j++)
        {
            Elements(dlogits)[(e * vocabulary) + j] = (sides * probabilities[j]) - shares[j];
        }

        return value;

        void AddSide(ReadOnlySpan<double> of, ReadOnlySpan<int> tokens, int sign)
        {
            if (tokens.IsEmpty)
            {
                return;
            }

            var chosen = new double[tokens.Length];
            for (var i = 0; i < tokens.Length; i++)
            {
                chosen[i] = of[tokens[i]];
            }

            value += sign * LogSum(chosen);
            sides += sign;
            Softmax(chosen, (double[])chosen.Clone());
            for (var i = 0; i < tokens.Length; i++)
            {
                shares[tokens[i]] += sign * chosen[i];
            }
        }
    }

    /// <summary>log Σ e^x.</summary>
    private static double LogSum(ReadOnlySpan<double> logits)
    {
        var (largest, sum) = (double.NegativeInfinity, 0.0);
        foreach (var logit in logits)
        {
            largest = Math.Max(largest, logit);
        }

        foreach (var logit in logits)
        {
            sum += Math.Exp(logit - largest);
        }

        return largest + Math.Log(sum);
    }
}
