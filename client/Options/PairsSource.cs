using System.CommandLine;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Client.Commands;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;
using Spectre.Console;

namespace CircuitGrid.Client.Options;

/// <summary>The options by which a command is given examples of one's own.</summary>
internal sealed class PairsSource
{
    private readonly Option<string> pairs = new("--pairs")
    {
        Description = "Examples, one JSON object a line: clean, corrupted, correct, incorrect, optional position and template. Or a CSV of the EAP-IG data sets.",
        HelpName = "FILE.jsonl",
        Required = true,
    };

    private readonly Option<MetricKind> metric = NamedOption.Create("--metric", SpecNames.Metric, "What the task is measured by at the answer position.");
    private readonly Option<bool> bos = new("--bos") { Description = "Put the begin token that config.json or the tokenizer names before both prompts of every example." };
    private readonly Option<string[]> ignored = new("--ignore-column")
    {
        Description = "Column or key of the pairs file to pass over. May be given several times.",
        HelpName = "NAME",
    };

    public PairsSource() => metric.Required = true;

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[pairs, metric, bos, ignored])
        {
            command.Add(option);
        }
    }

    /// <summary>Reads the examples for a model.</summary>
    /// <exception cref="InvalidInputException">The file can't be used, or a prompt doesn't fit the model.</exception>
    public TaskDataset Read(CommandContext context, LoadedModel model)
    {
        var data = model.ReadPairs(
            context.Get(pairs),
            context.Get(metric),
            new() { PrependBos = context.Get(bos), IgnoreColumns = [.. context.Get(ignored) ?? []] },
            context.Cancellation);
        foreach (var note in data.Notes)
        {
            context.Environment.Diagnostics.WriteLine($"{context.Get(pairs)}: {note}");
        }

        return data;
    }
}
