using CircuitGrid.Client.Output;
using CircuitGrid.Experiments.Comparison;
using Spectre.Console;

namespace CircuitGrid.Client.Experiments;

/// <summary>How large a circuit has to be, by plain and by normalised faithfulness, and how well that is known.</summary>
internal static class SizeText
{
    public static void Write(IAnsiConsole console, CellEvidence evidence)
    {
        if (evidence.SizeCurve is not { } plain)
        {
            return;
        }

        var threshold = Figures.Percent(evidence.Analysis.Threshold);
        console.WriteLine($"The smallest budget that keeps {threshold} of the model's metric is {EvidenceText.Of(plain)}.");
        console.WriteLine(evidence.NormalizedSizeCurve is { } normalized
            ? $"The smallest budget that comes {threshold} of the way from the ablated metric to the model's is {EvidenceText.Of(normalized)}."
            : $"A bisection doesn't say which budget comes {threshold} of the way from the ablated metric to the model's.");
        if (plain.Crossings.Length > 1)
        {
            console.WriteLine($"Faithfulness comes to the threshold more than once, at budgets {string.Join(", ", plain.Crossings.Select(EvidenceText.Number))}.");
        }
    }
}
