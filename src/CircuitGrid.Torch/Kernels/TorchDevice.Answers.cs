using CircuitGrid.Compute;
using CircuitGrid.Torch.Memory;
using Tensor = CircuitGrid.Compute.Tensor;

namespace CircuitGrid.Torch;

/// <content>Answers.</content>
public sealed partial class TorchDevice
{
    public void Measure(Tensor metric, Tensor? dlogits, Tensor logits, Answers answers)
    {
        KernelShapes.Measure(metric, dlogits, logits, answers);
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
