using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Grid.Fetching;

/// <summary>A hub that is made when it is first asked: most programs that could use one never do.</summary>
/// <param name="make">Makes it.</param>
public sealed class LazyHub(Func<IHub> make) : IHub
{
    private readonly Lazy<IHub> hub = new(make, LazyThreadSafetyMode.PublicationOnly);

    public long FreeBytes => hub.Value.FreeBytes;

    public Task<SuiteFolder> OpenAsync(ExperimentSpec experiment, CancellationToken cancellation) => hub.Value.OpenAsync(experiment, cancellation);

    public SuiteFolder Open(ExperimentSpec experiment, string model, int step, HubPin pin) => hub.Value.Open(experiment, model, step, pin);

    public HubPin Pin(HubCheckpoint checkpoint, WeightKind kind) => hub.Value.Pin(checkpoint, kind);

    public Task<HubCheckpoint> LookAsync(SuiteModel model, SuiteCheckpoint checkpoint, CancellationToken cancellation) => hub.Value.LookAsync(model, checkpoint, cancellation);

    public bool IsHere(HubSnapshot checkpoint, HubFile file) => hub.Value.IsHere(checkpoint, file);

    public Task FetchAsync(HubSnapshot checkpoint, HubFile file, IProgress<long>? received, CancellationToken cancellation) => hub.Value.FetchAsync(checkpoint, file, received, cancellation);

    public bool Remove(HubRepositoryFolder repository, HubFile file) => hub.Value.Remove(repository, file);

    public bool IsFetched(HubRepositoryFolder repository, HubFile file) => hub.Value.IsFetched(repository, file);
}
