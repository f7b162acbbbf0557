namespace CircuitGrid.Experiments.Cells;

/// <summary>The words for a cell's status in files, tables and reports.</summary>
public static class CellStatusNames
{
    public static string Of(CellStatus status) => status switch
    {
        CellStatus.Reached => "reached",
        CellStatus.NotReached => "not-reached",
        _ => "no-task",
    };
}
