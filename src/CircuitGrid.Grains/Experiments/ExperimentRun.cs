using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Grains.Checkpoints;
using CircuitGrid.Grains.Hosting;
using CircuitGrid.Grains.Suites;

namespace CircuitGrid.Grains.Experiments;

/// <summary>
/// What an experiment's grain knows while it is active: which cells wait, which jobs are out, what is done. It can be made anew at any time
/// from the store and the silos' own word.
/// </summary>
internal sealed class ExperimentRun
{
    private const int RememberedJobs = 256;

    private readonly TimeProvider time;
    private readonly Queue<PendingCheckpoint> waiting = new();
    private readonly Dictionary<string, SentJob> sent = new(StringComparer.Ordinal);

    /// <summary>The jobs that ended last: word of them may still be on its way, and must not be taken for word of a job unheard of.</summary>
    private readonly Queue<string> ended = new();
    private readonly Dictionary<(string Model, string Task), int> budgets = [];
    private readonly ArrivedResults results = new();
    private readonly Dictionary<(string Model, int Step), PlannedCheckpoint> checkpoints = [];
    private readonly WatchHistory history;
    private readonly TransferNotes transfers;

    private readonly SiloRefusals refusals = new();

    /// <summary>What was last said of why cells come back.</summary>
    private string? hindrance;

    /// <param name="options">Settings.</param>
    /// <param name="time">The clock.</param>
    /// <param name="started">When the experiment was started.</param>
    /// <param name="spec">The experiment.</param>
    /// <param name="watched">The files of a checkpoint's folder, where they are watched; <see langword="null"/> for an experiment that doesn't watch.</param>
    /// <param name="events">What has happened before; <see langword="null"/> for nothing.</param>
    public ExperimentRun(ClusterOptions options, TimeProvider time, DateTimeOffset started, ExperimentSpec spec, Func<string, FolderState?>? watched = null, EventLog? events = null)
    {
        this.time = time;
        Spec = spec;
        Progress = new(time, started);
        Events = events ?? new(options.RememberedEvents);
        transfers = new(Events, Progress, time);
        history = new(isWatching: watched is not null, watched ?? (_ => null), Notice);
    }

    public ExperimentSpec Spec { get; }

    public ProgressBook Progress { get; }

    public EventLog Events { get; }

    /// <summary>The silo that plans it, as people are told; <see langword="null"/> where there is only one.</summary>
    public string? PlannedOn { get; init; }

    /// <summary>Which silos can't compute what.</summary>
    public SiloRefusals Refusals => refusals;

    /// <summary>Some checkpoint isn't any more what it was when it was planned.</summary>
    public bool NeedsPlan { get; private set; } = true;

    /// <summary>Weights have been read since checkpoints were judged: what they are worth may be otherwise.</summary>
    public bool NeedsJudgement { get; private set; }

    /// <summary>Jobs that are out.</summary>
    public IReadOnlyCollection<SentJob> Sent => sent.Values;

    /// <summary>Whether a job is still out; word of it may come late.</summary>
    public bool Has(SentJob job) => sent.ContainsKey(job.Id);

    /// <summary>Nothing waits and nothing is out.</summary>
    public bool IsIdle => waiting.Count == 0 && sent.Count == 0;

    /// <summary>Results by model and task.</summary>
    public IReadOnlyDictionary<(string Model, string Task), SortedDictionary<int, CellArrival>> Results => results.All;

    /// <summary>Keys of the results that have arrived.</summary>
    public IEnumerable<CellKey> Keys => results.All.Values.SelectMany(steps => steps.Values).Select(arrival => new CellKey(arrival.Key)).Distinct();

    /// <summary>Has everything planned again from what the store holds.</summary>
    /// <param name="reason">Why, for people; <see langword="null"/> where nothing is wrong.</param>
    public void PlanAgain(string? reason)
    {
        NeedsPlan = true;
        if (reason is not null)
        {
            Notice(reason);
        }
    }

    /// <summary>Says what people should know.</summary>
    public void Notice(string note) => Events.Add(GridEventKind.Noticed, cell: null, note, Progress.View());

