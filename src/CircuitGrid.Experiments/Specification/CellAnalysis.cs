using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Tasks;

namespace CircuitGrid.Experiments.Specification;

/// <summary>How one cell is analysed, nothing left open.</summary>
/// <param name="Method">How edges are scored.</param>
/// <param name="Steps">Integration points; no matter to other methods than <see cref="AttributionMethod.EapIg"/>.</param>
/// <param name="Points">Where they lie; likewise.</param>
/// <param name="Selection">How edges are chosen by their scores.</param>
/// <param name="Absolute">By |score|, not by the signed score.</param>
/// <param name="Threshold">The faithfulness at which a circuit is large enough.</param>
/// <param name="MaxEdges">Largest budget of the search.</param>
/// <param name="Blocks">Number of blocks, at most that of the examples; about so many where they are those of templates.</param>
/// <param name="Split">Which examples find and which judge.</param>
/// <param name="Ablation">What stands in for sources outside the circuit.</param>
public sealed record CellAnalysis(
    AttributionMethod Method,
    int Steps,
    IntegrationPoints Points,
    SelectionRule Selection,
    bool Absolute,
    double Threshold,
    int MaxEdges,
    int Blocks,
    SplitRule Split,
    AblationKind Ablation)
{
    /// <summary>How the size of the circuit is found.</summary>
    public SearchRule Search { get; init; } = SearchRule.Grid;

    /// <summary>What blocks are drawn from; <see cref="SamplingRule.Templates"/> only for examples that have enough of them, side by side.</summary>
    public SamplingRule Sampling { get; init; } = SamplingRule.Examples;

    /// <summary>
    /// The one way to write this analysis, part of a cell's key: <c>method=eap-ig;steps=5;…</c>. Options without effect are left
    /// out, so that changing them recomputes nothing, and so are a bisection and blocks of neighbouring examples: they were the only ways once, and their results stay.
    /// </summary>
    public string Canonical
    {
        get
        {
            var integration = Method == AttributionMethod.EapIg
                ? string.Create(CultureInfo.InvariantCulture, $";steps={Steps};points={SpecNames.Points.Of(Points)}")
                : "";
            var search = Search == SearchRule.Bisection ? "" : $";search={SpecNames.Search.Of(Search)}";
            var sampling = Sampling == SamplingRule.Examples ? "" : $";sampling={SpecNames.Sampling.Of(Sampling)}";
            return string.Create(
                CultureInfo.InvariantCulture,
                $"method={SpecNames.Method.Of(Method)}{integration};selection={SpecNames.Selection.Of(Selection)};absolute={(Absolute ? "true" : "false")};threshold={Threshold:R};max-edges={MaxEdges};blocks={Blocks};split={SpecNames.Split.Of(Split)};ablation={SpecNames.Ablation.Of(Ablation)}{search}{sampling}");
        }
    }

    /// <summary>What differs between two canonical forms, for people: <c>steps 5 → 30</c>.</summary>
    public static ImmutableArray<string> Differences(string before, string after)
    {
        var old = Options(before);
        var now = Options(after);
        return
        [
            .. now.Keys.Concat(old.Keys.Where(k => !now.ContainsKey(k)))
                .Where(k => !string.Equals(old.GetValueOrDefault(k), now.GetValueOrDefault(k), StringComparison.Ordinal))
                .Select(k => $"{k} {old.GetValueOrDefault(k, "–")} → {now.GetValueOrDefault(k, "–")}"),
        ];
    }

    private static Dictionary<string, string> Options(string canonical)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in canonical.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            options[equals < 0 ? part : part[..equals]] = equals < 0 ? "" : part[(equals + 1)..];
        }

        return options;
    }
}
