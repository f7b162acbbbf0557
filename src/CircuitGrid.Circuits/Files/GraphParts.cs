using System.Globalization;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Files;

/// <summary>
/// What a graph file of any form says about nodes and edges. A circuit is given by its edges: the EAP-IG library, too, works out anew which nodes are in when it
/// evaluates one. What would give another circuit than that is refused.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="graph">Its graph.</param>
internal sealed class GraphParts(string path, CircuitGraph graph)
{
    private readonly float[] scores = [.. Enumerable.Repeat(float.NaN, graph.Edges)];
    private readonly bool[] edgesIn = new bool[graph.Edges];
    private readonly bool?[] nodesIn = new bool?[graph.Nodes];
    private readonly (int In, int Of)?[] neurons = new (int, int)?[graph.Sources];

    public CircuitGraph Graph => graph;

    /// <summary>An edge's score; NaN where it has none.</summary>
    /// <exception cref="InvalidInputException">The score is infinite, or too large for a float.</exception>
    public void SetScore(int edge, double score) => scores[edge] = !float.IsInfinity((float)score)
        ? (float)score
        : throw Error($"edge {GraphNames.Edge(graph, edge)} has the score {score.ToString(CultureInfo.InvariantCulture)}; a score must be a finite 32-bit number");

    public void SetEdge(int edge, bool isIn) => edgesIn[edge] = isIn;

    public void SetNode(int node, bool isIn) => nodesIn[node] = isIn;

    /// <summary>Which of a node's neurons are in.</summary>
    /// <param name="node">The node. The logits have no mask that the library reads.</param>
    /// <param name="isIn">A flag for each of the D numbers that the node writes.</param>
    /// <exception cref="InvalidInputException">There are not D of them.</exception>
    public void SetNeurons(int node, IReadOnlyCollection<bool> isIn)
    {
        if (isIn.Count != graph.Shape.Width)
        {
            throw Error($"node {GraphNames.Node(graph, node)} has a mask of {isIn.Count} neurons; cfg.d_model, which says how many there are, is {(graph.Shape.Width == 0 ? "missing" : graph.Shape.Width)}");
        }

        if (node < graph.Sources)
        {
            neurons[node] = (isIn.Count(x => x), isIn.Count);
        }
    }

    /// <exception cref="InvalidInputException">The file is of neurons, or its nodes and edges contradict each other.</exception>
    public GraphDocument ToDocument()
    {
        var document = new GraphDocument(graph, [.. scores], [.. edgesIn]);
        CheckNeurons();
        CheckNodes(document.ToCircuit());
        return document;
    }

    /// <summary>A mask with holes makes another circuit, and so does a missing mask beside others, which the library fills with holes.</summary>
    private void CheckNeurons()
    {
        if (Array.TrueForAll(neurons, n => n is null))
        {
            return;
        }

        var writes = new bool[graph.Nodes];
        for (var e = 0; e < graph.Edges; e++)
        {
            writes[graph.EdgeSources[e]] |= edgesIn[e];
        }

        for (var n = 0; n < graph.Sources; n++)
        {
            if ((writes[n] || nodesIn[n] == true) && !(neurons[n] is { } mask && mask.In == mask.Of))
            {
                throw Error($"node {GraphNames.Node(graph, n)} is in, {(neurons[n] is { } part ? $"but only {part.In} of its {part.Of} neurons are" : "but has no mask of neurons, though others have one")}. "
                    + "This is a graph of neurons; whole nodes alone are read");
            }
        }
    }

    private void CheckNodes(Circuit circuit)
    {
        // The library sets no store by the flag of the logits, and other writers leave that of the input as it is.
        if (Enumerable.Range(1, graph.Sources - 1).FirstOrDefault(n => nodesIn[n] == true) is not (> 0 and var marked))
        {
            return;
        }

        if (!edgesIn.Contains(true))
        {
            throw Error($"node {GraphNames.Node(graph, marked)} is in, but no edge is. A circuit is given by its edges: set in_graph of those that belong to it");
        }

        foreach (var e in circuit.EdgeIndices())
        {
            var (from, to) = (graph.EdgeSources[e], graph.NodeOfSlot(graph.EdgeSlots[e]));
            if (nodesIn[from] == false || (nodesIn[to] == false && to != graph.LogitsNode))
            {
                throw Error($"edge {GraphNames.Edge(graph, e)} is in, but its node {GraphNames.Node(graph, nodesIn[from] == false ? from : to)} isn't. A circuit is given by its edges: set in_graph of both alike");
            }
        }
    }

    private InvalidInputException Error(string reason) => new(path, reason);
}
