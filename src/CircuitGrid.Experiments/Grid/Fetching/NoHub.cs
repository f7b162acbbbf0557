using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Grid.Fetching;

/// <summary>For programs that read folders only.</summary>
public sealed class NoHub : IHub
{
    private NoHub()
    {
    }

    /// <summary>The only one.</summary>
    public static NoHub Instance { get; } = new();

    public long FreeBytes => 0;

    public Task<SuiteFolder> OpenAsync(ExperimentSpec experiment, CancellationToken cancellation) => throw Refuse(experiment.Suite);

    public SuiteFolder Open(ExperimentSpec experiment, string model, int step, HubPin pin) => throw Refuse(experiment.Suite);

    public HubPin Pin(HubCheckpoint checkpoint, WeightKind kind) => throw Refuse(checkpoint.Snapshot.Address);

    public Task<HubCheckpoint> LookAsync(SuiteModel model, SuiteCheckpoint checkpoint, CancellationToken cancellation) => throw Refuse(checkpoint.Name);

    public bool IsHere(HubSnapshot checkpoint, HubFile file) => false;

    public Task FetchAsync(HubSnapshot checkpoint, HubFile file, IProgress<long>? received, CancellationToken cancellation) => throw Refuse(checkpoint.Address);

    public bool Remove(HubRepositoryFolder repository, HubFile file) => false;

    public bool IsFetched(HubRepositoryFolder repository, HubFile file) => false;

    private static InvalidInputException Refuse(string what) => new(what, "is on the hub, and this program reads folders only");
}
