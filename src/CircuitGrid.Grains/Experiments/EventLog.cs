using CircuitGrid.Experiments.Grid;
using CircuitGrid.Grains.Checkpoints;

namespace CircuitGrid.Grains.Experiments;

/// <summary>The latest events of an experiment.</summary>
/// <param name="capacity">How many are remembered.</param>
internal sealed class EventLog(int capacity)
{
    private readonly Queue<EventView> events = new();

    /// <summary>How far transfers are, as it was last told; <see langword="null"/> where nothing is under way.</summary>
    private EventView? passing;

    /// <summary>Number of the last event.</summary>
    public long Last { get; private set; }

    public void Add(GridEventKind kind, string? cell, string? message, ProgressView progress, CellReport? report = null)
    {
        if (events.Count == capacity)
        {
            events.Dequeue();
        }

        events.Enqueue(new(++Last, kind, cell, message, progress, report));
    }

    /// <summary>Adds an event that is remembered until the next such one alone.</summary>
    public void AddPassing(GridEventKind kind, string message, ProgressView progress) => passing = new(++Last, kind, Cell: null, message, progress, Report: null);

    /// <summary>Events after one. Whoever has heard of more than there is was following an earlier activation, and starts anew.</summary>
    public EventView[] After(long sequence, int limit)
    {
        var from = sequence > Last ? 0 : sequence;
        var found = events.Where(e => e.Sequence > from);
        return [.. (passing is { } latest && latest.Sequence > from ? found.Append(latest).OrderBy(e => e.Sequence) : found).Take(limit)];
    }
}
