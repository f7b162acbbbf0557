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
using CircuitGrid.Experiments.Comparison.Roles;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>roles</c>: what the heads of a run's checkpoints do.</summary>
internal sealed class RolesCommand : ClientCommand
{
    /// <summary>Share of a role's last score that it must have reached to count as there (Tigges et al. 2024).</summary>
    private const double Emerged = 0.33;

    private readonly Option<string> store = ExperimentOptions.FinishedRun();
    private readonly IgnoreKeyOption ignoreKey = new();

    public RolesCommand()
        : base("roles", "Show what the heads of a run's checkpoints do, role by role.")
    {
        Add(store);
        ignoreKey.AddTo(this);
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        await using var run = await FinishedRun.OpenAsync(context, context.Get(store), ignoreKey.Of(context));
        var models = await ModelRoles.OfAsync(run.Cells, context.Cancellation);
        if (models.IsEmpty)
        {
            throw new InvalidInputException(context.Get(store), "has no head scores; write 'heads: true' in the experiment and run it again");
        }

        var result = new
        {
            Heads = models.SelectMany(m => m.Checkpoints).SelectMany(Describe),
            Onsets = models.SelectMany(m => m.Roles.Select(r => Describe(m, r))),
            Algorithm = models.SelectMany(m => m.Checkpoints).Select(AlgorithmView.Describe).OfType<object>(),
        };
        context.WriteResult(result, console =>
        {
            foreach (var model in models)
            {
                Show(console, model.Model, model.Checkpoints);
            }

            ShowOnsets(console, models);
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
                    scored.Cell.Tokens,
                    Head = index.ToString(),
                    Scores = scored.Scores.Roles.ToDictionary(r => r.Key, r => r.Value[index]),
                    DirectEffect = effects?[index],
                };
            }
        }
    }

    /// <summary>When a role appears.</summary>
    private static object Describe(ModelRoles model, RoleTrajectory role) => new
    {
        model.Suite,
        model.Model,
        role.Role,
        Task = RoleTrajectory.TaskOf(role.Role),
        FirstHead = role.First?.ToString(),
        role.Onset,
        role.CircuitOnset,
    };

    private static void Show(IAnsiConsole console, string model, ImmutableArray<ScoredHeads> byStep)
    {
        var last = byStep[^1];
        console.WriteLine($"{model} at step {Figures.Count(last.Cell.Id.Step)}: the head that scores highest in each role, and since when any head had a third of its score.");
        var table = Tables.Create(console, "role", "head", "#score", "#since step");
        foreach (var (role, scores) in last.Scores.Roles)
        {
            var (head, score) = Highest(scores);
            var since = byStep.FirstOrDefault(s => s.Scores.Roles.TryGetValue(role, out var earlier) && Highest(earlier).Score >= Emerged * score);
            table.Row(
                RoleText.Of(role),
                score > 0 ? head.ToString() : "none",
                score.ToString("f2", CultureInfo.InvariantCulture),
                score > 0 && since is not null ? Figures.Count(since.Cell.Id.Step) : "");
        }

        console.Write(table);
    }

    private static void ShowOnsets(IAnsiConsole console, ImmutableArray<ModelRoles> models)
    {
        console.WriteLine("When each role appears: in the first head of its task's circuit to have it, and in the sum over the circuit's heads; in tokens at a third of the maximum and at the midpoint of a fitted rise, with 95 % intervals.");
        var table = Tables.Create(console, "model", "role", "in", "#from token", "#midpoint");
        foreach (var model in models)
        {
            foreach (var role in model.Roles)
            {
                foreach (var (place, onset) in new[] { (role.First?.ToString() ?? "no head", role.Onset), ($"{RoleTrajectory.TaskOf(role.Role)} circuit", role.CircuitOnset) })
                {
                    table.Row(model.Model, RoleText.Of(role.Role), place, Between(onset.First, onset.FirstInterval), Between(onset.Midpoint, onset.MidpointInterval));
                }
            }
        }

        console.Write(table);
    }

    private static string Between(double value, Interval? interval) =>
        interval is { } known ? $"{Figures.Tokens(value)} ({Figures.Tokens(known.Low)} to {Figures.Tokens(known.High)})" : Figures.Tokens(value);

    private static (HeadIndex Head, double Score) Highest(HeadTable scores) => scores.Where(_ => true).Select(h => (h, scores[h])).MaxBy(s => s.Item2);
}
