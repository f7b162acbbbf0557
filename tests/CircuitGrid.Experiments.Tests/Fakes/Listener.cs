using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Experiments.Tests.Fakes;

/// <summary>Keeps every event of a run.</summary>
internal sealed class Listener(Action<GridEvent>? react = null) : IProgress<GridEvent>
{
    public List<GridEvent> Events { get; } = [];

    public void Report(GridEvent value)
    {
        Events.Add(value);
        react?.Invoke(value);
    }

    public IEnumerable<GridEvent> Of(GridEventKind kind) => Events.Where(e => e.Kind == kind);
}
