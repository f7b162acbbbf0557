using System.CommandLine;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Comparison.Roles;
using CircuitGrid.Models.Files;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>export</c>: a run's cells, edges, pairs, onsets and heads as tables for other programs.</summary>
internal sealed class ExportCommand : ClientCommand
{
    private static readonly string[] names =
    [
        "cells.csv", "edges.csv", "pairs.csv", "onsets.csv", "scale.csv", "heads.csv", "roles.csv", "role_onsets.csv", "role_distances.csv", "head_matches.csv", "algorithm.csv",
    ];

    private readonly Option<string> store = ExperimentOptions.FinishedRun();
    private readonly ReadingOptions reading = new(chooses: true);
    private readonly Option<bool> csv = new("--csv") { Description = "Write comma-separated values, which is what is written in any case." };
    private readonly Option<string> output = new("--out")
    {
        Description = "Folder for the tables, cells.csv, edges.csv and so on. Default: the current one.",
        HelpName = "FOLDER",
        DefaultValueFactory = _ => ".",
    };

    private readonly Option<bool> stored = new("--stored") { Description = "Use nothing but the stored results: don't run circuits on each other's model." };

    public ExportCommand()
        : base("export", "Write a run's cells, its circuits' edges, its pairs of checkpoints, its tasks' onsets and its heads' roles as tables.")
    {
        Add(store);
        reading.AddTo(this);
        Add(csv);
        Add(output);
        Add(stored);
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        var folder = context.Get(output) is { Length: > 0 } named ? named : throw new InvalidInputException("--out", "names no folder: it is an empty text");
        string[] files = [.. names.Select(name => Path.Combine(folder, name))];
        foreach (var file in files)
        {
            OutputFile.Prepare(file);
        }

        await using var run = await FinishedRun.OpenAsync(context, context.Get(store), reading.Of(context));
        List<string> cells = [CellTable.Heading], edges = [EdgeTable.Heading], pairs = [PairTable.Heading], onsets = [OnsetTable.Heading], scale = [ScaleTable.Heading];
        await foreach (var cell in run.Cells.ReadAllAsync(context.Cancellation))
        {
            cells.Add(CellTable.Row(cell));
            edges.AddRange(EdgeTable.Rows(cell));
        }

        var compared = await ShareBar.RunAsync(
            context, "circuits on each other's model", progress => run.Cells.CompareAsync(context.Get(stored) ? null : long.MaxValue, progress, context.Cancellation));
        pairs.AddRange(compared.Select(PairTable.Row));
        var tasks = await run.Cells.OnsetsAsync(context.Cancellation);
        onsets.AddRange(tasks.Select(OnsetTable.Row));
        scale.AddRange((await run.CompareAsync(context.Cancellation)).Read((_, scales) => scales.SelectMany(s => ScaleTable.Rows(s.Key, s.Value)).ToList()));
        var models = await ModelRoles.OfAsync(run.Cells, context.Cancellation);
        List<string> heads = [HeadScoreTable.Heading, .. models.SelectMany(m => m.Checkpoints).SelectMany(HeadScoreTable.Rows)];
        List<string> roles = [RoleTable.Heading, .. models.SelectMany(RoleTable.Rows)];
        List<string> roleOnsets = [RoleOnsetTable.Heading, .. models.SelectMany(m => RoleOnsetTable.Rows(m, tasks))];
        (ModelRoles First, ModelRoles Second)[] two = [.. models.SelectMany((m, i) => models.Skip(i + 1).Select(other => (m, other)))];
        List<string> distances = [RoleDistanceTable.Heading, .. two.SelectMany(t => RoleDistanceTable.Rows(t.First, t.Second))];
        List<string> matches = [HeadMatchTable.Heading, .. two.SelectMany(t => HeadMatchTable.Rows(t.First, t.Second))];
        List<string> algorithm = [AlgorithmTable.Heading, .. models.SelectMany(m => m.Checkpoints).Select(AlgorithmTable.Row).OfType<string>()];
        using (var tables = new OutputSet())
        {
            foreach (var (file, lines) in files.Zip([cells, edges, pairs, onsets, scale, heads, roles, roleOnsets, distances, matches, algorithm]))
            {
                tables.Add(file, stream => Write(stream, lines));
            }

            tables.Commit(context.Cancellation);
        }

        context.WriteResult(
            new { Files = files, Cells = cells.Count - 1, Edges = edges.Count - 1, Pairs = pairs.Count - 1, Onsets = onsets.Count - 1, Heads = heads.Count - 1 },
            console => console.WriteLine(
                $"{Figures.Count(cells.Count - 1)} cells, {Figures.Count(edges.Count - 1)} edges, {Figures.Count(pairs.Count - 1)} pairs, {Figures.Count(onsets.Count - 1)} onsets and {Figures.Count(heads.Count - 1)} heads' scores in {string.Join(", ", files.Select(VisibleText.OnOneLine))}"));
        return ExitCode.Success;
    }

    private static void Write(Stream stream, List<string> lines)
    {
        using var text = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        lines.ForEach(text.WriteLine);
    }
}
