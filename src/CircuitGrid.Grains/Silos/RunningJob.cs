using CircuitGrid.Grains.Checkpoints;

namespace CircuitGrid.Grains.Silos;

/// <summary>A job and what became of its cells so far.</summary>
internal sealed class RunningJob(CheckpointJob job) : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<CellReport> reports = [];
    private readonly CancellationTokenSource cancelled = new();
    private FoundWeights? known;
    private FetchProgress? fetch;
    private bool ended;
    private bool disposed;

    public CheckpointJob Job => job;

    /// <summary>What the weights of a pinned checkpoint are, once somebody has read them.</summary>
    public FoundWeights? Known
    {
        set
        {
            lock (gate)
            {
                known = value;
            }
        }
    }

    /// <summary>How far its files are fetched.</summary>
    public FetchProgress? Fetch
    {
        set
        {
            lock (gate)
            {
                fetch = value;
            }
        }
    }

    /// <summary>Orders of cells of which nothing final is known.</summary>
    public CellOrder[] OpenOrders
    {
        get
        {
            lock (gate)
            {
                return Open();
            }
        }
    }

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
                return new(job.Id, job.Experiment, job.Model, job.Step, [.. job.Cells.Select(c => c.Task)], [.. reports], ended)
                {
                    Content = job.Pin?.Content,
                    Known = known,
                    Fetch = fetch,
                };
            }
        }
    }

    /// <summary>Why cells were handed back; <see langword="null"/> where none was.</summary>
    public string? ReturnedBecause
    {
        get
        {
            lock (gate)
            {
                return reports.Find(r => r.Kind == CellReportKind.Returned)?.Message;
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
    public void ReturnRest(string reason, bool isHindered = false, MissingPart lacks = MissingPart.None)
    {
        lock (gate)
        {
            foreach (var cell in Open())
            {
                reports.Add(new() { Task = cell.Task, Kind = CellReportKind.Returned, Message = reason, IsHindered = isHindered, Lacks = lacks });
            }
        }
    }

    /// <summary>Nothing can be done about the cells of which nothing final is known.</summary>
    public void FailRest(string reason)
    {
        lock (gate)
        {
            foreach (var cell in Open())
            {
                reports.Add(new() { Task = cell.Task, Kind = CellReportKind.Failed, Message = reason });
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

    private CellOrder[] Open()
    {
        var settled = reports.Where(r => r.Kind != CellReportKind.Started).Select(r => r.Task).ToHashSet(StringComparer.Ordinal);
        return [.. job.Cells.Where(c => !settled.Contains(c.Task))];
    }
}
