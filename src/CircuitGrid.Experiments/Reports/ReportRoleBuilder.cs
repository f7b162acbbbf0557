using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Heads.Ioi;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Comparison.Onsets;
using CircuitGrid.Experiments.Comparison.Roles;

namespace CircuitGrid.Experiments.Reports;

/// <summary>Puts what heads are for into a report.</summary>
internal static class ReportRoleBuilder
{
    private const int Decimals = 4;

    /// <summary>Every model's roles.</summary>
    /// <param name="models">The models, by parameters.</param>
    /// <param name="maxScores">Most scores of single heads to write, over all models; the smaller models' come first.</param>
    /// <param name="tasks">When the models learn their tasks.</param>
    /// <param name="options">Number of resamples and seed of the scores' intervals.</param>
    public static ImmutableArray<ReportModelRoles> Models(IEnumerable<ModelRoles> models, long maxScores, IReadOnlyCollection<TaskOnset> tasks, BootstrapOptions? options = null)
    {
        var reported = ImmutableArray.CreateBuilder<ReportModelRoles>();
        foreach (var model in models)
        {
            var scores = model.Checkpoints.Sum(c => c.Scores.Roles.Values.Sum(t => (long)t.Values.Length));
            var fits = scores <= maxScores;
            maxScores = fits ? maxScores - scores : maxScores;
            reported.Add(Model(model, fits, tasks, options));
        }

        return reported.ToImmutable();
    }

    /// <summary>Every two models, distances of all and matched heads of those next to each other.</summary>
    /// <param name="models">The models, by parameters.</param>
    public static ImmutableArray<ReportRolePair> Pairs(IReadOnlyList<ModelRoles> models) =>
    [
        .. models.SelectMany((first, i) => models.Skip(i + 1).Select((second, apart) => new ReportRolePair(
            first.Model,
            second.Model,
            [
                .. first.Last.Roles.Keys.Intersect(second.Last.Roles.Keys).Select(role => new ReportRoleDistance(
                    RoleNames.Of(role),
                    Finite(RoleProfile.Of(role, first.Last.Roles[role]).DistanceTo(RoleProfile.Of(role, second.Last.Roles[role]))))),
            ],
            apart > 0 ? [] : [.. MatchedHeads.Of(first.Last, second.Last).Select(m => new ReportHeadMatch(m.First.ToString(), m.Second.ToString(), m.Distance))]))),
    ];

    private static ReportModelRoles Model(ModelRoles model, bool withScores, IReadOnlyCollection<TaskOnset> tasks, BootstrapOptions? options) => new()
    {
        Model = model.Model,
        Steps = [.. model.Checkpoints.Select(c => c.Cell.Id.Step)],
        Tokens = [.. model.Checkpoints.Select(c => c.Cell.Tokens)],
        Roles = [.. model.Roles.Select(r => Role(r, model, withScores, tasks, options))],
        Algorithm = [.. model.Checkpoints.Select(c => c.Scores.Ioi is { } ioi ? Algorithm(ioi, c.Scores.Contrast!) : null)],
        ScoresLeftOut = !withScores,
    };

