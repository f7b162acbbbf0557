using CircuitGrid.Circuits.Graph;

namespace CircuitGrid.Experiments.Cells;

/// <summary>The size of a graph from its shape alone (method, §2.3), without building it.</summary>
public static class GraphSize
{
    /// <summary>L(3H+1) + (3H+1)(H+1)L(L−1)/2 + 1 + L(H+1), and L·H more where MLPs read their own layer's heads.</summary>
    public static long Edges(GraphShape shape)
    {
        var (l, h) = ((long)shape.Layers, (long)shape.Heads);
        checked
        {
            var parallel = (l * ((3 * h) + 1)) + (((3 * h) + 1) * (h + 1) * (l * (l - 1) / 2)) + 1 + (l * (h + 1));
            return shape.Parallel ? parallel : parallel + (l * h);
        }
    }

    /// <summary>2 + L(H+1), input and logits included.</summary>
    public static long Nodes(GraphShape shape) => checked(2 + (shape.Layers * (shape.Heads + 1L)));
}
