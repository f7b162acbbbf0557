using System.CommandLine;
using System.Text.Json.Serialization;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Files;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Files;
using Spectre.Console;
using CircuitOfGraph = CircuitGrid.Circuits.Graph.Circuit;

namespace CircuitGrid.Client.Commands;

/// <summary><c>evaluate</c>: how much of a model's task performance a circuit keeps.</summary>
internal sealed class EvaluateCommand : ClientCommand
{
    private readonly Option<string> model = CommonOptions.Model();
    private readonly Option<string> graph = new("--graph") { Description = "Circuit file: its edges with in_graph are the circuit.", HelpName = "CIRCUIT.json", Required = true };
    private readonly PairsSource examples = new();
    private readonly IgnoreKeyOption ignoreKey = new();
    private readonly Option<int?> threads = CommonOptions.Threads();
    private readonly Option<long?> memory = CommonOptions.Memory();

    public EvaluateCommand()
        : base("evaluate", "Run a circuit with everything outside it patched, and compare with the whole model.")
    {
        Add(model);
        Add(graph);
        examples.AddTo(this);
        foreach (var option in (Option[])[threads, memory])
        {
            Add(option);
        }

        ignoreKey.AddTo(this);
    }

    public override Task<ExitCode> RunAsync(CommandContext context)
    {
        var path = context.Get(graph);
        var ignored = ignoreKey.Of(context);
        var foreign = new ForeignKeys(ignored);
        var document = GraphFile.Read(path, foreign, context.Cancellation);
        ForeignNotes.Show(context.Console, foreign);
        using var loaded = LoadedModel.Open(context.Environment, context.Get(model), ignored, new(context.Get(threads), context.Get(memory)));
        var data = examples.Read(context, loaded);
        loaded.ShowNotes(context.Console);
        var circuit = OnModel(path, document, loaded.Transformer.Config);
        var faithfulness = loaded.Batches.Run(budget =>
        {
            using var evaluator = new CircuitEvaluator(loaded.Transformer, data.Examples, data.Metric, Ablation.Patching, budget);
            var metrics = evaluator.Evaluate([circuit], context.Cancellation)[0];
            return Faithfulness.Of(metrics, evaluator.CleanMetrics, evaluator.AblatedMetrics, [.. Enumerable.Range(0, metrics.Length)], !data.Metric.HasZero());
        });
        context.WriteResult(
            new Evaluation(
                new(faithfulness.Circuit, faithfulness.Model, faithfulness.Ablated), faithfulness.Value, faithfulness.Normalized, circuit.EdgeCount, circuit.NodeCount),
            console => Show(console, circuit, faithfulness));
        return Task.FromResult(ExitCode.Success);
    }

    /// <summary>The file's circuit on the model's own graph; the file may leave the model's width open.</summary>
    private static CircuitOfGraph OnModel(string path, GraphDocument document, ModelConfig config)
    {
        var own = new CircuitGraph(GraphShape.Of(config));
        var shape = document.Graph.Shape;
        return shape == own.Shape with { Width = shape.Width } && shape.Width is var width && (width == 0 || width == own.Shape.Width)
            ? CircuitOfGraph.Prune(own, document.ToCircuit().EdgeIndices())
            : throw new InvalidInputException(path, $"is a graph of {Describe(shape)}, and the model has {Describe(own.Shape)}; take the graph file that 'attribute' wrote for this model");
    }

    private static string Describe(GraphShape shape) =>
        $"{shape.Layers} layers × {shape.Heads} heads, {(shape.Parallel ? "parallel" : "sequential")}{(shape.Width == 0 ? "" : $", width {shape.Width}")}";

    private static void Show(IAnsiConsole console, CircuitOfGraph circuit, Faithfulness faithfulness)
    {
        var table = Tables.Create(console, "metric", "#mean");
        table.Row("circuit", Figures.Fixed(faithfulness.Circuit));
        table.Row("model", Figures.Fixed(faithfulness.Model));
        table.Row("corrupted", Figures.Fixed(faithfulness.Ablated));
        console.Write(table);
        console.WriteLine(
            $"faithfulness {Figures.Fixed(faithfulness.Value)} (normalised {Figures.Fixed(faithfulness.Normalized)}) with {Figures.Count(circuit.EdgeCount)} of {Figures.Count(circuit.Graph.Edges)} edges and {Figures.Count(circuit.NodeCount)} of {Figures.Count(circuit.Graph.Nodes)} nodes");
    }

    /// <summary>The result as scripts read it: its names don't change.</summary>
    private sealed record Evaluation(
        [property: JsonPropertyName("metric")] EvaluatedMetric Metric,
        [property: JsonPropertyName("faithfulness")] double Faithfulness,
        [property: JsonPropertyName("normalized_faithfulness")] double NormalizedFaithfulness,
        [property: JsonPropertyName("edges")] int Edges,
        [property: JsonPropertyName("nodes")] int Nodes);

    private sealed record EvaluatedMetric(
        [property: JsonPropertyName("circuit")] double Circuit,
        [property: JsonPropertyName("model")] double Model,
        [property: JsonPropertyName("corrupted")] double Corrupted);
}
