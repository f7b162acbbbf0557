using System.CommandLine;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Files;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Files;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>attribute</c>: scores every edge of a model's graph on a task.</summary>
internal sealed class AttributeCommand : ClientCommand
{
    private const int EdgesShown = 10;

    private readonly Option<string> model = CommonOptions.Model();
    private readonly PairsSource examples = new();
    private readonly Option<AttributionMethod> method = NamedOption.Create("--method", SpecNames.Method, "How edges are scored.", AttributionMethod.EapIg);
    private readonly Option<int> steps = NumberOption.WithDefault("--steps", "M", "Integration points of eap-ig.", standard: 5, least: 1, most: 10_000);
    private readonly Option<IntegrationPoints> points = NamedOption.Create(
        "--ig-points", SpecNames.Points, "Where eap-ig takes gradients between the clean and the corrupted prompt.", IntegrationPoints.CorruptedEnd);

    private readonly Option<string> output = new("--out") { Description = "Graph file to write.", HelpName = "GRAPH.json", Required = true };
    private readonly IgnoreKeyOption ignoreKey = new();
    private readonly Option<int?> threads = CommonOptions.Threads();
    private readonly Option<long?> memory = CommonOptions.Memory();

    public AttributeCommand()
        : base("attribute", "Score every edge of a checkpoint's graph on a task.")
    {
        Add(model);
        examples.AddTo(this);
        foreach (var option in (Option[])[method, steps, points, output, threads, memory])
        {
            Add(option);
        }

        ignoreKey.AddTo(this);
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        var started = context.Environment.Time.GetTimestamp();
        var file = context.Get(output);
        OutputFile.Prepare(file);
        var options = new AttributionOptions { Method = context.Get(method), Steps = context.Get(steps), Points = context.Get(points) };
        using var loaded = LoadedModel.Open(context.Environment, context.Get(model), ignoreKey.Of(context), new(context.Get(threads), context.Get(memory)));
        var data = examples.Read(context, loaded);
        loaded.ShowNotes(context.Console);
        var scores = await ShareBar.RunAsync(context, $"{data.Examples.Length} examples", progress => loaded.Batches.Run(budget => EdgeAttribution.Run(
            loaded.Transformer, data.Examples, data.Metric, options, memoryBudget: budget, progress: progress, cancellation: context.Cancellation)));

        var graph = scores.Graph;
        var mean = scores.Mean();
        GraphFile.Write(file, GraphDocument.OfScores(graph, mean), context.Cancellation);

        var best = Enumerable.Range(0, graph.Edges)
            .OrderByDescending(e => Math.Abs(mean[e]))
            .ThenBy(e => e)
            .Take(EdgesShown)
            .Select(e => new EdgeScore(GraphNames.Edge(graph, e), mean[e]))
            .ToList();
        var seconds = context.Environment.Time.GetElapsedTime(started);
        context.WriteResult(
            new { Out = file, graph.Edges, Examples = data.Examples.Length, Seconds = seconds.TotalSeconds, Best = best },
            console => Show(console, file, graph, data.Examples.Length, seconds, best));
        return ExitCode.Success;
    }

    private static void Show(IAnsiConsole console, string file, CircuitGraph graph, int examples, TimeSpan seconds, List<EdgeScore> best)
    {
        var table = Tables.Create(console, "##", "edge", "#score");
        for (var i = 0; i < best.Count; i++)
        {
            table.Row(Figures.Count(i + 1), best[i].Edge, Figures.Of(best[i].Score));
        }

        console.Write(table);
        console.WriteLine($"{Figures.Count(graph.Edges)} edges scored on {Figures.Count(examples)} examples in {Figures.Duration(seconds)}; the {best.Count} strongest above, all in {VisibleText.OnOneLine(file)}");
    }

    private sealed record EdgeScore(string Edge, double Score);
}