    /// <summary>
    /// Takes over a plan. Cells of jobs that are out stay with those, as long as they are what was sent; what isn't planned any more is forgotten. What failed before
    /// and is as it was then isn't tried again.
    /// </summary>
    public void Take(GridPlan plan)
    {
        (NeedsPlan, NeedsJudgement) = (false, false);
        plan = history.Apply(plan);
        var planned = plan.Checkpoints.ToDictionary(c => (c.Model.Name, c.Step));
        var steps = plan.Checkpoints.Select(c => (c.Model.Name, c.Step)).ToHashSet();
        foreach (var gone in checkpoints.Keys.Where(c => !steps.Contains(c)).ToList())
        {
            checkpoints.Remove(gone);
            results.Withdraw(gone.Model, gone.Step);
        }

        foreach (var job in sent.Values)
        {
            var now = planned.GetValueOrDefault((job.Checkpoint.Model.Name, job.Checkpoint.Step));
            if (now is not null && IsKnownAs(now, job.Checkpoint))
            {
                job.Know(now.Known!);
            }

            foreach (var (task, cell) in job.Open.Where(c => !(KeyOf(now, c.Value.Id, job.Checkpoint) is { } key && key == c.Value.Fingerprint!.Key)).ToList())
            {
                job.Open.Remove(task);
                Stop(job, cell);
            }
        }

        SayDifferences(plan);
        Progress.Plan(plan);
        waiting.Clear();
        foreach (var checkpoint in plan.Checkpoints)
        {
            Queue(checkpoint);
        }

        Events.Add(GridEventKind.Planned, cell: null, message: null, Progress.View());
        TellSkipped(plan.Checkpoints);
    }

    /// <summary>The checkpoints that are planned.</summary>
    public IReadOnlyCollection<PlannedCheckpoint> Checkpoints => checkpoints.Values;

    /// <summary>Whether a checkpoint has been planned.</summary>
    public bool Knows(string model, int step) => checkpoints.ContainsKey((model, step));

    /// <summary>Whether a checkpoint that isn't known yet has the graph of its model's others; circuits of different graphs can't be compared.</summary>
    public bool HasGraphOf(PlannedCheckpoint checkpoint)
    {
        var other = checkpoints.Values.FirstOrDefault(c => c.Info is not null && string.Equals(c.Model.Name, checkpoint.Model.Name, StringComparison.Ordinal));
        return other is null || (checkpoint.Info is { } info && info.Graph == other.Info!.Graph);
    }

    /// <summary>Takes in a checkpoint that has come.</summary>
    public void Add(PlannedCheckpoint come)
    {
        if (history.Apply(come) is not { } checkpoint)
        {
            return;
        }

        foreach (var cell in checkpoint.Cells)
        {
            Progress.Add(cell);
        }

        Queue(checkpoint);
        Events.Add(GridEventKind.Planned, cell: null, message: null, Progress.View());
        TellSkipped([checkpoint]);
    }

    /// <summary>Takes note that a checkpoint that is known is compared otherwise now.</summary>
    public void Revise(PlannedCheckpoint checkpoint)
    {
        // its weights may have been read while it was judged
        if (checkpoints.TryGetValue((checkpoint.Model.Name, checkpoint.Step), out var known) && IsKnownAs(known, checkpoint))
        {
            checkpoint = checkpoint.Under(known.Known!);
        }

        checkpoints[(checkpoint.Model.Name, checkpoint.Step)] = checkpoint;
        foreach (var cell in checkpoint.Cells.Where(c => results.Has(c.Id)))
        {
            Arrived(checkpoint, cell);
        }
    }

    /// <summary>Takes note that checkpoints have been judged by what is known now.</summary>
    public void Judged() => NeedsJudgement = false;

    /// <summary>Results that are compared otherwise than when they were told of last; each is given once.</summary>
    public IReadOnlyList<(string Model, string Task, CellArrival Arrival)> TakeRevised() => results.TakeRevised();

