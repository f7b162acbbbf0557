using CircuitGrid.Experiments.Specification;
using CircuitGrid.Hub.Cache;
using CircuitGrid.Hub.Lists;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.Hub.Suites;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites;
using Microsoft.Extensions.DependencyInjection;

namespace CircuitGrid.Hub;

/// <summary>Suites that are no folders, each by who knows its address: on the hub, or lists of URLs. Safe for several threads.</summary>
/// <param name="hub">Suites on the hub.</param>
/// <param name="lists">Lists of URLs.</param>
public sealed class RemoteSuites(HubSuites hub, UrlSuites lists) : IHub
{
    /// <summary>The folder of lists' files in a folder for caches.</summary>
    private const string ListsName = "circuitgrid-urls";

    public long FreeBytes => hub.FreeBytes;

    /// <summary>Suites over connections of their own.</summary>
    /// <param name="options">Which hub is asked, how, and where its files are kept.</param>
    /// <param name="time">The clock of pauses between requests.</param>
    /// <param name="notices">Hears whole sentences for people.</param>
    public static RemoteSuites Create(HubOptions options, TimeProvider time, Action<string> notices)
    {
        var services = new ServiceCollection().AddHubClient(options, time, notices).BuildServiceProvider();
        return Create(options, services.GetRequiredService<IHttpClientFactory>(), time, notices);
    }

    /// <summary>Suites over a host's connections, which has to know them by <see cref="HubServices.AddHubClient"/>.</summary>
    public static RemoteSuites Create(HubOptions options, IHttpClientFactory clients, TimeProvider time, Action<string> notices) =>
        new(new(new HubStore(options, clients, time, notices)), new(options, clients, time, Path.GetFullPath(Path.Combine(options.CacheFolder, "..", ListsName))));

    public Task<SuiteFolder> OpenAsync(ExperimentSpec experiment, CancellationToken cancellation) => For(experiment).OpenAsync(experiment, cancellation);

    public SuiteFolder Open(ExperimentSpec experiment, string model, int step, HubPin pin)
    {
        var known = For(experiment);
        return known.Open(experiment, model, step, pin);
    }

    public HubPin Pin(HubCheckpoint checkpoint, WeightKind kind) => For(checkpoint.Snapshot.Repository).Pin(checkpoint, kind);

    public Task<HubCheckpoint> LookAsync(SuiteModel model, SuiteCheckpoint checkpoint, CancellationToken cancellation) =>
        For(checkpoint.Hub?.Repository ?? throw new ArgumentException("is a folder of this machine", nameof(checkpoint))).LookAsync(model, checkpoint, cancellation);

    public bool IsHere(HubSnapshot checkpoint, HubFile file) => For(checkpoint.Repository).IsHere(checkpoint, file);

    public Task FetchAsync(HubSnapshot checkpoint, HubFile file, IProgress<long>? received, CancellationToken cancellation) =>
        For(checkpoint.Repository).FetchAsync(checkpoint, file, received, cancellation);

    public bool Remove(HubRepositoryFolder repository, HubFile file) => For(repository).Remove(repository, file);

    public bool IsFetched(HubRepositoryFolder repository, HubFile file) => For(repository).IsFetched(repository, file);

    private IHub For(ExperimentSpec experiment) => UrlList.IsOne(experiment.Suite) ? lists : hub;

    private IHub For(HubRepositoryFolder repository) => string.Equals(repository.Cache, lists.CacheFolder, StringComparison.Ordinal) ? lists : hub;
}
