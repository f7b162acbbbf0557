using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
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
            return run = await planning;
        }
        finally
        {
            planning = null;
        }

        async Task<ExperimentRun> MakeAsync()
        {
            var made = new ExperimentRun(options, time, state.State.Started, options.ReadExperiment(state.State.Yaml));
            if (state.State.Watching)
            {
                await GrainFactory.GetGrain<ISuiteGrain>(made.Spec.Suite).SubscribeAsync(Id);
            }

            made.Take(await PlanAsync());
            return made;
        }
    }

    private Task<GridPlan> PlanAsync()
    {
        var spec = options.ReadExperiment(state.State.Yaml);
        Func<string, bool>? isReady = state.State.Watching ? IsReady : null;
        return Task.Run(() =>
        {
            // looked at before the plan is made: what changes or comes meanwhile is seen the next time
            planned = isReady is null ? null : ReadyCheckpoints.Of(spec, source, IsSettled);
            return Planner(spec).BuildAsync(spec, isReady, CancellationToken.None);
        });
    }

    /// <summary>
    /// Plans checkpoints that have come, and those alone: that costs the same however many there are. Where others have changed, or a new one
    /// has another graph than its model's, everything is planned again.
    /// </summary>
    private async Task PlanNewsAsync(ExperimentRun now)
    {
        var spec = now.Spec;
        var before = planned;
        var found = await Task.Run(() => ReadyCheckpoints.Of(spec, source, IsSettled));
        if (before is null || found.Since(before) is not { } come)
        {
            now.Take(await PlanAsync());
            return;
        }

        var unknown = come.Where(c => !now.Knows(c.Model.Name, c.Step)).ToList();
        var planner = Planner(spec);
        var made = await Task.Run(async () =>
        {
            var checkpoints = new List<PlannedCheckpoint>();
            foreach (var (model, step) in unknown)
            {
                checkpoints.Add(await planner.BuildAsync(spec, found.Suite, model, step, weights: null, CancellationToken.None));
            }

            return checkpoints;
        });
        if (!made.TrueForAll(now.HasGraphOf))
        {
            now.Take(await PlanAsync());
            return;
        }

        made.ForEach(now.Add);
        planned = found;
    }

    private PlanBuilder Planner(ExperimentSpec spec) =>
        new(store, new PlanningAnalyzer(options.Devices[0].Analyzer, spec.Numerics), source, new() { Program = options.Program, Time = time });

    private bool IsReady(string folder) => source.StateOf(folder) is { } files && IsSettled(files);

    private bool IsSettled(FolderState files) => time.GetUtcNow() - files.LastTouched >= options.Settled;
}
