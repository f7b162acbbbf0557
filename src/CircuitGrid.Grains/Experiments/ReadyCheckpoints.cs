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

    /// <summary>Looks at the folders as they are now.</summary>
    /// <param name="spec">The experiment.</param>
    /// <param name="source">Looks at files.</param>
    /// <param name="isSettled">Whether files of such a state are whole.</param>
    /// <exception cref="CircuitGrid.Compute.InvalidInputException">The suite can't be read.</exception>
    public static ReadyCheckpoints Of(ExperimentSpec spec, IExperimentSource source, Func<FolderState, bool> isSettled)
    {
        var found = new ReadyCheckpoints(spec.OpenSuite());
        foreach (var model in found.Suite.Models.Where(spec.Takes))
        {
            foreach (var step in model.Steps.Where(spec.Checkpoints.Includes))
            {
                if (source.StateOf(model.StepFolder(step)) is { } state && isSettled(state))
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
