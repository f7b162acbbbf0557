using CircuitGrid.Circuits.Similarity;

namespace CircuitGrid.Circuits.Tests.Similarity;

public sealed class AssignmentTests
{
    [Fact]
    public void Cheapest_RandomCosts_CostsNoMoreThanAnyOther()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var rows = random.Next(1, 5);
            var columns = rows + random.Next(0, 3);
            var costs = Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => (double)random.Next(-9, 10)).ToArray()).ToArray();
            var assigned = Assignment.Cheapest(rows, columns, (r, c) => costs[r][c]);
            Assert.Equal(rows, assigned.Length);
            Assert.Distinct(assigned);
            Assert.Equal(Least(costs, 0, 0), assigned.Select((c, r) => costs[r][c]).Sum());
        }
    }

    [Fact]
    public void Cheapest_FewerColumnsThanRows_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Assignment.Cheapest(3, 2, (_, _) => 0));

    /// <summary>Every way to assign rows from one on, columns in <paramref name="taken"/> being given already.</summary>
    private static double Least(double[][] costs, int row, int taken) => row == costs.Length
        ? 0
        : Enumerable.Range(0, costs[0].Length).Where(c => (taken & (1 << c)) == 0).Min(c => costs[row][c] + Least(costs, row + 1, taken | (1 << c)));
}
