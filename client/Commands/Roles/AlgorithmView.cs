using System.Globalization;
using CircuitGrid.Circuits.Heads.Ioi;
using CircuitGrid.Client.Output;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Comparison.Roles;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary>How far checkpoints do IOI by the known algorithm, for people and for programs.</summary>
internal static class AlgorithmView
{
    /// <summary>The shares of a checkpoint in every form; <see langword="null"/> where it doesn't do IOI.</summary>
    public static object? Describe(ScoredHeads scored) => scored.Scores.Ioi is not { } ioi ? null : new
    {
        scored.Cell.Id.Suite,
        scored.Cell.Id.Model,
        scored.Cell.Id.Step,
        scored.Cell.Tokens,
        NameMovers = Names(ioi.NameMovers),
        NegativeNameMovers = Names(ioi.NegativeNameMovers),
        CopySuppression = Names(ioi.CopySuppression),
        NegativeCopySuppression = Names(ioi.NegativeCopySuppression),
        InCircuit = Describe(ioi.InCircuit),
        AllHeads = Describe(ioi.AllHeads),
    };

    /// <summary>The shares of every model's last checkpoint that does IOI.</summary>
    public static void Show(IAnsiConsole console, IEnumerable<ModelRoles> models)
    {
        ScoredHeads[] last = [.. models.Select(m => m.Checkpoints.LastOrDefault(c => c.Scores.Ioi is not null)).OfType<ScoredHeads>()];
        if (last.Length == 0)
        {
            return;
        }

        console.WriteLine("The IOI algorithm at the last checkpoint that does IOI: percent of the effects of the heads in the IOI circuit that its heads carry, absolute (the figure's form) and signed, and the same over all heads.");
        var table = Tables.Create(console, "model", "#step", "share", "#in circuit", "#signed", "#all heads", "#signed");
        foreach (var scored in last)
        {
            var ioi = scored.Scores.Ioi!;
            foreach (var (name, share) in ((string, Func<IoiAlgorithmShares, EffectShare?>)[])
                [("B, direct effects", s => s.Direct), ("C, name movers' queries", s => s.Queries), ("D, S-inhibition heads' values", s => s.Values)])
            {
                var (circuit, all) = (ioi.InCircuit is { } known ? share(known) : null, share(ioi.AllHeads));
                table.Row(scored.Cell.Id.Model, Figures.Count(scored.Cell.Id.Step), name, Percent(circuit?.Absolute), Percent(circuit?.Signed), Percent(all?.Absolute), Percent(all?.Signed));
            }
        }

        console.Write(table);
    }

    private static object? Describe(IoiAlgorithmShares? shares) => shares is null ? null : new
    {
        Heads = Names(shares.Heads),
        SInhibition = Names(shares.SInhibition),
        Induction = Names(shares.Induction),
        DuplicateToken = Names(shares.DuplicateToken),
        B = shares.Direct,
        C = shares.Queries,
        D = shares.Values,
    };

    private static string[] Names(IEnumerable<Circuits.Heads.HeadIndex> heads) => [.. heads.Select(h => h.ToString())];

    private static string Percent(double? share) => share is { } known ? known.ToString("f1", CultureInfo.InvariantCulture) : "\u2013";
}
