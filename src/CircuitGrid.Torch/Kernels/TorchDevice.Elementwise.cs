using CircuitGrid.Compute;
using Tensor = CircuitGrid.Compute.Tensor;

namespace CircuitGrid.Torch;

/// <content>Elementwise kernels and rows.</content>
public sealed partial class TorchDevice
{
    public void Add(Tensor y, Tensor a, Tensor b)
    {
        KernelShapes.Elementwise(y, a, b);
        Run(() => Flat(y).copy_(Flat(a).add(Flat(b))));
    }

    public void Subtract(Tensor y, Tensor a, Tensor b)
    {
        KernelShapes.Elementwise(y, a, b);
        Run(() => Flat(y).copy_(Flat(a).sub(Flat(b))));
    }

    public void AddBias(Tensor y, Tensor x, Tensor bias)
    {
        KernelShapes.RowVector(y, x, bias);
        Run(() => Matrix(y).copy_(Matrix(x).add(Flat(bias))));
    }

    public void Interpolate(Tensor y, Tensor a, Tensor b, ReadOnlySpan<float> fractions)
    {
        var length = KernelShapes.Interpolate(y, a, b, fractions);
        var steps = fractions.ToArray();
        Run(() =>
        {
            var (start, end) = (Flat(a), Flat(b));
            var difference = end.sub(start);
            var all = View(y, steps.Length, length);
            for (var k = 0; k < steps.Length; k++)
            {
                all.select(0, k).copy_(start.add(difference, steps[k]));
            }
        });
    }

    public void GatherRows(Tensor y, Tensor x, ReadOnlySpan<int> rows)
    {
        KernelShapes.GatherRows(y, x, rows);
        var index = rows.ToArray();
        Run(() => Matrix(y).copy_(Matrix(x).index_select(0, Indices(index))));
    }

    /// <summary>Rows that occur several times are added in turn: every call adds to each row at most once, so that GPUs have no order to choose.</summary>
    public void ScatterAddRows(Tensor y, Tensor x, ReadOnlySpan<int> rows)
    {
        KernelShapes.ScatterAddRows(y, x, rows);
        var seen = new Dictionary<int, int>();
        var rounds = new List<(List<int> From, List<int> To)>();
        for (var i = 0; i < rows.Length; i++)
        {
            var round = seen[rows[i]] = seen.GetValueOrDefault(rows[i], -1) + 1;
            if (round == rounds.Count)
            {
                rounds.Add(([], []));
            }

            rounds[round].From.Add(i);
            rounds[round].To.Add(rows[i]);
        }

        Run(() =>
        {
            var (to, from) = (Matrix(y), Matrix(x));
            foreach (var (sources, targets) in rounds)
            {
                to.index_add_(0, Indices([.. targets]), from.index_select(0, Indices([.. sources])), 1);
            }
        });
    }

    public void GatherBlocks(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout, ReadOnlySpan<int> blocks)
    {
        KernelShapes.GatherBlocks(y, yLayout, x, xLayout, blocks);
        var index = blocks.ToArray();
        Run(() => Blocks(y, yLayout).narrow(0, 0, index.Length).copy_(Blocks(x, xLayout).index_select(0, Indices(index))));
    }
}
