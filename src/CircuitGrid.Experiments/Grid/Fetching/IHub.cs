using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Grid.Fetching;

/// <summary>
/// Suites whose checkpoints lie on the hub: what there is, what is known of it without its weights, and the weights when they are wanted. All members may be called
/// from several threads. They throw <see cref="HubUnreachableException"/> where it is not the checkpoint's fault.
/// </summary>
public interface IHub
{
    /// <summary>The suite that an experiment names by its address.</summary>
    /// <exception cref="InvalidInputException">There is no such repository, it may not be read, or none of its revisions is a checkpoint.</exception>
    Task<SuiteFolder> OpenAsync(ExperimentSpec experiment, CancellationToken cancellation);

    /// <summary>
    /// A suite of one checkpoint that another machine has found there.
    /// </summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="step">The checkpoint's step.</param>
    /// <param name="pin">Where it is.</param>
    SuiteFolder Open(ExperimentSpec experiment, string model, int step, HubPin pin);

    /// <summary>A checkpoint as another machine finds it.</summary>
    HubPin Pin(HubCheckpoint checkpoint, WeightKind kind);

    /// <summary>
    /// What is known of a checkpoint without its weights. Its configuration and tokenizer, its index of shards and the headers of its safetensors files are on this
    /// machine then.
    /// </summary>
    /// <exception cref="InvalidInputException">It lacks a file, or one can't be read.</exception>
    Task<HubCheckpoint> LookAsync(SuiteModel model, SuiteCheckpoint checkpoint, CancellationToken cancellation);

    /// <summary>Whether a file of a checkpoint is on this machine, as long as the hub says it is.</summary>
    bool IsHere(HubSnapshot checkpoint, HubFile file);

    /// <summary>Brings a file of a checkpoint to this machine; where it is here already nothing happens.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="file">The file.</param>
    /// <param name="received">Receives the bytes that are here so far.</param>
    /// <param name="cancellation">Ends the transfer.</param>
    /// <exception cref="InvalidInputException">It may not be read, its bytes aren't those that its digest says, or there is no room for it.</exception>
    Task FetchAsync(HubSnapshot checkpoint, HubFile file, IProgress<long>? received, CancellationToken cancellation);

    /// <summary>Removes a file, if this program has fetched it.</summary>
    /// <returns>Whether it was removed.</returns>
    bool Remove(HubRepositoryFolder repository, HubFile file);

    /// <summary>Whether this program has fetched a file that is here.</summary>
    bool IsFetched(HubRepositoryFolder repository, HubFile file);

    /// <summary>Bytes that are free where files are fetched to.</summary>
    long FreeBytes { get; }
}
