using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Grains.Experiments;

/// <summary>
/// The checkpoints of an experiment's suite that are whole, and the state of their files: what tells a new one from those already planned
/// without planning them again.
/// </summary>
internal sealed class ReadyCheckpoints
{
    private readonly Dictionary<(string Model, int Step), (SuiteModel Model, FolderState State)> checkpoints = [];

    private ReadyCheckpoints(SuiteFolder suite) => Suite = suite;

    public SuiteFolder Suite { get; }

    /// <summary>Those of an experiment that are whole.</summary>
    /// <param name="spec">The experiment.</param>
    /// <param name="suite">Its suite.</param>
    /// <param name="stateOf">The files of a folder where they are whole, else <see langword="null"/>.</param>
    public static ReadyCheckpoints Of(ExperimentSpec spec, SuiteFolder suite, Func<string, FolderState?> stateOf)
    {
        var found = new ReadyCheckpoints(suite);
        foreach (var model in suite.Models.Where(spec.Takes))
        {
            foreach (var step in model.Steps.Where(spec.Checkpoints.Includes))
            {
                if (stateOf(model.StepFolder(step)) is { } state)
                {
                    found.checkpoints.Add((model.Name, step), (model, state));
                }
            }
        }

        return found;
    }

    /// <summary>The checkpoints that have come since an earlier look; <see langword="null"/> where one of the earlier ones has changed or is gone.</summary>
    public IReadOnlyList<(SuiteModel Model, int Step)>? Since(ReadyCheckpoints earlier) =>
        earlier.checkpoints.All(c => checkpoints.TryGetValue(c.Key, out var now) && now.State == c.Value.State)
            ? [.. checkpoints.Where(c => !earlier.checkpoints.ContainsKey(c.Key)).Select(c => (c.Value.Model, c.Key.Step))]
            : null;
}
