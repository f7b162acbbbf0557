using System.CommandLine;
using CircuitGrid.Circuits.Files;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Files;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>circuit</c>: takes the best edges of a scored graph and prunes dead ends.</summary>
internal sealed class CircuitCommand : ClientCommand
{
    private readonly Option<string> graph = new("--graph") { Description = "Graph file with scores, e.g. of 'attribute'.", HelpName = "GRAPH.json", Required = true };
    private readonly Option<int> edges = NumberOption.Required("--edges", "N", "Edges to take; dead ends are pruned afterwards.", least: 0);
    private readonly Option<SelectionRule> rule = NamedOption.Create("--select", SpecNames.Selection, "How edges are chosen.", SelectionRule.Greedy);
    private readonly Option<bool> signed = new("--signed") { Description = "Rank edges by their score instead of its absolute value." };
    private readonly Option<string> output = new("--out") { Description = "Circuit file to write.", HelpName = "CIRCUIT.json", Required = true };

    public CircuitCommand()
        : base("circuit", "Choose a circuit by the scores of a graph file.")
    {
        foreach (var option in (Option[])[graph, edges, rule, signed, output])
        {
            Add(option);
        }
    }

    public override Task<ExitCode> RunAsync(CommandContext context)
    {
        var (file, budget) = (context.Get(output), context.Get(edges));
        OutputFile.Prepare(file);
        var path = context.Get(graph);
        var document = GraphFile.Read(path);
        var ranking = EdgeRanking.Create(document.Graph, document.Scores.AsSpan(), context.Get(rule), absolute: !context.Get(signed));
        if (budget > 0 && budget < ranking.Count && !ranking.TellsApart)
        {
            throw new InvalidInputException(path, $"all {document.Graph.Edges} edges have the same score, so there is nothing to choose {budget} of them by; score them with 'attribute'");
        }

        var circuit = ranking.Select(budget);
        GraphFile.Write(file, GraphDocument.OfCircuit(circuit, document.Scores));

        context.WriteResult(
            new { Out = file, Budget = budget, Edges = circuit.EdgeCount, Nodes = circuit.NodeCount, GraphEdges = document.Graph.Edges, GraphNodes = document.Graph.Nodes },
            console => console.WriteLine(
                $"{Figures.Count(circuit.EdgeCount)} of {Figures.Count(document.Graph.Edges)} edges and {Figures.Count(circuit.NodeCount)} of {Figures.Count(document.Graph.Nodes)} nodes are left of {Figures.Count(budget)} edges taken; in {file}"));
        return Task.FromResult(ExitCode.Success);
    }
}
