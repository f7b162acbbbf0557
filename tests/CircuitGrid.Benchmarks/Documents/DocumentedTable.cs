using System.Collections.Immutable;
using CircuitGrid.Benchmarks.Coverage;
using CircuitGrid.Benchmarks.EqualWeights;
using CircuitGrid.Benchmarks.Estimators;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Benchmarks.Documents;

/// <summary>A table of numbers in docs/method.md, as far as it is known without computing it.</summary>
/// <param name="Command">What prints it: the arguments of this program.</param>
/// <param name="Columns">Head of every column.</param>
/// <param name="Labels">First cell of every row.</param>
internal sealed record DocumentedTable(string Command, ImmutableArray<string> Columns, ImmutableArray<string> Labels)
{
    /// <summary>Every table of numbers.</summary>
    /// <param name="root">The folder that holds <c>suites</c>.</param>
    public static ImmutableArray<DocumentedTable> All(string root) =>
    [
        new(EstimatorTable.Command, EstimatorTable.Columns(SuiteFolder.Open(Path.Combine(root, "suites", "nano"))), EstimatorTable.Labels),
        new(SizeTable.Command, SizeTable.Columns, SizeTable.Labels),
        new(VerdictTable.Command, VerdictTable.Columns, VerdictTable.Labels),
        new(VerdictSimulationTable.Command, VerdictSimulationTable.Columns, VerdictSimulationTable.Labels),
        new(CoverageTable.Command, CoverageTable.Columns, CoverageTable.Labels),
    ];
}