    private static ReportRole Role(RoleTrajectory role, ModelRoles model, bool withScores, IReadOnlyCollection<TaskOnset> tasks, BootstrapOptions? options)
    {
        // a checkpoint whose scores lack the role has no point
        var points = role.Points.ToDictionary(p => p.Step);
        var profile = model.Last.Roles.TryGetValue(role.Role, out var last) ? RoleProfile.Of(role.Role, last) : null;
        return new()
        {
            Role = RoleNames.Of(role.Role),
            Task = RoleTrajectory.TaskOf(role.Role),
            FirstHead = role.First?.ToString(),
            Score = Along(p => Finite(p?.Score)),
            ScoreInterval = [.. model.Checkpoints.Select(c => role.First is { } first && c.Scores.Roles.TryGetValue(role.Role, out var table) ? Around(role.Role, table, first, options) : null)],
            CircuitSum = Along(p => Finite(p?.CircuitSum)),
            CircuitSumInterval = Along(p => p?.CircuitSumInterval is var (low, high) ? new ReportInterval(low, high) : null),
            HeadsBetween = Along(p => p?.HeadCounts is var (surely, possibly) ? new ReportInterval(surely, possibly) : null),
            Heads = Along(p => p?.Heads.Indices() ?? []),
            Turnover = Along(p => p?.Turnover is { } t ? new ReportTurnover(t.Jaccard, t.Entering, t.Leaving, t.EverSeen) : null),
            Onset = ReportOnsetBuilder.Onset(role.Onset),
            CircuitOnset = ReportOnsetBuilder.Onset(role.CircuitOnset),
            Order = OnsetOrders.NameOf(model.OrderOf(role, tasks)),
            CircuitOrder = OnsetOrders.NameOf(model.CircuitOrderOf(role, tasks)),
            Scores = withScores ? [.. model.Checkpoints.Select(c => Scores(role.Role, c.Scores))] : [],
            Profile = profile?.Shares ?? [],
            ProfileInterval = last is null ? [] : [.. RoleProfile.Intervals(role.Role, last).Select(i => new ReportInterval(i.Low, i.High))],
            MeanDepth = Finite(profile?.MeanDepth),
        };

        ImmutableArray<T> Along<T>(Func<RolePoint?, T> value) => [.. model.Checkpoints.Select(c => value(points.GetValueOrDefault(c.Cell.Id.Step)))];
    }

    private static ReportInterval? Around(HeadRole role, HeadTable table, HeadIndex head, BootstrapOptions? options)
    {
        if (table.Samples is not { } samples)
        {
            return null;
        }

        return Finite(HeadScoreInterval.Of(samples, (head.Layer * table.Heads) + head.Head, score => RoleTrajectory.Shown(role, score), options));
    }

    private static ImmutableArray<double> Scores(HeadRole role, HeadScores scores) =>
        scores.Roles.TryGetValue(role, out var table) ? [.. table.Values.Select(s => Math.Round(RoleTrajectory.Shown(role, s), Decimals))] : [];

    private static ReportAlgorithm Algorithm(IoiAlgorithmResult ioi, IoiContrast contrast) => new(
        ioi.InCircuit is { } shares ? Shares(ioi, shares, contrast.IsThere) : null,
        Shares(ioi, ioi.AllHeads, contrast.IsThere),
        Names(ioi.NameMovers),
        Names(ioi.NegativeNameMovers),
        Names(ioi.CopySuppression),
        Names(ioi.NegativeCopySuppression))
    {
        NoSharesBecause = contrast.WhyNot,
        LogitDifferenceLost = Finite(contrast.Difference),
        LogitDifferenceLostInterval = Finite(contrast.Interval),
    };

    private static ReportAlgorithmShares Shares(IoiAlgorithmResult ioi, IoiAlgorithmShares shares, bool isThere)
    {
        var intervals = shares.Intervals(ioi);
        return new(
            Share(shares.Direct, intervals[0], isThere),
            shares.Queries is { } queries ? Share(queries, intervals[1], isThere) : null,
            shares.Values is { } values ? Share(values, intervals[2], isThere) : null,
            Names(shares.SInhibition),
            Names(shares.Induction),
            Names(shares.DuplicateToken))
        {
            Carriers =
            [
                .. shares.Carriers(ioi).Select(c => new ReportCarrier(
                    RoleNames.Of(c.Carrier), Names(c.Helping), Names(c.Hindering), isThere ? Finite(c.HelpingShare) : null, isThere ? Finite(c.HinderingShare) : null)),
            ],
        };
    }

    private static ReportEffectShare Share(EffectShare share, EffectShareInterval? interval, bool isThere) => !isThere ? new(null, null) : new(Finite(share.Absolute), Finite(share.Signed))
    {
        Helping = Finite(share.Helping),
        Hindering = Finite(share.Hindering),
        AbsoluteInterval = Finite(interval?.Absolute),
        SignedInterval = Finite(interval?.Signed),
    };

    private static ImmutableArray<string> Names(ImmutableArray<HeadIndex> heads) => [.. heads.Select(h => h.ToString())];

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    private static ReportInterval? Finite(Interval? interval) =>
        interval is var (low, high) && double.IsFinite(low) && double.IsFinite(high) ? new(low, high) : null;
}
