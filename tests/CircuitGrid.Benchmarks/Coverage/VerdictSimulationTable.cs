using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Benchmarks.Documents;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Circuits.Tests.Statistics.Simulations;

namespace CircuitGrid.Benchmarks.Coverage;

/// <summary>Level and power of the verdict on two circuits by their size.</summary>
internal static class VerdictSimulationTable
{
    public const string Command = "verdict-simulation";

    private const int Pairs = 1000;

    private static readonly (string Units, bool ByTemplates)[] Kinds = [("24 blocks", false), ("12 templates", true)];

    public static ImmutableArray<string> Columns { get; } =
        ["units, size", "nothing differs: different", "same", "undecided", "every second path differs: different", "same", "undecided"];

    public static ImmutableArray<string> Labels { get; } = [.. Kinds.SelectMany(k => VerdictSimulation.Sizes.Select(size => Label(k.Units, size)))];

    public static int Run()
    {
        new MarkdownTable(
            Columns,
            [
                .. Kinds.SelectMany(k => VerdictSimulation.Sizes.Select(size => (ImmutableArray<string>)
                [
                    Label(k.Units, size),
                    .. Shares(VerdictSimulation.Run(Pairs, size, k.ByTemplates, isSame: true)),
                    .. Shares(VerdictSimulation.Run(Pairs, size, k.ByTemplates, isSame: false)),
                ])),
            ]).Write(Console.Out);
        return 0;
    }

    private static string Label(string units, int size) => string.Create(CultureInfo.InvariantCulture, $"{units}, {size} edges");

    private static IEnumerable<string> Shares(DifferenceVerdict[] verdicts) =>
        new[] { DifferenceVerdict.Different, DifferenceVerdict.Same, DifferenceVerdict.Undecided }
            .Select(v => string.Create(CultureInfo.InvariantCulture, $"{100 * verdicts.Average(x => x == v ? 1 : 0.0):F1} %"));
}