    /// <summary>
    /// The next checkpoint that may be sent out, or <see langword="null"/>. It is taken off the queue. One with the same files as another that is out waits for it:
    /// its results may be the same.
    /// </summary>
    public PendingCheckpoint? Next()
    {
        var now = time.GetTimestamp();
        for (var i = waiting.Count; i > 0; i--)
        {
            var next = waiting.Dequeue();
            if (next.NotBefore <= now && !(next.Checkpoint.Content is { } content && sent.Values.Any(j => string.Equals(j.Checkpoint.Content, content, StringComparison.Ordinal))))
            {
                return next;
            }

            waiting.Enqueue(next);
        }

        return null;
    }

    /// <summary>Puts a checkpoint back that couldn't be sent out.</summary>
    public void PutBack(PendingCheckpoint checkpoint) => waiting.Enqueue(checkpoint);

    /// <summary>
    /// No silo takes a checkpoint: all lack it, or plan it otherwise. It is planned once more, since it may be gone altogether; if it isn't, it has failed where nobody
    /// has it, and is tried again after a pause where others disagree about it.
    /// </summary>
    /// <param name="pending">The checkpoint.</param>
    /// <param name="isLacked">Whether every silo lacks it.</param>
    public void Refuse(PendingCheckpoint pending, bool isLacked)
    {
        if (!isLacked || !refusals.Miss(pending.Checkpoint))
        {
            refusals.Forget(pending.Checkpoint);
            NeedsPlan = true;
            pending.Pause(time);
            waiting.Enqueue(pending);
            return;
        }

        var reason = $"no silo has {pending.Name}{(PlannedOn is { } planner ? $"; it was planned on {planner}" : "")}";
        foreach (var cell in pending.Cells.Values)
        {
            Progress.Fail(cell.Id);
            history.Failed(pending.Checkpoint, cell.Id);
            Events.Add(GridEventKind.Failed, cell.Id.ToString(), reason, Progress.View());
        }
    }

    /// <summary>The orders for a checkpoint's waiting cells.</summary>
    public CellOrder[] OrdersFor(PendingCheckpoint pending) =>
        [.. pending.Cells.Values.Select(c => new CellOrder(
            c.Id.Task,
            c.Fingerprint!.Key.Value,
            budgets.TryGetValue((c.Id.Model, c.Id.Task), out var budget) ? budget : null))];

    /// <summary>Notes that a job was sent.</summary>
    public SentJob Send(CheckpointJob job, PendingCheckpoint pending)
    {
        var made = new SentJob(job.Id, job.Lease.Silo, pending.Checkpoint, time.GetTimestamp()) { Job = job, Returns = pending.Returns };
        foreach (var (task, cell) in pending.Cells)
        {
            made.Open.Add(task, cell);
        }

        sent.Add(job.Id, made);
        Events.Add(GridEventKind.Loading, cell: null, pending.Name, Progress.View());
        return made;
    }

    /// <summary>Takes over a job that a silo has and an earlier activation sent.</summary>
    public void Adopt(SiloAddress silo, JobState state)
    {
        if (sent.ContainsKey(state.Id) || ended.Contains(state.Id, StringComparer.Ordinal) || !checkpoints.TryGetValue((state.Model, state.Step), out var checkpoint)
            || !string.Equals(state.Content, checkpoint.Content, StringComparison.Ordinal))
        {
            return;
        }

        var made = new SentJob(state.Id, silo, checkpoint, time.GetTimestamp()) { IsStarted = true };
        foreach (var pending in waiting.Where(w => IsOf(w.Checkpoint, checkpoint)))
        {
            foreach (var task in state.Cells.Where(pending.Cells.ContainsKey))
            {
                made.Open.Add(task, pending.Cells[task]);
                pending.Cells.Remove(task);
            }
        }

        sent.Add(state.Id, made);
        DropEmpty();
        Merge(state);
    }

