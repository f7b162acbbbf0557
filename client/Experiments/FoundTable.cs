using CircuitGrid.Client.Output;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Models.Suites;
using Spectre.Console;

namespace CircuitGrid.Client.Experiments;

/// <summary>What was found, in a line for every task and model: from when on there is a circuit, and the last checkpoint's.</summary>
internal static class FoundTable
{
    /// <summary>Writes the table, and below it what is to be known of its tokens.</summary>
    public static void Write(IAnsiConsole console, ReportDocument report)
    {
        console.Write(Create(console, report));
        if (TrainingTimeText.Note(report.TokensKnown) is { } known)
        {
            console.WriteLine(known);
        }
    }

    private static Table Create(IAnsiConsole console, ReportDocument report)
    {
        var isTimed = report.TokensKnown != TokensKnown.Unknown;
        var table = Tables.Create(console, "task", "model", isTimed ? "#by token" : "#by step", "state", "#metric", "#edges", "#of all", "#judged");
        table.Columns[0].NoWrap = table.Columns[1].NoWrap = true;
        foreach (var task in report.Tasks)
        {
            foreach (var model in report.Models)
            {
                var cells = report.Cells
                    .Where(c => string.Equals(c.Task, task.Name, StringComparison.Ordinal) && string.Equals(c.Model, model.Name, StringComparison.Ordinal))
                    .OrderBy(c => c.Step)
                    .ToList();
                if (cells is [.., var last])
                {
                    table.Row(
                        task.Name,
                        model.Name,
                        cells.Find(IsReached) is { } first ? (isTimed ? Figures.Tokens(first.Tokens) : Figures.Count(first.Tokens)) : "–",
                        StateText(last.State),
                        Figures.Fixed(last.Metric ?? double.NaN),
                        last.Edges is { } edges ? Figures.Count(edges) : "–",
                        Figures.Percent(last.EdgeShare ?? double.NaN),
                        Figures.Fixed(last.FaithfulnessJudged ?? double.NaN));
                }
            }
        }

        return table;
    }

    private static string StateText(string state) =>
        string.Equals(state, TaskStates.NameOf(TaskState.NoTask), StringComparison.Ordinal) ? "no task"
        : string.Equals(state, TaskStates.NameOf(TaskState.OneExample), StringComparison.Ordinal) ? "one example"
        : state;

    private static bool IsReached(ReportCell cell) => string.Equals(cell.Status, "reached", StringComparison.Ordinal);
}
