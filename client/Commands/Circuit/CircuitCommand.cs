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
    private readonly Option<string> graph = new("--graph") { Description = "Graph file with scores, e.g. of 'attribute' or of the EAP-IG library.", HelpName = "GRAPH.json", Required = true };
    private readonly Option<int> edges = NumberOption.Required("--edges", "N", "Edges to take; dead ends are pruned afterwards.", least: 0);
    private readonly Option<SelectionRule> rule = NamedOption.Create("--select", SpecNames.Selection, "How edges are chosen.", SelectionRule.Greedy);
    private readonly Option<bool> signed = new("--signed") { Description = "Rank edges by their score instead of its absolute value." };
    private readonly Option<string> output = new("--out") { Description = "Circuit file to write.", HelpName = "CIRCUIT.json", Required = true };
    private readonly IgnoreKeyOption ignoreKey = new();

    public CircuitCommand()
        : base("circuit", "Choose a circuit by the scores of a graph file.")
    {
        foreach (var option in (Option[])[graph, edges, rule, signed, output])
        {
            Add(option);
        }

        ignoreKey.AddTo(this);
    }

    public override Task<ExitCode> RunAsync(CommandContext context)
    {
        var (path, file, budget) = (context.Get(graph), context.Get(output), context.Get(edges));
        OutputFile.Prepare(file);
        var foreign = new ForeignKeys(ignoreKey.Of(context));
        var document = GraphFile.Read(path, foreign, context.Cancellation);
        ForeignNotes.Show(context.Console, foreign);
        var (scores, absolute) = (document.RequireScores(path), !context.Get(signed));
        var ranking = EdgeRanking.Create(document.Graph, scores.AsSpan(), context.Get(rule), absolute);
        if (budget > 0 && budget < ranking.Count && !ranking.TellsApart)
        {
            throw new InvalidInputException(path, $"has nothing to rank by: every edge has the {(absolute ? "|score|" : "score")} {Figures.Of(absolute ? Math.Abs(scores[0]) : scores[0])}, so that any {budget} of them would do");
        }

        if (budget > 0 && budget < ranking.Count && Strength(ranking.Order[budget - 1]) == Strength(ranking.Order[budget]))
        {
            context.Environment.Diagnostics.WriteLine(
                $"Edges of the {(absolute ? "|score|" : "score")} {Figures.Of(Strength(ranking.Order[budget]))} are in and others of it out: between them the order of the graph decides.");
        }

        var circuit = ranking.Select(budget);
        GraphFile.Write(file, GraphDocument.OfCircuit(circuit, scores), context.Cancellation);

        context.WriteResult(
            new { Out = file, Budget = budget, Edges = circuit.EdgeCount, Nodes = circuit.NodeCount, GraphEdges = document.Graph.Edges, GraphNodes = document.Graph.Nodes },
            console => console.WriteLine(
                $"{Figures.Count(circuit.EdgeCount)} of {Figures.Count(document.Graph.Edges)} edges and {Figures.Count(circuit.NodeCount)} of {Figures.Count(document.Graph.Nodes)} nodes are left of {Figures.Count(budget)} edges taken; in {VisibleText.OnOneLine(file)}"));
        return Task.FromResult(ExitCode.Success);

        float Strength(int edge) => absolute ? Math.Abs(scores[edge]) : scores[edge];
    }
}
