using System.Globalization;
using CircuitGrid.Circuits.Heads.Ioi;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Client.Output;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Comparison.Roles;
using CircuitGrid.Experiments.Reports;
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
        Tokens = scored.Cell.TokensSeen,
        scored.Cell.TokensKnown,
        NameMovers = Names(ioi.NameMovers),
        NegativeNameMovers = Names(ioi.NegativeNameMovers),
        CopySuppression = Names(ioi.CopySuppression),
        NegativeCopySuppression = Names(ioi.NegativeCopySuppression),
        LogitDifferenceLost = scored.Scores.Contrast!.Difference,
        LogitDifferenceLostInterval = scored.Scores.Contrast.Interval,
        NoSharesBecause = scored.Scores.Contrast.WhyNot,
        InCircuit = Describe(ioi, ioi.InCircuit, scored.Scores.Contrast.IsThere),
        AllHeads = Describe(ioi, ioi.AllHeads, scored.Scores.Contrast.IsThere),
    };

    /// <summary>The shares of every model's last checkpoint that does IOI.</summary>
    public static void Show(IAnsiConsole console, IEnumerable<ModelRoles> models)
    {
        ScoredHeads[] last = [.. models.Select(m => m.Checkpoints.LastOrDefault(c => c.Scores.Ioi is not null)).OfType<ScoredHeads>()];
        if (last.Length == 0)
        {
            return;
        }

        console.WriteLine("The IOI algorithm at the last checkpoint that does IOI: percent of the effects of the heads in the IOI circuit that its heads carry, absolute (the figure's form, with its 95 % interval over prompts), what of that works against the task, and signed, and the same over all heads.");
        var table = Tables.Create(console, "model", "#step", "share", "#in circuit", "#against", "#signed", "#all heads", "#against", "#signed");
        foreach (var scored in last)
        {
            var ioi = scored.Scores.Ioi!;
            var isThere = scored.Scores.Contrast!.IsThere;
            var (circuit, all) = (Shares(ioi, isThere ? ioi.InCircuit : null), Shares(ioi, isThere ? ioi.AllHeads : null));
            foreach (var (i, name) in names.Index())
            {
                table.Row([scored.Cell.Id.Model, Figures.Count(scored.Cell.Id.Step), name, .. circuit[i], .. all[i]]);
            }
        }

        console.Write(table);
        foreach (var scored in last.Where(s => s.Scores.Contrast!.WhyNot is not null))
        {
            console.WriteLine($"{scored.Cell.Id.Model} has no shares: {scored.Scores.Contrast!.WhyNot}.");
        }
    }

    /// <summary>Of each share the absolute form, what of it works against the task, and the signed form.</summary>
    private static string[][] Shares(IoiAlgorithmResult ioi, IoiAlgorithmShares? of)
    {
        var intervals = of?.Intervals(ioi) ?? [null, null, null];
        return [.. ((EffectShare?[])[of?.Direct, of?.Queries, of?.Values]).Select((share, i) => new[] { Percent(share?.Absolute, intervals[i]?.Absolute), Percent(share?.Hindering), Percent(share?.Signed) })];
    }

    private static object? Describe(IoiAlgorithmResult ioi, IoiAlgorithmShares? shares, bool isThere)
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
            B = isThere ? Describe(shares.Direct, intervals[0]) : null,
            C = isThere ? Describe(shares.Queries, intervals[1]) : null,
            D = isThere ? Describe(shares.Values, intervals[2]) : null,
            Carriers = shares.Carriers(ioi).Select(c => new
            {
                Role = RoleNames.Of(c.Carrier),
                Helping = Names(c.Helping),
                Hindering = Names(c.Hindering),
                HelpingShare = isThere ? c.HelpingShare : null,
                HinderingShare = isThere ? c.HinderingShare : null,
            }),
        };
    }

    private static object? Describe(EffectShare? share, EffectShareInterval? interval) =>
        share is null ? null : new { share.Absolute, AbsoluteInterval = interval?.Absolute, share.Signed, SignedInterval = interval?.Signed, share.Helping, share.Hindering, share.Total };

    private static string[] Names(IEnumerable<Circuits.Heads.HeadIndex> heads) => [.. heads.Select(h => h.ToString())];

    private static string Percent(double? share, Interval? interval) =>
        share is not null && interval is { Low: var low, High: var high } && double.IsFinite(low) ? $"{Percent(share)} ({Percent(low)} to {Percent(high)})" : Percent(share);

    private static string Percent(double? share) => share is { } known ? known.ToString("f1", CultureInfo.InvariantCulture) : "\u2013";
}
