using CircuitGrid.Grains.Checkpoints;

namespace CircuitGrid.Grains.Silos;

/// <summary>A job and what became of its cells so far.</summary>
internal sealed class RunningJob(CheckpointJob job) : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<CellReport> reports = [];
    private readonly CancellationTokenSource cancelled = new();
    private bool ended;
    private bool disposed;

    public CheckpointJob Job => job;

    /// <summary>Fires when somebody cancels the job.</summary>
    public CancellationToken Cancelled => cancelled.Token;

    /// <summary>Ends when the job has.</summary>
    public Task Completion { get; set; } = Task.CompletedTask;

    public bool HasEnded
    {
        get
        {
            lock (gate)
            {
                return ended;
            }
        }
    }

    public JobState State
    {
        get
        {
            lock (gate)
            {
                return new(job.Id, job.Experiment, job.Model, job.Step, [.. job.Cells.Select(c => c.Task)], [.. reports], ended);
            }
        }
    }

    public void Add(CellReport report)
    {
        lock (gate)
        {
            reports.Add(report);
        }
    }

    /// <summary>Hands back every cell of which nothing final is known.</summary>
    public void ReturnRest(string reason)
    {
        lock (gate)
        {
            var settled = reports.Where(r => r.Kind != CellReportKind.Started).Select(r => r.Task).ToHashSet(StringComparer.Ordinal);
            foreach (var cell in job.Cells.Where(c => !settled.Contains(c.Task)))
            {
                reports.Add(new() { Task = cell.Task, Kind = CellReportKind.Returned, Message = reason });
            }
        }
    }

    public void End()
    {
        lock (gate)
        {
            ended = true;
        }
    }

    /// <summary>Cancels the job; one that is forgotten can't be.</summary>
    public void Cancel()
    {
        lock (gate)
        {
            if (!disposed)
            {
                cancelled.Cancel();
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            cancelled.Dispose();
        }
    }
}
