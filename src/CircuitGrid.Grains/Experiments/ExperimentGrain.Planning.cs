using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Grains.Hosting;
using CircuitGrid.Grains.Suites;

namespace CircuitGrid.Grains.Experiments;

/// <content>From the experiment's text to what there is to do.</content>
internal sealed partial class ExperimentGrain
{
    /// <summary>An experiment is only begun where somebody can compute it; should those silos go later, it waits for such to come.</summary>
    /// <exception cref="InvalidInputException">Something has to be computed, and no silo has the experiment's numerics.</exception>
    private async Task RequireNumericsAsync(ExperimentRun begun)
    {
        if (isFresh && !begun.IsIdle && await silos.NumericsAsync(IntroductionTime) is var known && !known.Contains(begun.Spec.Numerics))
        {
            throw new InvalidInputException(
                begun.Spec.Name, $"asks for numerics {begun.Spec.Numerics}; the cluster's silos compute with {string.Join(", ", known.Order(StringComparer.Ordinal))}");
        }

        isFresh = false;
    }

    /// <summary>The run, planned; made once for all who ask at the same time.</summary>
    private async Task<ExperimentRun> PlannedAsync()
    {
        if (run is { } ready)
        {
            return ready;
        }

        planning ??= MakeAsync();
        try
        {
            (run, replaced) = (await planning, null);
            return run;
        }
        finally
        {
            planning = null;
        }

        async Task<ExperimentRun> MakeAsync()
        {
            var isWatching = state.State.Watching;
            watcher = new(source, settings, sightings);
            var spec = options.ReadExperiment(state.State.Yaml);
            var differences = await RequireWholeSuiteAsync(spec);
            var made = new ExperimentRun(options, time, state.State.Started, spec, isWatching ? watcher.StateOf : null, replaced?.Events)
            {
                PlannedOn = SuiteSights.NameOf(details.SiloAddress),
            };
            differences.ToList().ForEach(made.Notice);
            suite = isWatching ? new(made.Spec, source, said.Enqueue) : null;
            planned = null;
            if (isWatching)
            {
                await GrainFactory.GetGrain<ISuiteGrain>(made.Spec.Suite).SubscribeAsync(Id);
                await SettleAsync(made);
            }

            await PlanAsync(made);
            return made;
        }
    }

    /// <summary>Gives files that are whole now the time to show whether they stay as they are.</summary>
    private async Task SettleAsync(ExperimentRun made)
    {
        await LookAsync(made);
        if (watcher.IsWaiting)
        {
            await Task.Delay(options.Settled, time);
        }
    }

    /// <summary>Plans what has to be planned again, and what has come. A hub that can't be reached is said once and left alone for a while.</summary>
    private async Task PlanAgainAsync(ExperimentRun now)
    {
        try
        {
            if (now.NeedsPlan)
            {
                await PlanAsync(now);
            }
            else if (news != newsTaken || IsLookDue)
            {
                var upTo = news;
                newsTaken = await PlanNewsAsync(now) ? upTo : newsTaken;
            }
            else
            {
                return;
            }

            missedAt = null;
        }
        catch (HubUnreachableException e)
        {
            if (missedAt is null)
            {
                now.Notice($"{e.Message}; trying again");
                LogHubMissed(Id, e.Message);
            }

            missedAt = time.GetTimestamp();
        }
    }

    /// <summary>Judges checkpoints anew by weights that were read since they were planned.</summary>
    private async Task JudgeAsync(ExperimentRun now)
    {
        var planner = Planner(now.Spec);
        var planned = now.Checkpoints.ToList();
        foreach (var checkpoint in await Task.Run(() => planner.JudgeAsync(now.Spec, planned, CancellationToken.None)))
        {
            now.Revise(checkpoint);
        }

        now.Judged();
    }

    /// <summary>Looks at the suite's checkpoints, and says what there is to say.</summary>
    /// <returns>Those that are whole; <see langword="null"/> where the suite has to be waited for.</returns>
    private async Task<ReadyCheckpoints?> LookAsync(ExperimentRun now)
    {
        lookedAt = time.GetTimestamp();
        var (watched, looking) = (suite!, watcher);
        var found = await Task.Run(async () =>
        {
            if (await watched.OpenAsync(CancellationToken.None) is not { } opened)
            {
                return null;
            }

            foreach (var note in looking.Look(opened, now.Spec).Notes)
            {
                said.Enqueue(note);
            }

            return ReadyCheckpoints.Of(now.Spec, opened, looking.StateOf);
        });
        SayTo(now);
        return found;
    }

    /// <summary>What was noticed away from the grain's turns is told in one of them.</summary>
    private void SayTo(ExperimentRun now)
    {
        while (said.TryDequeue(out var note))
        {
            now.Notice(note);
        }
    }

    /// <returns>Whether there is a plan now: not where a watched suite has to be waited for.</returns>
    private async Task<bool> PlanAsync(ExperimentRun now)
    {
        var spec = options.ReadExperiment(state.State.Yaml);
        if (suite is null)
        {
            now.Take(await Task.Run(() => Planner(spec).BuildAsync(spec, isReady: null, CancellationToken.None)));
            return true;
        }

        // looked at before the plan is made: what changes or comes meanwhile is seen the next time
        if (await LookAsync(now) is not { } found)
        {
            return false;
        }

        try
        {
            now.Take(await Task.Run(() => Planner(spec).BuildAsync(spec, watcher.IsReady, CancellationToken.None)));
        }
        catch (InvalidInputException e) when (planned is not null && suite.Misses(e))
        {
            SayTo(now);
            return false;
        }

        planned = found;
        return true;
    }

    /// <summary>
    /// Plans checkpoints that have come, and those alone, and judges them together with the others. Where others have changed, or a new one
    /// has another graph than its model's, everything is planned again.
    /// </summary>
    /// <returns>Whether the news has been followed: not where the suite has to be waited for.</returns>
    private async Task<bool> PlanNewsAsync(ExperimentRun now)
    {
        var spec = now.Spec;
        var before = planned;
        if (suite is null)
        {
            return true;
        }

        if (await LookAsync(now) is not { } found)
        {
            return false;
        }

        if (before is null || found.Since(before) is not { } come)
        {
            return await PlanAsync(now);
        }

        var unknown = come.Where(c => !now.Knows(c.Model.Name, c.Step)).ToList();
        var planner = Planner(spec);
        var earlier = now.Checkpoints.ToList();
        if (await Task.Run(() => planner.BuildNewsAsync(spec, found.Suite, unknown, earlier, CancellationToken.None)) is not { } made || !made.All(now.HasGraphOf))
        {
            return await PlanAsync(now);
        }

        foreach (var checkpoint in made)
        {
            if (now.Knows(checkpoint.Model.Name, checkpoint.Step))
            {
                now.Revise(checkpoint);
            }
            else
            {
                now.Add(checkpoint);
            }
        }

        planned = found;
        return true;
    }

    private PlanBuilder Planner(ExperimentSpec spec)
    {
        var analyzer = new PlanningAnalyzer(options.Devices[0].Analyzer, spec.Numerics);
        return new(store, analyzer, source, settings, audits ??= new(new(store, analyzer, source, settings, sightings)));
    }
}
