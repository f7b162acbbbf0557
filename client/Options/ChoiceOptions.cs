using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Client.Options;

/// <summary>Which of an experiment's cells are meant: <c>--models</c>, <c>--tasks</c> and <c>--checkpoints</c>.</summary>
internal sealed class ChoiceOptions
{
    private const string ModelsName = "--models";
    private const string TasksName = "--tasks";
    private const string CheckpointsName = "--checkpoints";

    private readonly Option<string?> models = new(ModelsName) { Description = "Models, with commas between them, in place of the experiment's.", HelpName = "NAMES" };
    private readonly Option<string?> tasks = new(TasksName) { Description = "Tasks, with commas between them, in place of the experiment's: its own or the library's, e.g. ioi,sva.", HelpName = "NAMES" };
    private readonly Option<string?> checkpoints = new(CheckpointsName)
    {
        Description = $"Checkpoints in place of the experiment's: all, steps with commas between them, or a schedule ({string.Join(", ", CheckpointSelection.Names.Where(n => n != "all"))}).",
        HelpName = "STEPS",
    };

    public void AddTo(Command command)
    {
        command.Add(models);
        command.Add(tasks);
        command.Add(checkpoints);
    }

    /// <summary>What is asked for.</summary>
    /// <exception cref="InvalidInputException">A list is empty, or the checkpoints are neither steps nor a schedule.</exception>
    public CellChoice Of(CommandContext context) => new(
        Names(context, models, ModelsName),
        Names(context, tasks, TasksName),
        context.Get(checkpoints) is { } text ? Checkpoints(text) : null);

    /// <summary>The options as they were given, for a command that goes on where this one ends.</summary>
    public IEnumerable<string> Again(CommandContext context) =>
        new[] { (ModelsName, models), (TasksName, tasks), (CheckpointsName, checkpoints) }.SelectMany(o => context.Get(o.Item2) is { } text ? (string[])[o.Item1, text] : []);

    private static ImmutableArray<string>? Names(CommandContext context, Option<string?> option, string name)
    {
        if (context.Get(option) is not { } text)
        {
            return null;
        }

        ImmutableArray<string> names = [.. text.Split(',').Select(n => n.Trim())];
        return names.Any(n => n.Length == 0) ? throw new InvalidInputException($"{name} {text}", "has an empty name in it; names have commas between them")
            : names.Distinct(StringComparer.Ordinal).Count() < names.Length ? throw new InvalidInputException($"{name} {text}", "names one twice")
            : names;
    }

    private static CheckpointSelection Checkpoints(string text)
    {
        if (text == "all")
        {
            return CheckpointSelection.All;
        }

        if (CheckpointSelection.Named(text) is { } schedule)
        {
            return schedule;
        }

        var steps = new List<int>();
        foreach (var part in text.Split(','))
        {
            steps.Add(int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
                ? step
                : throw new InvalidInputException($"{CheckpointsName} {text}", $"is neither 'all', nor steps such as 0,1000,2000, nor a schedule{NearestName.Hint(text, CheckpointSelection.Names)}"));
        }

        return CheckpointSelection.Of(steps);
    }
}
