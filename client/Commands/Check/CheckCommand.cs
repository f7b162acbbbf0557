using System.CommandLine;
using CircuitGrid.Circuits.Published;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Client.Commands;

/// <summary><c>check</c>: whether a public checkpoint gives the numbers that others have published for it.</summary>
internal sealed class CheckCommand : ClientCommand
{
    private readonly Argument<string?> model = new("MODEL")
    {
        Description = "Checkpoint's folder, or a model on the hub: hf:ORGANIZATION/NAME.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> named = new("--as") { Description = "The published model that it is, where its name doesn't say so.", HelpName = "NAME" };
    private readonly Option<bool> list = new("--list") { Description = "List the models that there are numbers for, in place of checking one." };
    private readonly Option<bool> all = new("--all") { Description = "Show every value, not only the furthest off of each entry." };
    private readonly IgnoreKeyOption ignoreKey = new();
    private readonly Option<string?> device = CommonOptions.Device();
    private readonly Option<WeightPrecision> precision = CommonOptions.Precision();
    private readonly Option<int?> threads = CommonOptions.Threads();
    private readonly Option<long?> memory = CommonOptions.Memory();

    public CheckCommand()
        : base("check", "Compare what a public checkpoint gives with the numbers that others have published for it.")
    {
        Add(model);
        foreach (var option in (Option[])[named, list, all, device, precision, threads, memory])
        {
            Add(option);
        }

        ignoreKey.AddTo(this);
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        if (context.Get(list))
        {
            Option[] others = [named, all, device, precision, threads, memory];
            return (context.Get(model) ?? others.FirstOrDefault(o => context.Arguments.GetResult(o) is { Implicit: false })?.Name) is { } given
                ? throw new InvalidInputException("--list", $"checks nothing; leave out {given}, or leave out --list")
                : List(context);
        }

        var argument = context.Get(model)
            ?? throw new InvalidInputException("MODEL", "isn't given; name a checkpoint's folder or a model on the hub, or see with --list what there are numbers for");
        var ignored = ignoreKey.Of(context);
        var target = await CheckTarget.FindAsync(context, argument, context.Get(named), ignored);
        var settings = new ComputeSettings(context.Get(threads), context.Get(memory)) { Device = context.Get(device) ?? DeviceRequest.Cpu, Precision = context.Get(precision) };
        using var loaded = LoadedModel.Open(context.Environment, target.Folder, ignored, settings, target.Kind);
        var family = loaded.Transformer.Config.Family;
        if (family.ModelType != target.Model.Family)
        {
            throw new InvalidInputException(argument, $"is a model of type {family.ModelType}, and {target.Model.Name} one of type {target.Model.Family}");
        }

        var path = target.TokenizerPath ?? loaded.TokenizerPath;
        var subject = new CheckSubject
        {
            Model = loaded.Transformer,
            Precision = settings.Precision,
            Folder = target.Folder,
            TokenizerPath = path,
            Tokenizer = path is null ? null : new Lazy<Tokenizer>(() => loaded.LoadTokenizer(path)),
        };
        var entries = await ShareBar.RunAsync(context, "check", progress => CheckAll(target.Model, subject, progress, context.Cancellation));
        loaded.ShowNotes(context.Environment.Diagnostics);
        var result = new CheckResult(target, settings.Precision, entries);
        context.WriteResult(result.ForPrograms(), console => CheckTable.Show(console, result, context.Get(all)));
        return result.Passed ? ExitCode.Success : ExitCode.WorkFailed;
    }

    private static List<CheckedEntry> CheckAll(PublishedModel model, CheckSubject subject, IProgress<double>? progress, CancellationToken cancellation)
    {
        var done = new List<CheckedEntry>();
        foreach (var entry in model.Entries)
        {
            cancellation.ThrowIfCancellationRequested();
            done.Add(entry.Check(subject, cancellation));
            progress?.Report((double)done.Count / model.Entries.Length);
        }

        return done;
    }

    private static ExitCode List(CommandContext context)
    {
        var models = context.Environment.Published.Value.Models;
        context.WriteResult(
            models.Select(m => new
            {
                m.Name,
                Aliases = m.Aliases.ToArray(),
                m.Family,
                m.Revision,
                Entries = m.Entries.Select(e => new { e.Heading.Id, e.Kind, Values = e.Count, Precision = SpecNames.Precision.Of(e.Heading.Precision), Source = e.Heading.Source.ToString(), e.Heading.Note, e.Heading.Doubt }),
            }),
            console =>
            {
                var table = Tables.Create(console, "model", "also called", "type", "#values", "what");
                foreach (var m in models)
                {
                    var kinds = m.Entries.GroupBy(e => CheckTable.KindWord(e.Kind), StringComparer.Ordinal).Select(g => $"{g.Key}: {Figures.Count(g.Sum(e => e.Count))}");
                    table.Row(m.Name, string.Join(", ", m.Aliases), m.Family, Figures.Count(m.Entries.Sum(e => e.Count)), string.Join(", ", kinds));
                }

                console.Write(table);
            });
        return ExitCode.Success;
    }
}
