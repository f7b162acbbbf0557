using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Client.Experiments;

/// <summary>Remembers the cells that failed.</summary>
internal sealed class FailureLog
{
    private readonly List<CellFault> faults = [];

    public IReadOnlyList<CellFault> Faults => faults;

    /// <summary>A listener that writes down failures and passes everything on.</summary>
    public IProgress<GridEvent> Before(IProgress<GridEvent> next) => new Listener(this, next);

    private sealed class Listener(FailureLog log, IProgress<GridEvent> next) : IProgress<GridEvent>
    {
        public void Report(GridEvent value)
        {
            if (value is { Kind: GridEventKind.Failed, Cell: { } cell })
            {
                log.faults.Add(new(cell.ToString(), value.Message ?? ""));
            }

            next.Report(value);
        }
    }
}
