using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Similarity;

/// <summary>The cheapest way to give every row a column of its own (Kuhn 1955, by shortest augmenting paths as in Jonker and Volgenant 1987).</summary>
public static class Assignment
{
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns, at least as many.</param>
    /// <param name="cost">Finite cost of a row and a column.</param>
    /// <returns>The column of every row; which one is certain only where a single assignment is cheapest, but always the same.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer columns than rows.</exception>
    public static ImmutableArray<int> Cheapest(int rows, int columns, Func<int, int, double> cost)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, rows);

        // Column 0 stands for the row that is being placed; rows and columns count from 1.
        var (rowPrice, columnPrice) = (new double[rows + 1], new double[columns + 1]);
        var (rowOf, before) = (new int[columns + 1], new int[columns + 1]);
        for (var row = 1; row <= rows; row++)
        {
            rowOf[0] = row;
            var at = 0;
            var shortest = new double[columns + 1];
            Array.Fill(shortest, double.PositiveInfinity);
            var visited = new bool[columns + 1];
            do
            {
                visited[at] = true;
                var (placed, next, step) = (rowOf[at], 0, double.PositiveInfinity);
                for (var column = 1; column <= columns; column++)
                {
                    if (visited[column])
                    {
                        continue;
                    }

                    var reduced = cost(placed - 1, column - 1) - rowPrice[placed] - columnPrice[column];
                    if (reduced < shortest[column])
                    {
                        (shortest[column], before[column]) = (reduced, at);
                    }

                    if (shortest[column] < step)
                    {
                        (step, next) = (shortest[column], column);
                    }
                }

                for (var column = 0; column <= columns; column++)
                {
                    if (visited[column])
                    {
                        rowPrice[rowOf[column]] += step;
                        columnPrice[column] -= step;
                    }
                    else
                    {
                        shortest[column] -= step;
                    }
                }

                at = next;
            }
            while (rowOf[at] != 0);

            for (; at != 0; at = before[at])
            {
                rowOf[at] = rowOf[before[at]];
            }
        }

        var columnOf = new int[rows];
        for (var column = 1; column <= columns; column++)
        {
            if (rowOf[column] != 0)
            {
                columnOf[rowOf[column] - 1] = column - 1;
            }
        }

        return [.. columnOf];
    }
}
