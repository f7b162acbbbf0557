using CircuitGrid.Experiments.Reports;

namespace CircuitGrid.EndToEnd.Tests.Report;

/// <summary>A sample report of the nano suite's shapes, and what the tests look up in it.</summary>
internal static class NanoReport
{
    public static readonly ReportDocument Nano = SampleReport.Create(SampleOptions.Nano);

    public static readonly IReadOnlyList<int> Steps = SampleOptions.Nano.Steps;

    public static IEnumerable<(string Model, string Task)> Trajectories(ReportDocument data) => data.Cells.Select(cell => (cell.Model, cell.Task)).Distinct();

    public static SampleGraph Graph(string model) => SampleOptions.Nano.Models.Single(candidate => candidate.Name == model).Graph;

    public static ReportCell Cell(string model, string task, int step) => Nano.Cells.Single(cell => cell.Model == model && cell.Task == task && cell.Step == step);

    /// <summary>The edges of a circuit; none where there is no circuit.</summary>
    public static ReportEdge[] Edges(ReportDocument data, string model, string task, int step) =>
        [.. data.Circuits.Where(circuit => circuit.Model == model && circuit.Task == task && circuit.Step == step).SelectMany(circuit => circuit.Edges)];

    public static string[] EdgeNames(string model, string task, int step) =>
        [.. Edges(Nano, model, task, step).Select(edge => Graph(model).EdgeName(edge.Source, edge.Slot)).Order(StringComparer.Ordinal)];
}
