using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Torch.Memory;
using static TorchSharp.torch;
using Tensor = CircuitGrid.Compute.Tensor;

namespace CircuitGrid.Torch;

/// <content>Answers.</content>
public sealed partial class TorchDevice
{
    public void Measure(Tensor metric, Tensor? dlogits, Tensor logits, Answers answers)
    {
        KernelShapes.Measure(metric, dlogits, logits, answers);
        switch (answers.Metric)
        {
            case MetricKind.Divergence:
                Diverge(metric, dlogits, logits, answers.CleanLogits!);
                return;
            case MetricKind.LogProbability or MetricKind.LogProbabilityDifference:
                MeasureLogProbability(metric, dlogits, logits, answers);
                return;
        }

        var mean = answers.Metric == MetricKind.LogitDifference;
        var (tokens, shares, width) = Memberships(answers, mean);
        if (answers.Count == 0)
        {
            return;
        }

        Run(() =>
        {
            long[] shape = [answers.Count, width];
            var token = HostNumbers.Send(tokens, shape, device);
            var share = HostNumbers.Send(shares, shape, device);
            var values = mean ? Matrix(logits) : Matrix(logits).softmax(1);
            var chosen = values.gather(1, token);
            var result = chosen.mul(share).sum(1);
            if (dlogits is not null)
            {
                var gradient = Matrix(dlogits);
                if (mean)
                {
                    gradient.fill_(0);
                    gradient.scatter_add_(1, token, share.neg());
                }
                else
                {
                    gradient.copy_(values.mul(result.unsqueeze(1)));
                    gradient.scatter_add_(1, token, chosen.mul(share).neg_());
                }
            }

            Flat(metric).copy_(result);
        });
    }

    /// <summary>log Σ p over each side's answers, the sides' difference; a side without answers adds nothing.</summary>
    private void MeasureLogProbability(Tensor metric, Tensor? dlogits, Tensor logits, Answers answers)
    {
        if (answers.Count == 0)
        {
            return;
        }

        ImmutableArray<ImmutableArray<int>>[] lists = answers.Metric == MetricKind.LogProbability ? [answers.Correct] : [answers.Correct, answers.Incorrect];
        Run(() =>
        {
            var logarithms = Matrix(logits).log_softmax(1);
            var result = zeros([answers.Count], ScalarType.Float32, device);
            var gradient = dlogits is null ? null : zeros_like(logarithms);
            var sides = new float[answers.Count];
            foreach (var (side, list) in lists.Index())
            {
                var sign = side == 0 ? 1f : -1f;
                var (tokens, counts, width) = Sides(list);
                if (width == 0)
                {
                    continue;
                }

                var token = HostNumbers.Send(tokens, [answers.Count, width], device);
                var count = HostNumbers.Send(counts, [answers.Count, width], device);
                var isThere = HostNumbers.Send(Array.ConvertAll([.. list], l => l.IsEmpty ? 0f : 1f), [answers.Count], device);

                // log of what isn't an answer is −∞, which a sum of exponentials passes over; a row without answers is put right by what is there
                var chosen = logarithms.gather(1, token).add(count.log());
                var sum = chosen.logsumexp(1);
                result.add_(where(isThere.gt(0), sum, zeros_like(sum)).mul(sign));
                if (gradient is not null)
                {
                    var share = chosen.sub(sum.unsqueeze(1)).exp();
                    gradient.scatter_add_(1, token, where(isThere.gt(0).unsqueeze(1), share, zeros_like(share)).mul(-sign));
                    for (var e = 0; e < sides.Length; e++)
                    {
                        sides[e] += list[e].IsEmpty ? 0 : sign;
                    }
                }
            }

            if (gradient is not null)
            {
                gradient.add_(logarithms.exp().mul(HostNumbers.Send(sides, [answers.Count, 1], device)));
                Matrix(dlogits!).copy_(gradient);
            }

            Flat(metric).copy_(result);
        });
    }

    private void Diverge(Tensor metric, Tensor? dlogits, Tensor logits, Tensor cleanLogits)
    {
        if (logits.Rows == 0)
        {
            return;
        }

        Run(() =>
        {
            var (logarithms, clean) = (Matrix(logits).log_softmax(1), Matrix(cleanLogits).log_softmax(1));
            clean = clean.repeat([logits.Rows / cleanLogits.Rows, 1]);
            var probabilities = clean.exp();
            Flat(metric).copy_(clean.sub(logarithms).mul(probabilities).sum(1).clamp_min(0));
            if (dlogits is not null)
            {
                Matrix(dlogits).copy_(logarithms.exp().sub(probabilities));
            }
        });
    }

    /// <summary>One side's answers of each row and how often each is named, padded with tokens that are named 0 times.</summary>
    private static (long[] Tokens, float[] Counts, int Width) Sides(ImmutableArray<ImmutableArray<int>> answers)
    {
        var rows = answers.Select(list => list.GroupBy(t => t).ToList()).ToList();
        var width = rows.Max(r => r.Count);
        var (tokens, counts) = (new long[rows.Count * width], new float[rows.Count * width]);
        for (var e = 0; e < rows.Count; e++)
        {
            foreach (var (i, token) in rows[e].Index())
            {
                (tokens[(e * width) + i], counts[(e * width) + i]) = (token.Key, token.Count());
            }
        }

        return (tokens, counts, width);
    }

    /// <summary>
    /// Each example's answers and what each counts, padded with shares of 0. A token is named once a row, so that nothing depends on an order of additions.
    /// </summary>
    private static (long[] Tokens, float[] Shares, int Width) Memberships(Answers answers, bool mean)
    {
        var rows = new List<Dictionary<int, double>>(answers.Count);
        for (var e = 0; e < answers.Count; e++)
        {
            var row = new Dictionary<int, double>();
            foreach (var (list, sign) in new[] { (answers.Correct[e], 1.0), (answers.Incorrect[e], -1.0) })
            {
                foreach (var token in list)
                {
                    row[token] = row.GetValueOrDefault(token) + (mean ? sign / list.Length : sign);
                }
            }

            rows.Add(row);
        }

        var width = rows.Count == 0 ? 0 : rows.Max(r => r.Count);
        var tokens = new long[rows.Count * width];
        var shares = new float[tokens.Length];
        for (var e = 0; e < rows.Count; e++)
        {
            var at = e * width;
            foreach (var (token, share) in rows[e])
            {
                (tokens[at], shares[at]) = (token, (float)share);
                at++;
            }
        }

        return (tokens, shares, width);
    }
}
