using System.Globalization;
using CircuitGrid.Circuits.Heads.Ioi;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Client.Output;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Comparison.Roles;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary>How far checkpoints do IOI by the known algorithm, for people and for programs.</summary>
internal static class AlgorithmView
{
    private static readonly string[] names = ["B, direct effects", "C, name movers' queries", "D, S-inhibition heads' values"];

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
        InCircuit = Describe(ioi, ioi.InCircuit),
        AllHeads = Describe(ioi, ioi.AllHeads),
    };

    /// <summary>The shares of every model's last checkpoint that does IOI.</summary>
    public static void Show(IAnsiConsole console, IEnumerable<ModelRoles> models)
    {
        ScoredHeads[] last = [.. models.Select(m => m.Checkpoints.LastOrDefault(c => c.Scores.Ioi is not null)).OfType<ScoredHeads>()];
        if (last.Length == 0)
        {
            return;
        }

        console.WriteLine("The IOI algorithm at the last checkpoint that does IOI: percent of the effects of the heads in the IOI circuit that its heads carry, absolute (the figure's form, with its 95 % interval over prompts) and signed, and the same over all heads.");
        var table = Tables.Create(console, "model", "#step", "share", "#in circuit", "#signed", "#all heads", "#signed");
        foreach (var scored in last)
        {
            var ioi = scored.Scores.Ioi!;
            var (circuit, all) = (Shares(ioi, ioi.InCircuit), Shares(ioi, ioi.AllHeads));
            foreach (var (i, name) in names.Index())
            {
                table.Row([scored.Cell.Id.Model, Figures.Count(scored.Cell.Id.Step), name, .. circuit[i], .. all[i]]);
            }
        }

        console.Write(table);
    }

    /// <summary>Absolute and signed form of each share.</summary>
    private static string[][] Shares(IoiAlgorithmResult ioi, IoiAlgorithmShares? of)
    {
        var intervals = of?.Intervals(ioi) ?? [null, null, null];
        return [.. ((EffectShare?[])[of?.Direct, of?.Queries, of?.Values]).Select((share, i) => new[] { Percent(share?.Absolute, intervals[i]?.Absolute), Percent(share?.Signed) })];
    }

    private static object? Describe(IoiAlgorithmResult ioi, IoiAlgorithmShares? shares)
    {
        if (shares is null)
        {
            return null;
        }

        var intervals = shares.Intervals(ioi);
        return new
        {
            Heads = Names(shares.Heads),
            SInhibition = Names(shares.SInhibition),
            Induction = Names(shares.Induction),
            DuplicateToken = Names(shares.DuplicateToken),
            B = Describe(shares.Direct, intervals[0]),
            C = Describe(shares.Queries, intervals[1]),
            D = Describe(shares.Values, intervals[2]),
        };
    }

    private static object? Describe(EffectShare? share, EffectShareInterval? interval) =>
        share is null ? null : new { share.Absolute, AbsoluteInterval = interval?.Absolute, share.Signed, SignedInterval = interval?.Signed, share.Total };

    private static string[] Names(IEnumerable<Circuits.Heads.HeadIndex> heads) => [.. heads.Select(h => h.ToString())];

    private static string Percent(double? share, Interval? interval) =>
        share is not null && interval is { Low: var low, High: var high } && double.IsFinite(low) ? $"{Percent(share)} ({Percent(low)} to {Percent(high)})" : Percent(share);

    private static string Percent(double? share) => share is { } known ? known.ToString("f1", CultureInfo.InvariantCulture) : "\u2013";
}
