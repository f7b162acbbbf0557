using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Experiments.Hosting;

/// <summary>
/// Experiments that somebody asked a server for. They go on whether or not anybody is looking, and several may look at one. Members may be
/// called from several threads.
/// </summary>
public interface IExperimentHost
{
    /// <summary>Plans, compares and reads what the experiments need and have found.</summary>
    IGrid Grid { get; }

    /// <summary>Starts an experiment, or says how far it is where it runs already. One that has ended starts again, for what is missing.</summary>
    /// <param name="yaml">The experiment's YAML text; paths in it are relative to the host's suites and may not leave them.</param>
    /// <param name="watch">
    /// Whether to go on with every new checkpoint until it is cancelled. One that runs is watched from then on, and one that is watched stays so:
    /// <see cref="HostedExperiment.Watching"/> says which.
    /// </param>
    /// <param name="cancellation">Cancels the call, not the experiment.</param>
    /// <exception cref="InvalidInputException">The text isn't an experiment, or its suite can't be used.</exception>
    Task<HostedExperiment> StartAsync(string yaml, bool watch, CancellationToken cancellation = default);

    /// <summary>All experiments, the latest first.</summary>
    Task<IReadOnlyList<HostedExperiment>> ListAsync(CancellationToken cancellation = default);

    /// <summary>An experiment, or <see langword="null"/> where there is none of that id.</summary>
    Task<HostedExperiment?> FindAsync(string id, CancellationToken cancellation = default);

    /// <summary>Asks an experiment to end soon; cells that are computed stay.</summary>
    /// <returns>Whether it was running.</returns>
    Task<bool> CancelAsync(string id, CancellationToken cancellation = default);

    /// <summary>
    /// What happens to an experiment, until it ends. A follower too late to hear of everything hears of what is still remembered: the
    /// progress in each event is right all the same.
    /// </summary>
    /// <param name="id">The experiment; nothing happens to one that isn't there.</param>
    /// <param name="after">The last event already heard of, 0 for none.</param>
    /// <param name="cancellation">Ends the listening.</param>
    IAsyncEnumerable<HostedEvent> FollowAsync(string id, long after, CancellationToken cancellation = default);
}
