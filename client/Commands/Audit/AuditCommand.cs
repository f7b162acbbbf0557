using System.CommandLine;
using System.Globalization;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Audit;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>audit</c>: whether a suite's checkpoints are what their names say.</summary>
internal sealed class AuditCommand : ClientCommand
{
    private readonly Argument<string> suite = new("SUITE") { Description = "Folder of checkpoints, or an experiment file (YAML), whose suite is meant." };
    private readonly Option<string?> store = ExperimentOptions.Store();
    private readonly ReadingOptions reading = new();
    private readonly Option<bool> weights = new("--weights") { Description = "Read the weights that no run has looked at yet." };
    private readonly Option<bool> compareKinds = new("--compare-kinds") { Description = "Read every kind of weight file where a checkpoint has several, and compare them." };

    public AuditCommand()
        : base("audit", "Check whether checkpoints are what their names say, before anything is compared.")
    {
        Add(suite);
        Add(store);
        reading.AddTo(this);
        Add(weights);
        Add(compareKinds);
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        var argument = ExperimentArgument.Read(context, context.Get(suite), reading.Of(context));
        var options = new AuditOptions(context.Get(weights), context.Get(compareKinds), argument.Experiment.Accept);
        var file = argument.StoreOf(context, context.Get(store));
        var reads = options.Weights || options.CompareKinds;
        context.WhenStopped = reads ? "what was read so far is noted; the same command goes on from there" : "nothing was changed";
        if (reads && context.Get(store) is null)
        {
            await argument.KeepAsync(context);
        }

        await using var session = reads ? GridSession.Open(context, argument.Experiment, file) : GridSession.OpenForReading(context, argument.Experiment, file);
        var audit = await ShareBar.RunAsync(context, "audit", progress => session.AuditAsync(options, progress, context.Cancellation));
        if (audit.Checkpoints == 0)
        {
            throw new InvalidInputException(context.Get(suite), $"has no checkpoints{(audit.Suite.LeftOut.IsEmpty ? "" : $": {audit.Suite.LeftOut[0]}")}");
        }

        context.WriteResult(
            new
            {
                Suite = audit.Suite.Name,
                audit.Checkpoints,
                WeightsKnown = audit.Known,
                Findings = audit.Findings.Select(f => new
                {
                    f.Model,
                    f.Step,
                    Kind = AuditKindNames.Of(f.Kind),
                    f.Text,
                    f.IsLeftOut,
                    KnownDefect = f.Known?.Text,
                    f.Known?.Source,
                }),
                LeftOut = audit.Suite.LeftOut.Select(l => new { l.Model, l.Name, l.Reason }),
                Notes = audit.Suite.Notes.ToArray(),
            },
            console => Show(console, audit, [context.Get(suite), .. reading.Again(context)]));
        return audit.Findings.Any(f => f.IsLeftOut || f.Kind == AuditKind.Unusable) ? ExitCode.WorkFailed : ExitCode.Success;
    }

    private static void Show(IAnsiConsole console, SuiteAudit audit, string[] arguments)
    {
        if (!audit.Findings.IsEmpty)
        {
            var table = Tables.Create(console, "checkpoint", "found", "compared");
            foreach (var finding in audit.Findings)
            {
                table.Row(
                    string.Create(CultureInfo.InvariantCulture, $"{finding.Model}@{finding.Step}"),
                    finding.Explained,
                    finding.IsLeftOut ? "left out" : finding.Kind switch { AuditKind.Unusable => "no", AuditKind.Settings => "not across it", _ => "yes" });
            }

            console.Write(table);
        }

        if (!audit.Suite.LeftOut.IsEmpty)
        {
            var table = Tables.Create(console, "not taken", "why");
            foreach (var left in audit.Suite.LeftOut)
            {
                table.Row(left.Model.Length == 0 ? left.Name : $"{left.Model}/{left.Name}", left.Reason);
            }

            console.Write(table);
        }

        foreach (var note in audit.Suite.Notes)
        {
            console.WriteLine(note);
        }

        console.WriteLine(
            $"{Figures.Count(audit.Checkpoints)} checkpoints of {audit.Suite.Models.Length} models; "
            + (audit.Known == audit.Checkpoints ? "the weights of all were looked at."
                : $"the weights of {Figures.Count(audit.Known)} were looked at. {CommandHint.Of(["audit", .. arguments, "--weights"])} reads the others."));
        if (audit.Findings.IsEmpty)
        {
            console.WriteLine(audit.Known == audit.Checkpoints ? "Nothing was found." : "Nothing was found in names and files.");
        }
    }
}
