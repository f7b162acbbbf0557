using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Grains.Suites;
using CircuitGrid.Models.Hub;
using Orleans.Runtime.Placement;

namespace CircuitGrid.Grains.Experiments;

/// <content>
/// Silos find suites in folders of their machines, and these may differ. An experiment is planned by a silo that sees all that any of them sees: otherwise it would
/// depend on where the grain happens to be what is planned.
/// </content>
internal sealed partial class ExperimentGrain : IGrainMigrationParticipant
{
    private const string FreshKey = "circuitgrid.fresh";

    /// <summary>How often silos that lack something are looked at again.</summary>
    private static readonly TimeSpan SightInterval = TimeSpan.FromSeconds(10);

    /// <summary>When it was to move last; it goes once the calls it is at have ended.</summary>
    private long? movedAt;

    /// <summary>Silos don't see the same: what comes to this one need not come to that which watches the suite.</summary>
    private bool areDifferent;

    /// <summary>When silos were looked at last.</summary>
    private long sightedAt;

    /// <summary>What an earlier silo planned that none sees any more; <see langword="null"/> for nothing.</summary>
    private string? lost;

    public void OnDehydrate(IDehydrationContext dehydrationContext) => dehydrationContext.TryAddValue(FreshKey, isFresh);

    public void OnRehydrate(IRehydrationContext rehydrationContext) => rehydrationContext.TryGetValue(FreshKey, out isFresh);

    /// <summary>Has the experiment planned where its whole suite is seen.</summary>
    /// <returns>What there is to say of the silos; nothing where all see the same.</returns>
    /// <exception cref="SuiteElsewhereException">That is another silo.</exception>
    /// <exception cref="InvalidInputException">There is no such silo, and the experiment hasn't begun.</exception>
    private async Task<IReadOnlyList<string>> RequireWholeSuiteAsync(ExperimentSpec spec)
    {
        if (RemoteSuite.IsOne(spec.Suite))
        {
            return [];
        }

        var sights = await SuiteSights.AskAsync(GrainFactory, silos.Active(), state.State.Yaml, time);
        var here = details.SiloAddress;
        var differences = sights.Differences;
        areDifferent = differences.Count > 0;
        if (sights.IsShort(here) && sights.Whole is { } whole)
        {
            if (movedAt is not { } at || time.GetElapsedTime(at) > SightInterval)
            {
                movedAt = time.GetTimestamp();
                RequestContext.Set(IPlacementDirector.PlacementHintKey, whole);
                this.MigrateOnIdle();
                RequestContext.Clear();
            }

            throw new SuiteElsewhereException($"{string.Join("; ", differences)}; it moves to {SuiteSights.NameOf(whole)}, which sees all of its suite");
        }

        if (sights.IsShort(here) && isFresh && !state.State.Watching)
        {
            throw new InvalidInputException(
                spec.Name, $"asks for what no silo has all of: {string.Join("; ", differences)}; give them the same suite, or name models that one of them has");
        }

        if (sights.Seen.TryGetValue(here, out var sight))
        {
            lost = LostOf(sight);
            if (!state.State.Watching)
            {
                await RememberAsync(sight);
            }
        }

        string[] toSay = lost is null ? [.. differences] : [.. differences, lost];
        foreach (var difference in toSay)
        {
            LogDiffers(Id, difference);
        }

        return toSay;
    }

    /// <summary>Lets silos have jobs again for what they lacked and see now.</summary>
    private async Task LookAtSilosAsync(ExperimentRun now)
    {
        if (now.Refusals.HasLacks && time.GetElapsedTime(sightedAt) > SightInterval)
        {
            sightedAt = time.GetTimestamp();
            foreach (var (silo, sight) in (await SuiteSights.AskAsync(GrainFactory, silos.Active(), state.State.Yaml, time)).Seen)
            {
                now.Refusals.See(silo, sight);
            }
        }
    }

    private async Task RememberAsync(SuiteSight sight)
    {
        SeenModel[] seen = [.. sight.Models.Select(m => new SeenModel(m.Name, m.Steps.Length)), .. Gone(sight)];
        if (state.State.Seen is not { } before || !before.SequenceEqual(seen))
        {
            state.State.Seen = seen;
            state.State.PlannedOn = lost is null ? SuiteSights.NameOf(details.SiloAddress) : state.State.PlannedOn;
            await SaveAsync();
        }
    }

    /// <summary>A silo that died may have been the only one with a model: that it isn't seen any more is no end of the experiment.</summary>
    private string? LostOf(SuiteSight sight)
    {
        var gone = Gone(sight).Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Model} ({m.Checkpoints} checkpoints)")).ToList();
        return gone.Count == 0 ? null : $"no silo has {string.Join(", ", gone)}; it was planned on {state.State.PlannedOn}";
    }

    private IEnumerable<SeenModel> Gone(SuiteSight sight) => (state.State.Seen ?? []).Where(m => !sight.Has(m.Model, step: null));
}