    /// <summary>Takes note of what became of a job's cells.</summary>
    /// <returns>Results that have arrived, with their model and task.</returns>
    public IReadOnlyList<(string Model, string Task, CellArrival Arrival)> Merge(JobState state)
    {
        if (!sent.TryGetValue(state.Id, out var job))
        {
            return [];
        }

        job.IsStarted = true;
        if (state.Known is { } known)
        {
            Know(job, new(known.Own, known.Digest));
        }

        transfers.Hear(job, job.Checkpoint.Name, state.Fetch);
        var arrived = new List<(string, string, CellArrival)>();
        PendingCheckpoint? returned = null;
        var goesElsewhere = false;
        foreach (var report in state.Reports.Skip(job.Reports))
        {
            job.Reports++;
            if (!job.Open.TryGetValue(report.Task, out var cell))
            {
                continue;
            }

            if (report.Kind == CellReportKind.Started)
            {
                job.Running.Add(report.Task);
                Progress.Start(cell.Id);
                Events.Add(GridEventKind.Started, cell.Id.ToString(), message: null, Progress.View());
                continue;
            }

            job.Open.Remove(report.Task);
            Stop(job, cell);
            switch (report.Kind)
            {
                case CellReportKind.Finished or CellReportKind.Found:
                    Progress.Finish(cell.Id);
                    hindrance = null;
                    if (report.Budget is { } budget)
                    {
                        budgets[(cell.Id.Model, cell.Id.Task)] = budget;
                    }

                    arrived.Add((cell.Id.Model, cell.Id.Task, Arrived(job.Checkpoint, cell)));
                    Events.Add(report.Kind == CellReportKind.Found ? GridEventKind.Found : GridEventKind.Finished, cell.Id.ToString(), message: null, Progress.View(), report);
                    break;
                case CellReportKind.Failed:
                    Progress.Fail(cell.Id);
                    history.Failed(job.Checkpoint, cell.Id);
                    Events.Add(GridEventKind.Failed, cell.Id.ToString(), report.Message, Progress.View(), report);
                    break;
                default:
                    NeedsPlan |= report.NeedsPlan && !refusals.IsOther(job.Silo);
                    Note(job, cell, report);
                    SayHindrance(report);
                    goesElsewhere |= report.Lacks != MissingPart.None || refusals.IsOther(job.Silo);
                    returned ??= new(job.Checkpoint, arrived.Count > 0 ? 0 : job.Returns);
                    returned.Cells.Add(report.Task, cell);
                    break;
            }
        }

        if (returned is not null)
        {
            if (!goesElsewhere)
            {
                returned.Pause(time);
            }

            waiting.Enqueue(returned);
        }

        if (state.Ended)
        {
            End(job);
        }

        return arrived;
    }

    /// <summary>Takes a job back of which nothing more will be heard; its open cells wait again.</summary>
    public void Lose(SentJob job)
    {
        End(job);
        var pending = new PendingCheckpoint(job.Checkpoint);
        foreach (var (task, cell) in job.Open)
        {
            Stop(job, cell);
            pending.Cells.Add(task, cell);
        }

        if (pending.Cells.Count > 0)
        {
            waiting.Enqueue(pending);
        }
    }

    /// <summary>A silo that planned a checkpoint otherwise, which is planned as it was before, differs for good: it may be of another version.</summary>
    private void SayDifferences(GridPlan plan)
    {
        foreach (var silo in refusals.TakeDiffering(plan))
        {
            Notice($"silo {SuiteSights.NameOf(silo)} plans some checkpoints otherwise than the experiment, as one of another version or with other files does; others are asked for them");
        }
    }

    private void Queue(PlannedCheckpoint checkpoint)
    {
        checkpoints[(checkpoint.Model.Name, checkpoint.Step)] = checkpoint;
        var away = sent.Values.Where(j => IsOf(j.Checkpoint, checkpoint)).SelectMany(j => j.Open.Keys).ToHashSet(StringComparer.Ordinal);
        var pending = new PendingCheckpoint(checkpoint);
        foreach (var cell in checkpoint.Cells)
        {
            if (cell.Action == CellAction.Keep)
            {
                Arrived(checkpoint, cell);
                continue;
            }

            results.Withdraw(cell.Id);
            if (cell.Action == CellAction.Run && !away.Contains(cell.Id.Task))
            {
                pending.Cells.Add(cell.Id.Task, cell);
            }
        }

        if (pending.Cells.Count > 0)
        {
            waiting.Enqueue(pending);
        }
    }

