using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Comparison.Onsets;
using CircuitGrid.Experiments.Comparison.Roles;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>roles</c>: what the heads of a run's checkpoints do.</summary>
internal sealed class RolesCommand : ClientCommand
{
    private readonly Option<string> store = ExperimentOptions.FinishedRun();
    private readonly ReadingOptions reading = new();

    public RolesCommand()
        : base("roles", "Show what the heads of a run's checkpoints do, role by role.")
    {
        Add(store);
        reading.AddTo(this);
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        await using var run = await FinishedRun.OpenAsync(context, context.Get(store), reading.Of(context));
        var models = await ModelRoles.OfAsync(run.Cells, context.Cancellation);
        var tasks = await run.Cells.OnsetsAsync(context.Cancellation);
        if (models.IsEmpty)
        {
            throw new InvalidInputException(context.Get(store), "has no head scores; write 'heads: true' in the experiment and run it again");
        }

        var result = new
        {
            Heads = models.SelectMany(m => m.Checkpoints).SelectMany(Describe),
            Onsets = models.SelectMany(m => m.Roles.Select(r => Describe(m, r, tasks))),
            Threshold = RoleTrajectory.Threshold,
            Run = Onset.RunLength,
            Algorithm = models.SelectMany(m => m.Checkpoints).Select(AlgorithmView.Describe).OfType<object>(),
        };
        context.WriteResult(result, console =>
        {
            foreach (var model in models)
            {
                Show(console, model);
            }

            ShowOnsets(console, models, tasks);
            AlgorithmView.Show(console, models);
        });
        return ExitCode.Success;
    }

    /// <summary>A line for every head.</summary>
    private static IEnumerable<object> Describe(ScoredHeads scored)
    {
        var any = scored.Scores.Roles.Values.First();
        var effects = scored.Scores.Contrast is { IsThere: true } ? scored.Scores.DirectEffects : null;
        for (var layer = 0; layer < any.Layers; layer++)
        {
            for (var head = 0; head < any.Heads; head++)
            {
                var index = new HeadIndex(layer, head);
                yield return new
                {
                    scored.Cell.Id.Suite,
                    scored.Cell.Id.Model,
                    scored.Cell.Id.Step,
                    Tokens = scored.Cell.TokensSeen,
                    scored.Cell.TokensKnown,
                    Head = index.ToString(),
                    Scores = scored.Scores.Roles.ToDictionary(r => r.Key, r => r.Value[index]),
                    DirectEffect = effects?[index],
                };
            }
        }
    }

    /// <summary>When a role appears.</summary>
    private static object Describe(ModelRoles model, RoleTrajectory role, ImmutableArray<TaskOnset> tasks) => new
    {
        model.Suite,
        model.Model,
        role.Role,
        Task = RoleTrajectory.TaskOf(role.Role),
        FirstHead = role.First?.ToString(),
        Onset = OnsetText.Describe(role.Onset, model.TokensKnown),
        Order = model.OrderOf(role, tasks),
        CircuitOnset = OnsetText.Describe(role.CircuitOnset, model.TokensKnown),
        CircuitOrder = model.CircuitOrderOf(role, tasks),
    };

    private static void Show(IAnsiConsole console, ModelRoles model)
    {
        var last = model.Checkpoints[^1];
        console.WriteLine($"{model.Model} at step {Figures.Count(last.Cell.Id.Step)}: the head that scores highest in each role, and since which step it has lasted.");
        var table = Tables.Create(console, "role", "head", "#score", "#since step");
        foreach (var (role, scores) in last.Scores.Roles)
        {
            var (head, score) = Highest(scores);
            var lasting = model.Roles.FirstOrDefault(r => r.Role == role)?.Runs.FirstOrDefault(r => r.Head == head && r.Run.LostAt is null);
            table.Row(
                RoleText.Of(role),
                score > 0 ? head.ToString() : "none",
                score.ToString("f2", CultureInfo.InvariantCulture),
                lasting is null ? "" : Figures.Count(lasting.Run.By.Step));
        }

        console.Write(table);
    }

    private static void ShowOnsets(IAnsiConsole console, ImmutableArray<ModelRoles> models, ImmutableArray<TaskOnset> tasks)
    {
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"When each role appears, {TrainingTimeText.In(models.Max(m => m.TokensKnown))}: in the first head of its task's circuit, and in the sum over the circuit's heads. It appears with a run of {Onset.RunLength} checkpoints whose 95 % lower bound is above {RoleTrajectory.Threshold}; {Onset.ShortestRun} are enough where the series ends. A significant fall loses it."));
        var table = Tables.Create(console, "model", "role", "in", "appears", "order", "#midpoint");
        foreach (var model in models)
        {
            foreach (var role in model.Roles)
            {
                Row(model, role, role.First?.ToString() ?? "no head", role.Onset, model.OrderOf(role, tasks));
                Row(model, role, $"{RoleTrajectory.TaskOf(role.Role)} circuit", role.CircuitOnset, model.CircuitOrderOf(role, tasks));
            }
        }

        console.Write(table);

        void Row(ModelRoles model, RoleTrajectory role, string place, TrainingOnset onset, OnsetOrder order) =>
            table.Row(model.Model, RoleText.Of(role.Role), place, OnsetText.Of(onset, model.TokensKnown), OnsetText.Of(order), OnsetText.Of(onset.Rise, model.TokensKnown));
    }

    private static (HeadIndex Head, double Score) Highest(HeadTable scores) => scores.Where(_ => true).Select(h => (h, scores[h])).MaxBy(s => s.Item2);
}
