using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Web.Api;

/// <summary>What a client asks for in JSON; YAML alone asks for the same without a watch.</summary>
/// <param name="Yaml">The experiment's text.</param>
/// <param name="Watch">Whether to go on with every new checkpoint.</param>
public sealed record ExperimentRequest(string? Yaml, bool Watch = false);

/// <summary>How far an experiment is.</summary>
public sealed record ProgressResource(int Total, int Kept, int Finished, int Failed, int Running, int Waiting, double ElapsedSeconds, double? LeftSeconds)
{
    public static ProgressResource Of(GridProgress progress) => new(
        progress.Total,
        progress.Kept,
        progress.Finished,
        progress.Failed,
        progress.Running,
        progress.Waiting,
        progress.Elapsed.TotalSeconds,
        progress.Left?.TotalSeconds);

    /// <summary>The progress that this says.</summary>
    public GridProgress ToProgress() => new(
        Total, Kept, Finished, Failed, Running, TimeSpan.FromSeconds(ElapsedSeconds), LeftSeconds is { } left ? TimeSpan.FromSeconds(left) : null);
}

/// <summary>An experiment of the server.</summary>
/// <param name="Yaml">Its text; left out of lists.</param>
/// <param name="Notice">What hinders it at the moment, for people.</param>
public sealed record ExperimentResource(
    string Id, string Name, HostedPhase Phase, bool Watching, DateTimeOffset Started, ProgressResource Progress, string? Fault, string? Yaml, string? Notice = null)
{
    public static ExperimentResource Of(HostedExperiment experiment, bool withText) => new(
        experiment.Id,
        experiment.Name,
        experiment.Phase,
        experiment.Watching,
        experiment.Started,
        ProgressResource.Of(experiment.Progress),
        experiment.Fault,
        withText ? experiment.Yaml : null,
        experiment.Notice);
}

/// <summary>What an experiment is called by.</summary>
public sealed record IdentityResource(string Id, string Name);

/// <summary>Whether a cancelled experiment had been running.</summary>
public sealed record CancelResource(string Id, bool WasRunning);

/// <summary>A cell of an experiment, and what is to be done about it.</summary>
/// <param name="Cell">Its name, <c>suite/model@step/task</c>.</param>
/// <param name="Tokens">Tokens the checkpoint has seen; <see langword="null"/> where nobody knows them.</param>
/// <param name="Key">Where its result is or will be; <see langword="null"/> where it can't be computed.</param>
/// <param name="Stage">The model's stage of training; <see langword="null"/> where there is one only.</param>
/// <param name="Branch">The stage's branch; <see langword="null"/> where it has none.</param>
/// <param name="Seed">The seed; <see langword="null"/> where names say none.</param>
/// <param name="TokensKnown">How <paramref name="Tokens"/> are known.</param>
public sealed record CellResource(
    string Cell,
    string Model,
    int Step,
    string Task,
    long? Tokens,
    CellAction Action,
    PlanReason Reason,
    string Why,
    double ForecastSeconds,
    string? Key,
    string? Stage,
    string? Branch,
    string? Seed,
    TokensKnown TokensKnown)
{
    public static CellResource Of(PlannedCell cell, SuiteModel model) => new(
        cell.Id.ToString(),
        cell.Id.Model,
        cell.Id.Step,
        cell.Id.Task,
        cell.TokensSeen,
        cell.Action,
        cell.Reason,
        cell.Why,
        cell.Forecast,
        cell.Fingerprint?.Key.Value,
        model.Stage,
        model.Branch,
        model.Seed,
        cell.TokensKnown);
}

/// <summary>A part of a list.</summary>
/// <param name="Items">The part.</param>
/// <param name="Total">Items of the whole list.</param>
/// <param name="Offset">Items before the part.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, int Total, int Offset);

/// <summary>A checkpoint of a plan.</summary>
/// <param name="Done">Its cells that have their result.</param>
/// <param name="Total">Its cells.</param>
/// <param name="Tasks">The tasks of the cells that have their result; head scores are <c>heads</c>.</param>
public sealed record CheckpointResource(string Model, int Step, int Done, int Total, IReadOnlyList<string> Tasks);

/// <summary>A cell that failed or can't be computed, and why.</summary>
public sealed record FailureResource(string Cell, string Reason);

/// <summary>Which results of an experiment are there and which are missing.</summary>
/// <param name="CellsPerCheckpoint">Cells of every checkpoint.</param>
/// <param name="TokensKnown">How tokens are known, as for the cell of which least is known.</param>
/// <param name="LeftOut">What looks like a checkpoint of the suite and isn't analysed.</param>
/// <param name="OthersLeftOut">How much else in the suite's folder isn't analysed.</param>
public sealed record PlanResource(
    string Id,
    string Experiment,
    int Cells,
    int Done,
    int Missing,
    int Failed,
    double ForecastSeconds,
    int CellsPerCheckpoint,
    IReadOnlyList<string> Notes,
    IReadOnlyList<CheckpointResource> Checkpoints,
    IReadOnlyList<FailureResource> Failures,
    TokensKnown TokensKnown,
    IReadOnlyList<ReportLeftOut> LeftOut,
    int OthersLeftOut)
{
    public static PlanResource Of(GridPlan plan)
    {
        var failed = plan.Cells.Where(c => c.Reason is PlanReason.FailedBefore or PlanReason.Unusable).ToList();
        return new(
            ExperimentTexts.IdOf(plan.Experiment),
            plan.Experiment.Name,
            plan.Cells.Count(),
            plan.Count(CellAction.Keep),
            plan.Count(CellAction.Run),
            failed.Count,
            plan.Forecast.TotalSeconds,
            plan.Experiment.CellsPerCheckpoint,
            [.. plan.Notes],
            [.. plan.Checkpoints.Select(c => Of(c))],
            [.. failed.Select(c => new FailureResource(c.Id.ToString(), c.Why))],
            plan.TokensKnown,
            ReportLeftOut.Of(plan),
            plan.Suite.LeftOut.Count(l => !l.IsCheckpoint));
    }

    private static CheckpointResource Of(PlannedCheckpoint checkpoint)
    {
        string[] done = [.. checkpoint.Cells.Where(c => c.Action == CellAction.Keep).Select(c => c.Id.Task)];
        return new(checkpoint.Model.Name, checkpoint.Step, done.Length, checkpoint.Cells.Length, done);
    }
}

/// <summary>An event of an experiment, as a stream of server-sent events carries it.</summary>
public sealed record EventResource(long Sequence, GridEventKind Kind, string? Cell, string? Message, ProgressResource Progress, HostedOutcome? Outcome)
{
    public static EventResource Of(HostedEvent happened) =>
        new(happened.Sequence, happened.Kind, happened.Cell?.ToString(), happened.Message, ProgressResource.Of(happened.Progress), happened.Outcome);

    /// <summary>The event that this says.</summary>
    public HostedEvent ToEvent() => new(
        Sequence, Kind, Cell is not null && CellId.TryParse(Cell, out var id) ? id : null, Message, Progress.ToProgress(), Outcome);
}