    private void TellSkipped(IEnumerable<PlannedCheckpoint> planned)
    {
        foreach (var checkpoint in planned)
        {
            foreach (var cell in checkpoint.Cells.Where(c => c is { Action: CellAction.Skip, IsTold: false }))
            {
                history.Failed(checkpoint, cell.Id);
                Events.Add(GridEventKind.Failed, cell.Id.ToString(), cell.Why, Progress.View());
            }
        }
    }

    private void End(SentJob job)
    {
        sent.Remove(job.Id);
        transfers.Forget(job);
        ended.Enqueue(job.Id);
        if (ended.Count > RememberedJobs)
        {
            ended.Dequeue();
        }
    }

    /// <summary>A job's silo has read its weights.</summary>
    private void Know(SentJob job, KnownWeights weights)
    {
        if (job.Checkpoint.Known == weights)
        {
            return;
        }

        NeedsJudgement = true;
        job.Know(weights);
        var place = (job.Checkpoint.Model.Name, job.Checkpoint.Step);
        if (checkpoints.TryGetValue(place, out var planned) && IsKnownAs(job.Checkpoint, planned))
        {
            checkpoints[place] = planned.Under(weights);
        }
    }

    /// <summary>Whether the weights of a checkpoint of which only the files are known are known of another with the same files.</summary>
    private static bool IsKnownAs(PlannedCheckpoint known, PlannedCheckpoint other) =>
        known.Content is { } content && string.Equals(content, other.Content, StringComparison.Ordinal) && known.Known is { IsRead: true } weights && weights != other.Known;

    /// <summary>The key that a cell has by a plan, under weights that a job with the same files has; <see langword="null"/> where it has none.</summary>
    private static CellKey? KeyOf(PlannedCheckpoint? planned, CellId cell, PlannedCheckpoint job) =>
        (planned is not null && IsKnownAs(job, planned) ? planned.Under(job.Known!) : planned)?.Cells.FirstOrDefault(c => c.Id == cell)?.Fingerprint?.Key;

    /// <summary>Remembers which silo can't compute a cell that came back, and says so where it isn't known yet.</summary>
    private void Note(SentJob job, PlannedCell cell, CellReport report)
    {
        if (report.NeedsPlan)
        {
            refusals.Differ(job.Silo, cell);
        }

        if (report.Lacks != MissingPart.None && refusals.Lack(job.Silo, job.Checkpoint, report.Lacks))
        {
            Notice($"silo {SuiteSights.NameOf(job.Silo)} can't compute {job.Checkpoint.Name}, which others are asked for: {report.Message}");
        }
    }

    /// <summary>Says once why cells come back.</summary>
    private void SayHindrance(CellReport report)
    {
        if (report.IsHindered && !string.Equals(report.Message, hindrance, StringComparison.Ordinal))
        {
            hindrance = report.Message;
            Notice($"{report.Message}; trying again");
        }
    }

    /// <summary>A cell is under way no more, whatever came of it.</summary>
    private void Stop(SentJob job, PlannedCell cell)
    {
        if (job.Running.Remove(cell.Id.Task))
        {
            Progress.Return(cell.Id);
        }
    }

    /// <summary>A job's cell is as it was when it was sent out; how it is compared may have changed meanwhile.</summary>
    private CellArrival Arrived(PlannedCheckpoint checkpoint, PlannedCell cell) =>
        results.Add(checkpoints.GetValueOrDefault((cell.Id.Model, cell.Id.Step), checkpoint), checkpoint.Info!, cell);

    private void DropEmpty()
    {
        for (var i = waiting.Count; i > 0; i--)
        {
            var next = waiting.Dequeue();
            if (next.Cells.Count > 0)
            {
                waiting.Enqueue(next);
            }
        }
    }

    private static bool IsOf(PlannedCheckpoint a, PlannedCheckpoint b) => a.Step == b.Step && string.Equals(a.Model.Name, b.Model.Name, StringComparison.Ordinal);
}
