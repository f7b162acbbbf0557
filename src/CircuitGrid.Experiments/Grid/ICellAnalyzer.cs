using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Checkpoints.Prints;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Experiments.Grid;

/// <summary>What computes cells: loads a checkpoint once, then runs its tasks. All members may be called from several threads.</summary>
public interface ICellAnalyzer
{
    /// <summary>How numbers are held and computed: part of every key.</summary>
    string Numerics { get; }

    /// <summary>Raised whenever the same inputs give other bytes: part of every key.</summary>
    int AlgorithmVersion { get; }

    /// <summary>What computes, for people.</summary>
    string Device { get; }

    /// <summary>
    /// Bytes of the device's own memory that weights and batches may take together; <see langword="null"/> where they are in the host's. Asking may
    /// open the device.
    /// </summary>
    /// <exception cref="InvalidInputException">The device isn't there.</exception>
    long? Memory => null;

    /// <summary>Looks at a checkpoint without reading its weights.</summary>
    /// <param name="files">Its files.</param>
    /// <param name="foreign">Which keys of other tools' files to ignore, and where to note what is passed over.</param>
    /// <exception cref="InvalidInputException">The folder can't be used.</exception>
    CheckpointInfo Inspect(CheckpointFiles files, ForeignKeys foreign);

    /// <summary>The digest of a checkpoint's tensors and configuration, and its weights as numbers; reads all of it. What is ignored doesn't enter it.</summary>
    /// <param name="files">Its files.</param>
    /// <param name="ignored">Keys of other tools' files to ignore.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="InvalidInputException">The folder can't be used.</exception>
    CheckpointExamination Examine(CheckpointFiles files, ImmutableSortedSet<string> ignored, CancellationToken cancellation);

    /// <summary>Loads a checkpoint's weights.</summary>
    /// <param name="files">Its files.</param>
    /// <param name="ignored">Keys of other tools' files to ignore.</param>
    /// <param name="threads">Threads to load and analyse with.</param>
    /// <param name="workingMemory">Bytes the analysis may take beside the weights; <see langword="null"/> for what is usual.</param>
    /// <param name="cancellation">Cancels the load.</param>
    /// <exception cref="InvalidInputException">The folder can't be used.</exception>
    ILoadedCheckpoint Load(CheckpointFiles files, ImmutableSortedSet<string> ignored, int threads, long? workingMemory, CancellationToken cancellation);
}

/// <summary>A checkpoint whose weights are in memory. Used by one thread at a time.</summary>
public interface ILoadedCheckpoint : IDisposable
{
    /// <summary>Computes a cell. The result is the same to the last bit for any number of threads and any memory.</summary>
    /// <param name="dataset">The task's examples.</param>
    /// <param name="analysis">What to do with them.</param>
    /// <param name="expectedBudget">Where the search is likely to end; it saves time and changes nothing else.</param>
    /// <param name="progress">Receives the share done, 0…1.</param>
    /// <param name="cancellation">Cancels the analysis between its batches.</param>
    /// <exception cref="InvalidInputException">An example doesn't fit the model.</exception>
    CellResult Analyze(TaskDataset dataset, CellAnalysis analysis, int? expectedBudget, IProgress<double>? progress, CancellationToken cancellation);

    /// <summary>Runs circuits of the checkpoint's graph, wherever they were found, with every other edge ablated as the analysis says.</summary>
    /// <param name="dataset">The task's examples.</param>
    /// <param name="analysis">Which examples find and which judge, and what ablation is.</param>
    /// <param name="circuits">Edges of the circuits.</param>
    /// <param name="cancellation">Cancels the evaluation between its batches.</param>
    /// <returns>Faithfulness of each on the examples that find circuits of this checkpoint, and on those that judge them.</returns>
    /// <exception cref="InvalidInputException">An example doesn't fit the model.</exception>
    ImmutableArray<(Faithfulness Found, Faithfulness Judged)> Evaluate(TaskDataset dataset, CellAnalysis analysis, IReadOnlyList<BitMask> circuits, CancellationToken cancellation);

    /// <summary>Scores the checkpoint's heads. The result is the same to the last bit for any number of threads and any memory.</summary>
    /// <param name="inputs">What they are measured on.</param>
    /// <param name="circuit">Edges of the checkpoint's IOI circuit; <see langword="null"/> where there is none.</param>
    /// <param name="cancellation">Cancels the measurement now and then.</param>
    /// <exception cref="InvalidInputException">The inputs don't fit the model, or a score isn't finite.</exception>
    HeadScores MeasureHeads(HeadScoreInputs inputs, BitMask? circuit, CancellationToken cancellation);
}

/// <summary>What reading all of a checkpoint tells.</summary>
/// <param name="Digest">The digest of its tensors and configuration.</param>
/// <param name="Print">Its weights as numbers; <see langword="null"/> where nobody has looked.</param>
public sealed record CheckpointExamination(string Digest, WeightPrint? Print);

/// <summary>What a checkpoint is, as far as its configuration tells.</summary>
/// <param name="Graph">Shape of its graph.</param>
/// <param name="Parameters">All its parameters.</param>
/// <param name="NonEmbeddingParameters">Those that aren't embeddings or unembeddings.</param>
/// <param name="Limits">What it can be asked.</param>
public sealed record CheckpointInfo(GraphShape Graph, long Parameters, long NonEmbeddingParameters, ModelLimits Limits)
{
    /// <summary>The fields of its configuration that a result depends on, by name: two checkpoints that differ in one aren't compared without being asked.</summary>
    public ImmutableSortedDictionary<string, string> Settings { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Rows of its embedding.</summary>
    public int Vocabulary => Limits.Vocabulary;

    /// <summary>Bytes of an element of the matrices that are multiplied by; embeddings are float32 whatever the precision.</summary>
    public int ElementBytes { get; init; } = sizeof(float);

    /// <summary>Bytes of the weights in memory.</summary>
    public long WeightBytes => (NonEmbeddingParameters * ElementBytes) + ((Parameters - NonEmbeddingParameters) * sizeof(float));

    /// <summary>Attention heads of all layers together.</summary>
    public int Heads => Graph.Layers * Graph.Heads;
}
